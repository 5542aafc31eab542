"""The order of measuring."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from scripts.analysis.stopping import Stopping
from scripts.measuring import subject
from scripts.measuring.catalogue import Cell, Json
from scripts.measuring.plan import by_case
from scripts.measuring.results import Measured, Sample
from scripts.measuring.running.contest import undecided
from scripts.measuring.sample import Outcome
from scripts.measuring.schedule import PADDING, End, Runner, Turn, turns
from scripts.measuring.subject import Change, Conditions


def cell(name: str) -> Cell:
    workload, executor, workers, *rest = name.split("/")
    case, count = "/".join([workload, *rest]), int(workers.partition(":")[2])
    return Cell(
        name, case, (), Path("bench"), workload, executor, executor, count, "warm", executor == "serial"
    )


CELLS = tuple(cell(f"math/pool/workers:{workers}/kernel:pi") for workers in range(1, 9))


class Bench:
    """A run over outcomes that a function gives; an interrupted one ends it."""

    def __init__(self, outcome: Callable[[Turn], Outcome], cells: Sequence[Cell] = CELLS) -> None:
        self.outcome = outcome
        self.cells = cells
        self.measured = Measured()
        self.taken: list[Turn] = []
        self.rounds: list[int] = []

    def run(self, stopping: Stopping, over: Callable[[Turn], bool] = lambda turn: False) -> End:
        def wanted(number: int) -> set[str]:
            names = undecided(by_case(self.cells), number, stopping, self.measured)
            self.rounds += [len(names)] if names else []
            return names

        def take(turn: Turn, outcome: Outcome) -> None:
            self.taken.append(turn)
            self.measured.take(self.measured.sample(turn, outcome))

        runner = Runner(self.cells, 1, 1.0)
        object.__setattr__(runner, "sample", self.outcome)
        done = lambda turn: (turn.cell.name, turn.round) in self.measured.done  # noqa: E731
        return runner.run(wanted, take, over, max(self.measured.last, 0), done)


def good(name: str, seconds: float = 1.0) -> Outcome:
    entry = {"name": name, "real_time": seconds, "cpu_time": seconds, "time_unit": "s"}
    return Outcome({"context": {"seed": 1}, "benchmarks": [entry], "failures": []})


def exactly(rounds: int) -> Stopping:
    return Stopping(0.0, rounds)


class TestOrder:
    def test_every_round_has_every_cell_once_in_another_order(self) -> None:
        rounds = [list(turns(CELLS, [""], number, seed=1)) for number in range(5)]
        for members in rounds:
            assert sorted(turn.cell.workers for turn in members) == list(range(1, 9))
            assert [turn.order for turn in members] == list(range(8))
        assert len({tuple(turn.cell.workers for turn in members) for members in rounds}) == 5

    def test_the_seed_decides_order_and_padding(self) -> None:
        assert list(turns(CELLS, [""], 3, seed=1)) == list(turns(CELLS, [""], 3, seed=1))
        assert list(turns(CELLS, [""], 3, seed=1)) != list(turns(CELLS, [""], 3, seed=2))
        paddings = {turn.padding for number in range(5) for turn in turns(CELLS, [""], number, seed=1)}
        assert len(paddings) > 20 and max(paddings) < PADDING

    def test_cases_are_not_mixed_but_change_places(self) -> None:
        both = [*CELLS, cell("sleep/pool/workers:1"), cell("sleep/pool/workers:2")]
        orders = [[turn.cell.case for turn in turns(both, [""], number, 1)] for number in range(8)]
        assert {len(list(itertools.groupby(order))) for order in orders} == {2}
        assert {order[0] for order in orders} == {"math/kernel:pi", "sleep"}

    def test_the_arms_of_a_cell_are_side_by_side_and_reversed_in_the_next_round(self) -> None:
        arms = ["base", "new", "control"]
        for pair in range(20):
            rounds = [list(turns(CELLS[:3], arms, number, 3)) for number in (2 * pair, 2 * pair + 1)]
            for order in rounds:
                assert [turn.order for turn in order] == list(range(9))
                for first in range(0, 9, 3):
                    trio = order[first : first + 3]
                    assert len({turn.cell.name for turn in trio}) == 1
                    assert sorted(turn.arm for turn in trio) == sorted(arms)
            even, odd = ([turn.arm for turn in order if turn.cell == CELLS[0]] for order in rounds)
            assert even == odd[::-1]

    def test_the_order_of_arms_is_random_over_pairs(self) -> None:
        found = Counter(next(turns(CELLS[:1], ["a", "b", "c"], number, 1)).arm for number in range(0, 200, 2))
        assert min(found.values()) > 15

    def test_a_cells_arms_and_padding_do_not_depend_on_other_cells(self) -> None:
        alone = [(turn.arm, turn.padding) for turn in turns(CELLS[2:3], ["a", "b"], 5, 1)]
        among = [(turn.arm, turn.padding) for turn in turns(CELLS, ["a", "b"], 5, 1) if turn.cell == CELLS[2]]
        assert alone == among and len({padding for _, padding in alone}) == 2


class TestRunner:
    def test_each_process_gets_the_changes_of_its_arm_and_its_padding(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls: list[tuple[object, ...]] = []

        def run(*arguments: object) -> Outcome:
            calls.append(arguments)
            return good(CELLS[0].name)

        monkeypatch.setattr(subject, "run_benchmark", run)
        changes = {"base": Change(), "new": Change(["math.tasks=3"], {"OMP_DYNAMIC": "1"})}
        runner = Runner(CELLS[:1], 1, 9.0, ["--warmup=0"], changes, 5, lambda workers: (workers,))
        taken: list[Turn] = []
        assert runner.rounds(3, lambda turn, outcome: taken.append(turn))
        paddings = [turn.padding for turn in taken]
        assert [call[3] for call in calls] == paddings and len(set(paddings)) == 6
        found = {turn.arm: call for turn, call in zip(taken, calls)}
        assert found["base"][:3] == (Path("bench"), ["--warmup=0"], 9.0) and found["base"][6] == {}
        assert found["new"][:2] == (Path("bench"), ["--set=math.tasks=3", "--warmup=0"])
        assert found["new"][4:] == (5, (1,), {"OMP_DYNAMIC": "1"})

    def test_what_the_first_sample_of_an_arm_searched_for_is_given_to_the_later_ones(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls: list[tuple[str, int]] = []

        def says(arm: str) -> Change:
            """An arm whose samples say how many would be enough, unless it is an old one, which does not."""

            def sample(cell: Cell, how: Conditions) -> Outcome:
                calls.append((arm, how.iterations))
                document = good(cell.name).document
                document["benchmarks"][0] |= {} if arm == "old" else {"enough_iterations": len(calls)}
                return Outcome(document)

            return Change(sampler=sample)

        changes = {arm: says(arm) for arm in ("new", "old")}
        assert Runner(CELLS[:1], 1, 9.0, changes=changes).rounds(3, lambda turn, outcome: None)
        takes = [(number, given) for number, (arm, given) in enumerate(calls, start=1) if arm == "new"]
        assert [given for _, given in takes] == [0, *(number for number, _ in takes[:2])]
        assert all(not given for arm, given in calls if arm == "old"), "it has no such flag"

    def test_an_interruption_ends_the_rounds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(subject, "run_benchmark", lambda *_: Outcome(kind="interrupted"))
        assert not Runner(CELLS, 1, 9.0).rounds(3, lambda turn, outcome: pytest.fail("a sample"))


def test_a_failed_cell_is_not_tried_again_and_stops_no_other() -> None:
    def outcome(turn: Turn) -> Outcome:
        if turn.cell.workers == 3 and turn.round == 1:
            return Outcome(kind="crash", reason="killed by SIGSEGV", cause={"signal": 11})
        return good(turn.cell.name)

    bench = Bench(outcome)
    assert bench.run(exactly(4)) == "decided"
    failed = CELLS[2].name
    tried = Counter(turn.cell.name for turn in bench.taken)
    assert tried == {one.name: 2 if one.name == failed else 4 for one in CELLS}
    reason = {"name": failed, "kind": "crash", "cause": {"signal": 11}, "reason": "killed by SIGSEGV"}
    assert bench.measured.failures == {failed: reason}
    assert bench.measured.context == {"seed": 1}


def test_a_process_that_ran_another_cell_is_a_failure() -> None:
    bench = Bench(lambda turn: good("math/pool/workers:99/kernel:pi"))
    bench.run(exactly(1))
    assert {failure["kind"] for failure in bench.measured.failures.values()} == {"crash"}
    assert not bench.measured.samples


def test_an_interrupted_sample_is_neither_result_nor_failure() -> None:
    bench = Bench(lambda turn: Outcome(kind="interrupted") if turn.round == 2 else good(turn.cell.name))
    assert bench.run(exactly(5)) == "interrupted"
    assert len(bench.taken) == len(bench.measured.done) == 16
    assert not bench.measured.failures


def shaky(turn: Turn) -> Outcome:
    """All cells are steady but that of 5 workers."""
    seconds = 1.0 + (turn.round % 2 if turn.cell.workers == 5 else turn.round % 3 / 1000)
    return good(turn.cell.name, seconds)


def test_the_budget_goes_to_the_cells_that_still_need_it() -> None:
    bench = Bench(shaky)
    bench.run(Stopping(0.02, 15))
    counts = {one.workers: len(bench.measured.samples[one.name]) for one in CELLS}
    assert counts == {workers: 15 if workers == 5 else 10 for workers in range(1, 9)}
    assert bench.rounds == [8] * 10 + [1] * 5


def test_the_serial_loop_goes_on_as_long_as_any_of_its_competitors() -> None:
    serial = cell("math/serial/workers:1/kernel:pi")
    bench = Bench(shaky, (*CELLS, serial))
    bench.run(Stopping(0.02, 15))
    assert len(bench.measured.samples[serial.name]) == 15


def test_the_time_ends_a_run() -> None:
    bench = Bench(shaky)
    assert bench.run(Stopping(0.02, 15), over=lambda turn: turn.round > 0) == "time"
    assert len(bench.taken) == 8 and len(bench.measured.samples) == 8


def test_a_run_goes_on_as_if_it_had_never_stopped() -> None:
    """Cut off at every place, then continued from its records alone."""
    whole = Bench(shaky)
    whole.run(Stopping(0.02, 12))
    records = [sample.record() for samples in whole.measured.samples.values() for sample in samples]
    assert len(records) == len(whole.taken)
    cells = {one.name: one for one in CELLS}
    by_turn: dict[tuple[str, int], Json] = {
        (record["cell"], record["round"]): json.loads(json.dumps(record)) for record in records
    }
    for cut in range(len(whole.taken) + 1):
        again = Bench(shaky)
        for turn in whole.taken[:cut]:
            again.measured.take(Sample.of_record(by_turn[turn.cell.name, turn.round], cells))
        again.run(Stopping(0.02, 12))
        assert again.taken == whole.taken[cut:]
        assert again.measured.samples == whole.measured.samples
