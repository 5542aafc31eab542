"""The order of measuring."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from scripts.analysis.stopping import Stopping
from scripts.measuring.plan import Block, Cell
from scripts.measuring.schedule import Measured, Sample, Turn, measure, sample_of, turns
from scripts.measuring.sample import Json, Outcome

CELLS = tuple(Cell(f"math/pool/workers:{workers}/kernel:pi", ()) for workers in range(1, 9))
BLOCK = Block("math/kernel:pi", CELLS)


@dataclass
class Watcher:
    turns: int = 0
    rounds: list[int] = field(default_factory=list)
    failures: list[Json] = field(default_factory=list)

    def round(self, number: int, cells: int) -> None:
        self.rounds.append(cells)

    def turn(self, turn: Turn) -> None:
        self.turns += 1

    def failure(self, failure: Json) -> None:
        self.failures.append(failure)


def go(
    outcome: Callable[[Turn], Outcome],
    stopping: Stopping,
    measured: Measured | None = None,
    blocks: list[Block] | None = None,
    over: Callable[[], bool] = lambda: False,
) -> tuple[Measured, Watcher, list[Turn]]:
    """A whole run over outcomes that a function tells; an interrupted one ends it."""
    known, watcher = measured or Measured(), Watcher()
    taken: list[Turn] = []

    def sample(turn: Turn) -> Sample | None:
        found = outcome(turn)
        if found.kind == "interrupted":
            return None
        taken.append(turn)
        return sample_of(turn, found, known.context)

    for _ in measure(blocks or [BLOCK], 1, stopping, known, sample, over, watcher):
        pass
    return known, watcher, taken


def good(name: str, seconds: float = 1.0) -> Outcome:
    entry = {"name": name, "real_time": seconds, "cpu_time": seconds}
    return Outcome({"context": {"seed": 1}, "benchmarks": [entry], "failures": []})


def exactly(rounds: int) -> Stopping:
    return Stopping(0.0, rounds, rounds)


def test_every_round_has_every_cell_once_in_another_order() -> None:
    rounds = [list(turns(BLOCK, number, seed=1)) for number in range(5)]
    for members in rounds:
        assert sorted(turn.cell.workers for turn in members) == list(range(1, 9))
        assert [turn.order for turn in members] == list(range(8))
    assert len({tuple(turn.cell.workers for turn in members) for members in rounds}) == 5


def test_the_seed_decides_order_and_padding() -> None:
    assert list(turns(BLOCK, 3, seed=1)) == list(turns(BLOCK, 3, seed=1))
    assert list(turns(BLOCK, 3, seed=1)) != list(turns(BLOCK, 3, seed=2))
    assert len({turn.padding for number in range(5) for turn in turns(BLOCK, number, seed=1)}) > 20


def test_rounds_are_not_mixed_but_blocks_change_places() -> None:
    other = Block("sleep", (Cell("sleep/pool/workers:1", ()),))
    _, watcher, taken = go(lambda turn: good(turn.cell.name), exactly(8), blocks=[BLOCK, other])
    assert [turn.round for turn in taken] == sorted(turn.round for turn in taken)
    firsts = {next(t.cell.name.split("/")[0] for t in taken if t.round == number) for number in range(8)}
    assert firsts == {"math", "sleep"}
    assert watcher.rounds == [9] * 8


def test_a_failed_cell_is_not_tried_again_and_stops_no_other() -> None:
    def run(turn: Turn) -> Outcome:
        if turn.cell.workers == 3 and turn.round == 1:
            return Outcome(kind="crash", reason="killed by SIGSEGV")
        return good(turn.cell.name)

    measured, watcher, taken = go(run, exactly(4))
    failed = CELLS[2].name
    tried = Counter(turn.cell.name for turn in taken)
    assert tried == {cell.name: 2 if cell.name == failed else 4 for cell in CELLS}
    assert measured.failures == {failed: {"name": failed, "kind": "crash", "reason": "killed by SIGSEGV"}}
    assert watcher.failures == list(measured.failures.values())
    assert watcher.turns == 30
    assert measured.context == {"seed": 1}


def test_what_is_unavailable_is_kept_without_alarm() -> None:
    def run(turn: Turn) -> Outcome:
        failure = {"name": turn.cell.name, "kind": "unavailable", "reason": "no library"}
        return Outcome({"benchmarks": [], "failures": [failure]})

    measured, watcher, _ = go(run, exactly(2))
    assert len(measured.failures) == 8
    assert watcher.failures == []


def test_a_process_that_ran_another_cell_is_a_failure() -> None:
    measured, _, _ = go(lambda turn: good("math/pool/workers:99/kernel:pi"), exactly(1))
    assert {failure["kind"] for failure in measured.failures.values()} == {"crash"}
    assert not measured.samples


def test_an_interrupted_sample_is_neither_result_nor_failure() -> None:
    def run(turn: Turn) -> Outcome:
        return Outcome(kind="interrupted") if turn.round == 2 else good(turn.cell.name)

    measured, _, taken = go(run, exactly(5))
    assert len(taken) == len(measured.done) == 16
    assert not measured.failures


def shaky(turn: Turn) -> Outcome:
    """All cells are steady but that of 5 workers."""
    seconds = 1.0 + (turn.round % 2 if turn.cell.workers == 5 else turn.round % 3 / 1000)
    return good(turn.cell.name, seconds)


def test_the_budget_goes_to_the_cells_that_still_need_it() -> None:
    measured, watcher, _ = go(shaky, Stopping(0.02, 6, 15))
    counts = {cell.workers: len(measured.samples[cell.name]) for cell in CELLS}
    assert counts == {workers: 15 if workers == 5 else 6 for workers in range(1, 9)}
    assert watcher.rounds == [8] * 6 + [1] * 9


def test_the_serial_loop_goes_on_as_long_as_any_of_its_competitors() -> None:
    serial = Cell("math/serial/workers:1/kernel:pi", ())
    measured, _, _ = go(shaky, Stopping(0.02, 6, 15), blocks=[Block(BLOCK.case, (*CELLS, serial))])
    assert len(measured.samples[serial.name]) == 15


def test_the_time_ends_a_run_but_not_before_every_cell_has_a_number() -> None:
    measured, _, taken = go(shaky, Stopping(0.02, 6, 15), over=lambda: True)
    assert len(taken) == 8 and len(measured.samples) == 8


def test_a_run_goes_on_as_if_it_had_never_stopped() -> None:
    """Cut off at every place, then told by its records alone."""
    whole, _, all_turns = go(shaky, Stopping(0.02, 6, 9))
    records = [sample.record() for samples in whole.samples.values() for sample in samples]
    assert len(records) == len(all_turns)
    cells = {cell.name: cell for cell in CELLS}
    by_turn = {(record["cell"], record["round"]): json.loads(json.dumps(record)) for record in records}
    for cut in range(len(all_turns) + 1):
        again = Measured()
        for turn in all_turns[:cut]:
            again.take(Sample.of_record(by_turn[turn.cell.name, turn.round], cells))
        _, _, rest = go(shaky, Stopping(0.02, 6, 9), measured=again)
        assert rest == all_turns[cut:]
        assert again.samples == whole.samples
