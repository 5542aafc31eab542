"""The rounds of a duet over processes that are none: who goes on, who is decided, and why it ends."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.analysis.duel import MOST, Duel, decide
from scripts.analysis.looks import LOOKS
from scripts.measuring.catalogue import Cell, Json
from scripts.measuring.duet import duet
from scripts.measuring.duet.judge import Record, Score, sweeps_of
from scripts.measuring.duet.play import Play
from scripts.measuring.sample import Outcome
from scripts.measuring.schedule import End, Runner
from scripts.measuring.subject import Change
from scripts.reports.wording import reasons
from tests.cells import cell_of

Time = Callable[[str, str, random.Random], float]  # of a cell and an arm, in seconds

ONE, TWO = (f"math/pool/workers:{count}/tasks:8" for count in (1, 2))
SERIAL = "math/serial/workers:1/tasks:8"


def cell(name: str) -> Cell:
    known = cell_of(name)
    places = ("case", "workload", "executor", "contender", "workers", "lifecycle")
    return Cell(name, arguments=(name,), program=Path("none"), **{key: known[key] for key in places})


def noisy(percent: float = 0.5, slower: float = 0.0, cells: Sequence[str] = (ONE, TWO, SERIAL)) -> Time:
    """Times around 1 ms, those of NEW `slower` percent longer in these cells."""

    def time_of(name: str, arm: str, generator: random.Random) -> float:
        longer = slower if arm == "new" and name in cells else 0.0
        return 1e-3 * (1 + longer / 100) * math.exp(generator.gauss(0, percent / 100))

    return time_of


class Stage:
    """A duet whose processes are `time_of`, or an Outcome where that returns one."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, names: Sequence[str], time_of: Time, patience: float = 60
    ):
        self.kept: list[Json] = []
        self.outcome: Callable[[str, str], Outcome | None] = lambda name, arm: None
        generator = random.Random(7)

        def sample(arm: str, name: str) -> Outcome:
            if found := self.outcome(name, arm):
                return found
            seconds = time_of(name, arm, generator)
            return Outcome(
                {"benchmarks": [{"name": name, "real_time": seconds, "cpu_time": 0, "time_unit": "s"}]}
            )

        cells = list(map(cell, names))
        sweeps = sweeps_of(cells)

        def change(arm: str) -> Change:
            return Change(sampler=lambda cell, how: sample(arm, cell.name))

        changes = {arm: change(arm) for arm in ("base", "new", "control")}
        self.score = Score(0.03, 0.01, len(names) + 2 * len(sweeps), sweeps)
        self.play = Play(
            Runner(cells, 1, 1.0, changes=changes),
            self.score,
            deadline=time.monotonic() + patience,
            keep=self.kept.append,
            say=lambda line: None,
        )

    def rounds(self, name: str) -> int:
        return self.play.records[name].rounds

    def states(self) -> dict[str, str]:
        return {one.name: one.state for one in self.score.verdicts(self.play.records, "decided")}


def test_decided_cells_do_not_run_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def time_of(name: str, arm: str, generator: random.Random) -> float:
        return noisy(0.3 if name == SERIAL else 12.0)(name, arm, generator)

    stage = Stage(monkeypatch, [ONE, SERIAL], time_of)
    assert stage.play.run() == "decided"
    assert stage.rounds(SERIAL) == 12
    assert stage.rounds(ONE) >= 64
    assert stage.states() == {ONE: "inconclusive", SERIAL: "same"}


def test_a_change_is_confirmed_by_fresh_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, [SERIAL], noisy(slower=20.0))
    assert stage.play.run() == "decided"
    assert stage.states() == {SERIAL: "slower"}
    assert stage.rounds(SERIAL) == 20  # the first look, and 8 rounds


def made(seed: int, percent: float) -> Duel:
    """NEW is slower by that much, with a scatter of 4 %."""
    generator = random.Random(seed)
    sides = [
        [more * math.exp(generator.gauss(0, 0.04)) for _ in range(MOST)] for more in (1, 1 + percent / 100, 1)
    ]
    return Duel(*(dict(enumerate(side)) for side in sides))


@pytest.mark.parametrize("percent", [3.0, 5.5])
def test_what_is_first_seen_at_the_last_look_is_confirmed_too(percent: float) -> None:
    """3 %, the margin itself, is never decided; of 5.5 % one that is found so late."""
    state = "slower" if percent > 3 else "inconclusive"
    late = (state, (LOOKS[-1],))
    duels = (made(seed, percent) for seed in range(1000))
    judged = ((duel, decide(duel, 1, 0.03, confirm=False)) for duel in duels)
    duel = next(duel for duel, verdict in judged if (verdict.state, verdict.samples) == late)
    score = Score(0.03, 0.01, 1, {})
    found = [score.judged("a", duel.part(0, rounds)).final for rounds in (32, LOOKS[-1], MOST)]
    assert found == [False, state == "inconclusive", True]


@pytest.mark.parametrize("slower", [0.0, 1.0, 4.0, 8.0])
def test_a_replay_says_what_was_said_live(monkeypatch: pytest.MonkeyPatch, slower: float) -> None:
    stage = Stage(monkeypatch, [SERIAL], noisy(2.0, slower))
    stage.play.run()
    judged = stage.score.cells[SERIAL]
    assert judged.final and judged == replace(
        decide(stage.play.records[SERIAL].duel, 1, 0.03, 0.01), name=SERIAL
    )


