"""The order of measuring."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from scripts.running.plan import Block, Cell
from scripts.running.rounds import Measured, Turn, measure, turns
from scripts.running.sample import Json, Outcome

CELLS = tuple(Cell(f"math/pool/workers:{workers}/kernel:pi", ()) for workers in range(1, 9))
BLOCK = Block("math/kernel:pi", CELLS)


@dataclass
class Watcher:
    turns: int = 0
    failures: list[Json] = field(default_factory=list)

    def block(self, block: Block) -> None:
        pass

    def turn(self, block: Block, turn: Turn) -> None:
        self.turns += 1

    def failure(self, failure: Json) -> None:
        self.failures.append(failure)


def good(name: str, seconds: float = 1.0) -> Outcome:
    entry = {"name": name, "real_time": seconds, "cpu_time": seconds}
    return Outcome({"context": {"seed": 1}, "benchmarks": [entry], "failures": []})


def test_every_round_has_every_cell_once_in_another_order() -> None:
    rounds: list[list[Turn]] = [[] for _ in range(5)]
    for turn in turns(BLOCK, 5, seed=1):
        rounds[turn.round].append(turn)
    for members in rounds:
        assert sorted(turn.cell.workers for turn in members) == list(range(1, 9))
        assert [turn.order for turn in members] == list(range(8))
    assert len({tuple(turn.cell.workers for turn in members) for members in rounds}) == 5


def test_rounds_are_not_mixed() -> None:
    numbers = [turn.round for turn in turns(BLOCK, 3, seed=1)]
    assert numbers == sorted(numbers)


def test_the_seed_decides_order_and_padding() -> None:
    assert list(turns(BLOCK, 5, seed=1)) == list(turns(BLOCK, 5, seed=1))
    assert list(turns(BLOCK, 5, seed=1)) != list(turns(BLOCK, 5, seed=2))
    assert len({turn.padding for turn in turns(BLOCK, 5, seed=1)}) > 20


def test_a_failed_cell_is_not_tried_again_and_stops_no_other() -> None:
    tried: Counter[str] = Counter()

    def run(turn: Turn) -> Outcome:
        tried[turn.cell.name] += 1
        if turn.cell.workers == 3 and turn.round == 1:
            return Outcome(kind="crash", reason="killed by SIGSEGV")
        return good(turn.cell.name)

    measured, watcher = Measured(), Watcher()
    measure(BLOCK, 4, 1, run, watcher, measured)
    failed = CELLS[2].name
    assert tried == {cell.name: 2 if cell.name == failed else 4 for cell in CELLS}
    assert measured.failures == {failed: {"name": failed, "kind": "crash", "reason": "killed by SIGSEGV"}}
    assert watcher.failures == list(measured.failures.values())
    assert watcher.turns == 32
    assert measured.context == {"seed": 1}


def test_what_is_unavailable_is_kept_without_alarm() -> None:
    def run(turn: Turn) -> Outcome:
        failure = {"name": turn.cell.name, "kind": "unavailable", "reason": "no library"}
        return Outcome({"benchmarks": [], "failures": [failure]})

    measured, watcher = Measured(), Watcher()
    measure(BLOCK, 2, 1, run, watcher, measured)
    assert len(measured.failures) == 8
    assert watcher.failures == []


def test_a_process_that_ran_another_cell_is_a_failure() -> None:
    measured = Measured()
    measure(BLOCK, 1, 1, lambda turn: good("math/pool/workers:99/kernel:pi"), Watcher(), measured)
    assert {failure["kind"] for failure in measured.failures.values()} == {"crash"}
    assert not measured.samples


def test_an_interrupted_sample_is_neither_result_nor_failure() -> None:
    def run(turn: Turn) -> Outcome:
        return Outcome(kind="interrupted") if turn.round == 2 else good(turn.cell.name)

    measured = Measured()
    measure(BLOCK, 5, 1, run, Watcher(), measured)
    assert measured.interrupted
    assert len(measured) == 16
    assert not measured.failures
