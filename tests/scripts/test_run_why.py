"""`fanout run --why`: at the end of the answer, why executors stop scaling."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.analysis.interval import Interval
from scripts.measuring.why.after import stalled
from scripts.reports.advised import lines
from tests.scripts import fake_observed
from tests.scripts.runner import run


@pytest.mark.usefixtures("temporary")
def test_the_causes_end_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the executor that is slower on four workers than on two; nothing of the one that is well up to two."""
    bench = fake_observed.write(tmp_path / "bench.py", faults={"openmp_dynamic": {"spin": 0.6}})
    monkeypatch.chdir(tmp_path)
    ended = run(
        f"--bench={bench}", "--workloads=math", "--executors=serial,pool,openmp_dynamic", "--workers=1,2,4",
        "--rounds=6", "--why",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    said = ended.stdout.splitlines()
    (line,) = [line for line in said if line.startswith("openmp_dynamic at 4 workers on 2 CPUs, math: ")]
    assert "waiting for a CPU while other workers spin" in line
    assert "OMP_WAIT_POLICY=passive makes it 2.5" in line and line.endswith("confirmed")
    (found,) = (tmp_path / "results").glob("why-*/why.json")
    assert said[-1] == f"more of it: scripts/fanout report {found.relative_to(tmp_path)}"
    document = json.loads(found.read_text())
    judged = {one["cell"].split("/kernel")[0] for one in document["waterfalls"]}
    assert judged == {f"math/{name}" for name in (
        "openmp_dynamic/workers:4", "openmp_dynamic/workers:1", "pool/workers:4", "pool/workers:1"
    )}  # fmt: skip


@pytest.mark.usefixtures("temporary")
def test_what_cannot_be_observed_is_refused_before_the_run(bench: Path, logs: Any) -> None:
    ended = run(f"--bench={bench}", "--workloads=math", "--peers", "--why")
    assert ended.returncode == 2 and "--peers" in ended.stderr and len(ended.stderr.splitlines()) == 1
    assert logs.samples() == []


@pytest.mark.usefixtures("temporary")
def test_where_all_scale_it_says_so(tmp_path: Path) -> None:
    bench = fake_observed.write(tmp_path / "bench.py")
    ended = run(
        f"--bench={bench}", "--workloads=math", "--executors=serial,pool", "--workers=1,2", "--rounds=6", "--why",
        f"--output={tmp_path / 'out'}",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == "no executor stops scaling beyond doubt"


class Cell:
    """What is asked of a Scaling."""

    def __init__(self, contender: str, workers: int, seconds: float, alone: float = 8.0) -> None:
        self.case, self.contender, self.workers = "case", contender, workers
        self.real = Interval(seconds, seconds * 0.99, seconds * 1.01, 0.95, 6)
        self.efficiency = Interval(alone / seconds, alone / seconds, alone / seconds, 0.95, 6).scaled(
            1 / workers
        )


def test_where_executors_stop() -> None:
    """At the fewest workers that bring nothing; the greatest loss first. One that gains, though little, goes on."""
    cells: Any = [
        *(Cell("stops", workers, seconds) for workers, seconds in ((4, 4.0), (1, 8.0), (2, 4.0), (8, 4.4))),
        *(Cell("worse", workers, seconds) for workers, seconds in ((1, 8.0), (2, 80.0))),
        *(Cell("gains", workers, seconds) for workers, seconds in ((1, 8.0), (2, 7.0), (4, 6.0))),
    ]
    assert [(cell.contender, cell.workers) for cell in stalled(cells)] == [("worse", 2), ("stops", 4)]


def test_three_lines_confirmed_first() -> None:
    advice = {
        "cell": "a", "statement": "it waits", "state": "suspected", "share": {"median": 0.5}, "experiment": None
    }  # fmt: skip
    confirmed = advice | {
        "state": "confirmed",
        "experiment": {"what": "one worker", "ratio": {"median": 3.0}, "result": "confirmed"},
    }
    document = {
        "cells": [{"name": "a", "contender": "pool", "workers": 4, "workload": "math"}],
        "context": {"effective_cpus": 2.0},
        "advice": [advice, advice, advice | {"state": "unexplained"}, confirmed],
    }
    found = lines(document)
    assert len(found) == 3
    assert (
        found[0]
        == "pool at 4 workers on 2 CPUs, math: 50 % of the loss: it waits; one worker makes it 3.00x as fast: confirmed"
    )
    assert found[1].endswith("it waits; suspected")
    assert lines(document | {"advice": [advice | {"share": None}]}) == [
        "pool at 4 workers on 2 CPUs, math: it waits; suspected"
    ]
    assert lines(document | {"advice": []}) == ["no cause of what executors lose is known beyond doubt"]
