"""Cells of two builds, the order of a duet, and what a sample says."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.measuring.duet import cells
from scripts.measuring.duet.order import ARMS, turns
from scripts.measuring.duet.record import Failure, Record, reading
from scripts.measuring.duet.sides import Side
from scripts.measuring.plan import Selection
from scripts.measuring.profile import DEFAULT
from scripts.measuring.sample import Outcome, run_benchmark
from scripts.measuring.usage import UsageError
from tests.scripts import fake_timed

SELECTION = Selection(workloads=("math",), executors=("serial", "pool", "tbb"), workers="1,2")
NAME = "math/pool/workers:2/kernel:primes/tasks:8"


def side(directory: Path, name: str, **behaviour: Any) -> Side:
    return Side(name, fake_timed.write(directory / name, **behaviour))


def card(base: Side, new: Side, selection: Selection = SELECTION) -> cells.Card:
    return cells.matched(cells.planned(base, "BASE", DEFAULT, selection), new, DEFAULT, selection)


class TestCells:
    def test_of_both(self, tmp_path: Path) -> None:
        found = card(side(tmp_path, "base"), side(tmp_path, "new"))
        assert len(found.cells) == 5
        assert (found.missing, found.extra) == ({}, ())

    def test_of_one_only(self, tmp_path: Path) -> None:
        all_of_it, without = side(tmp_path, "base"), side(tmp_path, "new", without=("tbb",))
        found = card(all_of_it, without)
        assert {cell.executor for cell in found.cells} == {"serial", "pool"}
        assert [name.split("/")[1] for name in found.missing] == ["tbb", "tbb"]
        anything = replace(SELECTION, executors=())
        assert [name.split("/")[1] for name in card(without, all_of_it, anything).extra] == ["tbb", "tbb"]

    def test_a_whole_workload_that_new_does_not_know_is_missing(self, tmp_path: Path) -> None:
        found = card(
            side(tmp_path, "base"), side(tmp_path, "new", without=("pool",)), Selection(executors=("pool",))
        )
        assert found.cells == () and len(found.missing) > 3

    @pytest.mark.parametrize("which", ["BASE", "NEW"])
    def test_no_binary_is_wrong_usage(self, tmp_path: Path, which: str) -> None:
        broken = tmp_path / "broken"
        broken.write_text("#!/bin/sh\nexit 3\n")
        broken.chmod(0o755)
        both = {"BASE": side(tmp_path, "good"), "NEW": side(tmp_path, "good"), which: Side("x", broken)}
        with pytest.raises(UsageError, match=f"^{which}: .*broken --list=json ended with 3"):
            card(both["BASE"], both["NEW"])


class TestSettings:
    def test_of_its_own_go_to_the_workloads_that_have_them(self, tmp_path: Path) -> None:
        both = side(tmp_path, "base")
        found = card(both, both, Selection(workloads=("math", "spin"), executors=("serial",)))
        cells.check_settings(["spin.rate=7"], found.cells, both)
        assert [cells.settings_of(["spin.rate=7"], cell) for cell in found.cells] == [
            (),
            ("--set=spin.rate=7",),
        ]

    @pytest.mark.parametrize(
        ("setting", "said"),
        [
            ("math.kernel=pi", "makes another cell of math/serial"),
            ("math.kernel=bad", "'bad' is not accepted"),
            ("sleep.duration=1ms", "of a workload that both builds run here"),
            ("slower", "write W.P=V"),
        ],
    )
    def test_that_make_another_cell_are_refused(self, tmp_path: Path, setting: str, said: str) -> None:
        both = side(tmp_path, "base")
        with pytest.raises(UsageError, match=re.escape(said)):
            cells.check_settings([setting], card(both, both).cells, both)


class TestOrder:
    NAMES = ("a", "b", "c")

    def test_has_every_arm_of_every_cell_once_a_round_side_by_side(self) -> None:
        for number in range(6):
            order = list(turns(self.NAMES, ARMS, number, 1))
            assert [turn.order for turn in order] == list(range(9))
            assert {turn.round for turn in order} == {number}
            for first in range(0, 9, 3):
                trio = order[first : first + 3]
                assert len({turn.name for turn in trio}) == 1
                assert {turn.arm for turn in trio} == set(ARMS)

    def test_is_balanced_in_every_pair_of_rounds(self) -> None:
        for pair in range(20):
            rounds = [
                [turn.arm for turn in turns(["a"], ARMS, number, 3)] for number in (2 * pair, 2 * pair + 1)
            ]
            assert rounds[0] == rounds[1][::-1]

    def test_is_random_over_pairs_and_follows_from_the_seed(self) -> None:
        def first(seed: int) -> list[str]:
            return [next(turns(["a"], ARMS, number, seed)).arm for number in range(0, 200, 2)]

        assert first(1) == first(1) != first(2)
        assert min(Counter(first(1)).values()) > 15
        assert (
            len({tuple(turn.name for turn in turns(self.NAMES, ARMS, number, 1)) for number in range(60)})
            == 6
        )

    def test_does_not_depend_on_who_else_is_undecided(self) -> None:
        alone = [(turn.arm, turn.padding) for turn in turns(["b"], ARMS, 5, 1)]
        among = [(turn.arm, turn.padding) for turn in turns(self.NAMES, ARMS, 5, 1) if turn.name == "b"]
        assert alone == among
        assert len({padding for _, padding in alone}) == 3


class TestReading:
    ENTRY = {"name": NAME, "real_time": 2.0, "cpu_time": 2.0, "time_unit": "us"}

    def test_is_the_median_in_seconds(self) -> None:
        entries = [self.ENTRY | {"real_time": time} for time in (9.0, 1.0, 2.0)]
        assert reading(NAME, Outcome({"benchmarks": entries})) == pytest.approx(2e-6)

    def test_is_a_failure_in_its_own_words(self) -> None:
        failures = [{"name": NAME, "kind": "receipt", "reason": "task 3 ran twice"}]
        assert reading(NAME, Outcome({"failures": failures})) == Failure("receipt", "task 3 ran twice")
        assert reading(NAME, Outcome(kind="timeout", reason="slow")) == Failure("timeout", "slow")

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
        found = reading(NAME, run_benchmark(program, [], 10.0))
        assert isinstance(found, Failure) and found.kind == "crash"

    def test_a_record_counts_the_rounds_that_all_arms_have(self) -> None:
        record = Record()
        for arm in ARMS:
            record.take(arm, 0, 1.0)
        record.take("base", 1, 1.0)
        record.take("new", 1, Failure("crash", "first"))
        record.take("new", 2, Failure("crash", "second"))
        assert record.rounds == 1
        assert record.failures == {"new": Failure("crash", "first")}