def test_cells_of_an_undecided_sweep_go_on_together(monkeypatch: pytest.MonkeyPatch) -> None:
    def time_of(name: str, arm: str, generator: random.Random) -> float:
        return noisy(0.3 if name == ONE else 5.0)(name, arm, generator)

    stage = Stage(monkeypatch, [ONE, TWO, SERIAL], time_of)
    stage.play.run()
    assert stage.rounds(ONE) == stage.rounds(TWO) >= 64
    assert stage.score.cells[ONE].samples == (12,), "its own verdict stays what it was"


def test_a_change_of_shape_is_told_from_one_of_level(monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = "math/tasks:8 under pool"
    shape = Stage(monkeypatch, [ONE, TWO], noisy(0.3, 20.0, [TWO]))
    shape.play.run()
    assert shape.states() == {
        ONE: "same",
        TWO: "slower",
        f"{sweep}: level": "slower",
        f"{sweep}: shape": "slower",
    }
    level = Stage(monkeypatch, [ONE, TWO], noisy(0.3, 20.0))
    level.play.run()
    assert level.states() == {
        ONE: "slower",
        TWO: "slower",
        f"{sweep}: level": "slower",
        f"{sweep}: shape": "same",
    }
    assert level.score.levels[sweep].estimate == pytest.approx(1.2, rel=0.01)
    found = shape.score.efficiency(sweep, shape.play.records)
    assert found and found[0] == 2 and found[2] / found[1] == pytest.approx(1 / 1.2, rel=0.02)


def test_a_machine_that_cannot_compare_is_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    def time_of(name: str, arm: str, generator: random.Random) -> float:
        return noisy()(name, arm, generator) * (1.2 if arm == "control" else 1.0)

    stage = Stage(monkeypatch, [SERIAL], time_of)
    stage.play.run()
    assert stage.states() == {SERIAL: "invalid"}


class TestFailures:
    CRASH = Outcome(kind="crash", reason="killed by SIGSEGV")

    def stage(self, monkeypatch: pytest.MonkeyPatch, arms: Sequence[str]) -> Stage:
        stage = Stage(monkeypatch, [ONE, TWO, SERIAL], noisy())
        stage.outcome = lambda name, arm: self.CRASH if name == TWO and arm in arms else None
        assert stage.play.run() == "decided"
        return stage

    def test_in_new_alone_are_invalid(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stage = self.stage(monkeypatch, ["new"])
        assert stage.states() == {ONE: "same", TWO: "invalid", SERIAL: "same"}
        assert list(duet.left_out(stage.play.records)) == []

    @pytest.mark.parametrize(
        ("arms", "where"), [(["base", "new", "control"], "BASE and NEW"), (["base", "control"], "BASE")]
    )
    def test_in_base_leave_the_cell_out(
        self, monkeypatch: pytest.MonkeyPatch, arms: list[str], where: str
    ) -> None:
        stage = self.stage(monkeypatch, arms)
        assert stage.states() == {ONE: "same", SERIAL: "same"}
        (note,) = duet.left_out(stage.play.records)
        assert note == f"{TWO} is left out; it fails in {where}: crash: killed by SIGSEGV"

    def test_in_new_before_base_was_tried_leave_the_cell_out(self) -> None:
        record = Record(
            failures={"new": {"kind": "crash", "cause": {"signal": 11}, "reason": "killed by SIGSEGV"}}
        )
        (note,) = duet.left_out({SERIAL: record})
        assert note == f"{SERIAL} is left out; it fails in NEW: crash: killed by SIGSEGV"
        record.times["control"][0] = 1e-3
        assert list(duet.left_out({SERIAL: record})) == [] and record.fails_in_new

    def test_are_tried_once_an_arm(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stage = self.stage(monkeypatch, ["new"])
        assert len([sample for sample in stage.kept if sample["cell"] == TWO]) == 3


@pytest.mark.parametrize(
    ("patience", "kind", "end"), [(-1.0, "", "time"), (60.0, "interrupted", "interrupted")]
)
def test_what_is_undecided_at_the_end_says_why(
    monkeypatch: pytest.MonkeyPatch, patience: float, kind: str, end: End
) -> None:
    stage = Stage(monkeypatch, [SERIAL], noisy(), patience)
    stage.outcome = lambda name, arm: Outcome(kind=kind) if kind and len(stage.kept) == 30 else None
    assert stage.play.run() == end
    (verdict,) = stage.score.verdicts(stage.play.records, end)
    assert verdict.state == "inconclusive" and not verdict.final
    assert reasons(verdict).startswith("time is up: " if end == "time" else "interrupted: ")
    assert len(stage.kept) == (30 if kind else 0)


def test_every_sample_is_kept_as_it_was_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, [ONE, SERIAL], noisy())
    stage.play.run()
    for name, record in stage.play.records.items():
        for arm, times in record.times.items():
            kept = {
                k["round"]: k["seconds"]
                for k in stage.kept
                if (k["cell"], k["arm"]) == (name, arm) and "seconds" in k
            }
            assert kept == times


def test_sweeps_are_of_one_case_executor_and_life() -> None:
    names = [ONE, TWO, SERIAL, "math/pool/workers:2/lifecycle:cold/tasks:8", "math/tbb/workers:2/tasks:8"]
    assert sweeps_of(map(cell, names)) == {"math/tasks:8 under pool": {ONE: 1, TWO: 2}}
