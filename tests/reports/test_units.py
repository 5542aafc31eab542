"""Results of other people's programs: runs of commands, iterations of benchmarks."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from plots import charts
from scripts.analysis.results import BadResults, load
from scripts.analysis.scaling import refuse_impossible, scaling
from scripts.analysis.summary import summarise
from scripts.analysis.table import Results
from scripts.reports import markdown
from scripts.reports.summary import report
from tests.analysis.builder import results, samples
from tests.plots.figures import texts


def cell(case: str, contender: str, workers: int, seconds: float, base: bool = False) -> list[dict[str, Any]]:
    source = random.Random(f"{case}/{contender}/{workers}")
    rows = samples("w/pool/workers:1", [seconds * source.lognormvariate(0, 0.003) for _ in range(20)])
    own = {"case": case, "contender": contender, "workers": workers, "baseline": base, "tasks": 0}
    own |= {"name": f"{case}/{contender}/{workers}", "family": "command", "open": float("nan")}
    return [row | own for row in rows]


def of(unit: str, *cells: list[dict[str, Any]]) -> Results:
    made = results(*cells)
    made.contexts[0]["unit"] = unit
    return refuse_impossible(made)


def said(found: Results) -> str:
    return markdown.page(report(summarise(found)))


@pytest.fixture
def one_command() -> Results:
    return of("run", cell("w", "xz", 1, 2.0, True), cell("w", "xz", 2, 1.0))


def test_of_one_command_the_answer_is_how_many_workers(one_command: Results) -> None:
    text = said(one_command)
    assert "use xz with 2 workers, 2.00x as fast as 1 worker " in text
    assert "no other" not in text and "serial" not in text and "task" not in text
    assert "| command | workers | time per run |" in text and "CPU / base" in text
    assert re.findall(r"^\| xz \| (\d) \|", text, re.M) == ["1", "2"], "all that there is to choose from"


def test_commands_are_compared_with_the_first_and_may_be_any_factor_apart() -> None:
    text = said(of("run", cell("w", "bubble", 1, 9.0, True), cell("w", "quick", 1, 0.01)))
    assert "use quick with 1 worker" in text and "as fast as bubble with 1 worker" in text
    assert "no other command is as good" in text and "impossible" not in text


def test_efficiency_is_over_a_commands_own_fewest_workers() -> None:
    slow, quick = (cell("w", "slow", 1, 9.0, True), [cell("w", "quick", n, 1 / n) for n in (2, 4)])
    found = {one.name: one for one in scaling(of("run", slow, *quick).table)}
    shares = [found[f"w/quick/{n}"].efficiency for n in (2, 4)]
    assert [round(share.median, 2) for share in shares if share] == [1.0, 1.0]


def test_what_competes_with_nothing_has_a_time_and_no_answer() -> None:
    found = of("iteration", *(cell(f"BM_sort/{size}", "bench", 1, size * 1e-9) for size in (8, 64, 512)))
    text = said(found)
    assert (
        "use " not in text and "| case | time per iteration |" in text and "| BM_sort/64 | 64.0 ns |" in text
    )
    assert summarise(found).as_json()["answers"] == []
    assert not {"speedup", "heatmap"} & charts(found).keys()
    assert {"64.0 ns", "BM_sort/64", "Time per iteration"} <= {
        *(
            label.get_text()
            for axes in charts(found)["comparison"](found).axes
            for label in axes.get_yticklabels()
        ),
        *(word[:18] for word in texts(charts(found)["comparison"](found))),
    }


def test_charts_say_what_speedups_are_against(one_command: Results) -> None:
    for name in ("speedup", "heatmap"):
        words = texts(charts(one_command)[name](one_command))
        assert any("over xz with 1 worker" in word for word in words)
        assert not any("serial" in word for word in words)


def test_results_without_tasks_are_read_where_their_unit_is_no_batch(tmp_path: Any) -> None:
    import json

    entry: dict[str, Any] = {
        "workload": "w",
        "case": "w",
        "executor": "xz",
        "contender": "xz",
        "family": "command",
    }
    entry |= {"name": "w/xz", "lifecycle": "warm", "workers": 1, "baseline": True}
    sample = {"name": "w/xz", "run_type": "iteration", "real_time": 5.0, "cpu_time": 4.0, "time_unit": "ms"}
    document: dict[str, Any] = {"schema": 2, "context": {"unit": "run"}, "cells": [entry], "failures": []}
    document["benchmarks"] = [sample | {"workers": 1, "round": 0}]
    path = tmp_path / "results.json"
    path.write_text(json.dumps(document))
    (row,) = load([path]).table.to_dict("records")
    assert row["tasks"] == 0 and row["baseline"] and row["real"] == 0.005
    path.write_text(json.dumps(document | {"context": {}}))
    with pytest.raises(BadResults, match="open_time"):
        load([path])
