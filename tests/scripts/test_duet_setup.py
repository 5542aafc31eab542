"""The cells of two builds, and what of a sample counts."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.measuring import catalogue
from scripts.measuring.catalogue import Cell
from scripts.measuring.duet import setup
from scripts.measuring.duet.sides import Side
from scripts.measuring.plan import Selection
from scripts.measuring.profile import DEFAULT
from scripts.measuring.sample import Outcome, run_benchmark
from scripts.measuring.usage import UsageError
from scripts.subjects.builtin import Builtin
from tests.scripts import fake_timed

SELECTION = Selection(workloads=("math",), executors=("serial", "pool", "tbb"), workers="1,2")
NAME = "math/pool/workers:2/kernel:primes/tasks:8"
Matched = tuple[list[Cell], dict[str, str], tuple[str, ...]]


def side(directory: Path, name: str, **behaviour: Any) -> Side:
    return Side(name, fake_timed.write(directory / name, **behaviour))


def matched(base: Side, new: Side, selection: Selection = SELECTION) -> Matched:
    (mine, here), (theirs, there) = (setup.subject_of(make, *pair) for pair in ((base, "BASE"), (new, "NEW")))
    planned = setup.plan_of(mine, here, "BASE", selection)
    found, missing, extra = setup.matched(planned, theirs, there, selection)
    assert {cell.program for cell in found.values()} <= {new.binary}
    return [cell for cell in planned.cells if cell.name in found], missing, extra


def make(side: Side) -> tuple[Builtin, Path]:
    return Builtin(side.binary, DEFAULT, SELECTION), side.binary


class TestCells:
    def test_of_both(self, tmp_path: Path) -> None:
        cells, missing, extra = matched(side(tmp_path, "base"), side(tmp_path, "new"))
        assert len(cells) == 5
        assert (missing, extra) == ({}, ())

    def test_of_one_only(self, tmp_path: Path) -> None:
        all_of_it, without = side(tmp_path, "base"), side(tmp_path, "new", without=("tbb",))
        cells, missing, _ = matched(all_of_it, without)
        assert {cell.executor for cell in cells} == {"serial", "pool"}
        assert [name.split("/")[1] for name in missing] == ["tbb", "tbb"]
        anything = replace(SELECTION, executors=())
        assert [name.split("/")[1] for name in matched(without, all_of_it, anything)[2]] == ["tbb", "tbb"]

    def test_a_whole_workload_that_new_does_not_know_is_missing(self, tmp_path: Path) -> None:
        both = side(tmp_path, "base"), side(tmp_path, "new", without=("pool",))
        cells, missing, _ = matched(*both, Selection(executors=("pool",)))
        assert cells == [] and len(missing) > 3

    @pytest.mark.parametrize("which", ["BASE", "NEW"])
    def test_no_binary_is_wrong_usage(self, tmp_path: Path, which: str) -> None:
        broken = tmp_path / "broken"
        broken.write_text("#!/bin/sh\nexit 3\n")
        broken.chmod(0o755)
        both = {"BASE": side(tmp_path, "good"), "NEW": side(tmp_path, "good"), which: Side("x", broken)}
        with pytest.raises(UsageError, match=f"^{which}: .*broken --list=json ended with 3"):
            matched(both["BASE"], both["NEW"])


class TestSettings:
    def test_of_its_own_go_to_the_workloads_that_have_them(self, tmp_path: Path) -> None:
        both = side(tmp_path, "base")
        cells, *_ = matched(both, both, Selection(workloads=("math", "spin"), executors=("serial",)))
        setup.check_settings(["spin.rate=7"], cells, catalogue.read(both.binary))
        assert ["--set=spin.rate=7" in cell.with_settings(["spin.rate=7"]) for cell in cells] == [False, True]

    @pytest.mark.parametrize(
        ("setting", "message"),
        [
            ("math.kernel=pi", "makes another cell of math/serial"),
            ("math.kernel=bad", "'bad' is not accepted"),
            ("sleep.duration=1ms", "of a workload or executor that both builds run here"),
            ("slower", "write O.P=V"),
        ],
    )
    def test_that_make_another_cell_are_refused(self, tmp_path: Path, setting: str, message: str) -> None:
        both = side(tmp_path, "base")
        with pytest.raises(UsageError, match=re.escape(message)):
            setup.check_settings([setting], matched(both, both)[0], catalogue.read(both.binary))


class TestReading:
    ENTRY = {"name": NAME, "real_time": 2.0, "cpu_time": 2.0, "time_unit": "us"}

    def test_is_the_median_in_seconds(self) -> None:
        entries = [self.ENTRY | {"real_time": time} for time in (9.0, 1.0, 2.0)]
        outcome = Outcome({"benchmarks": entries})
        assert outcome.failure_of(NAME) is None and outcome.time_of(NAME) == pytest.approx(2e-6)

    def test_is_a_failure_with_its_cause(self) -> None:
        failure = {"name": NAME, "kind": "receipt", "cause": {"task": 3}, "reason": "task 3 ran twice"}
        assert Outcome({"failures": [failure]}).failure_of(NAME) == failure
        slow = {"name": NAME, "kind": "timeout", "cause": {}, "reason": "slow"}
        assert Outcome(kind="timeout", reason="slow").failure_of(NAME) == slow

    @pytest.mark.parametrize(
        "document",
        [
            {},
            {"benchmarks": []},
            {"benchmarks": [{}]},
            {"benchmarks": ["x"]},
            {"benchmarks": 3},
            {"failures": [{}]},
            {"benchmarks": [ENTRY | {"real_time": 0.0}]},
            {"benchmarks": [ENTRY | {"real_time": 1e999}]},
            {"benchmarks": [ENTRY | {"real_time": None}]},
            {"benchmarks": [ENTRY | {"real_time": "fast"}]},
            {"benchmarks": [ENTRY | {"time_unit": "fortnights"}]},
            {"benchmarks": [ENTRY | {"name": "another"}]},
        ],
    )
    def test_of_a_document_without_a_time_is_a_crash(self, document: dict[str, Any], tmp_path: Path) -> None:
        """By way of the process, where every document is checked."""
        program = tmp_path / "program"
        program.write_text(f"#!/bin/sh\ncat >${{1#*=}} <<'END'\n{json.dumps(document)}\nEND\n")
        program.chmod(0o755)
        found = run_benchmark(program, [], 10.0).failure_of(NAME)
        assert found and found["kind"] == "crash"
