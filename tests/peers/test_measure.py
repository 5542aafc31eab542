"""The life of a cell, with things broken on purpose."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.peers import registry
from benchmarks.peers.executor import Executor
from benchmarks.peers.executors import serial, thread_pool, threads
from benchmarks.peers.job import Batch
from benchmarks.peers.measure import Measuring
from tests.peers.conftest import SHORT, Squares, case, cell, measured, only_failure

EXECUTORS = registry.executor_names()
HASTY = Measuring(warmup=0.0, min_time=0.001, patience=0.3)


class Wrong(Squares):
    def run(self, task: int) -> int:
        return task * task + (task == 3)


class WrongLater(Squares):
    """Right in the receipt, wrong when it is timed."""

    def run(self, task: int) -> int:
        return task * task + (task == 3)

    def digest(self, task: int) -> int:
        return task * task


class Raises(Squares):
    def run(self, task: int) -> Any:
        if task == 3:
            raise ValueError("task 3 cannot do its work")
        return task * task


class TooFast(Squares):
    def minimum_time(self, at_once: int) -> float:
        return 60.0


class Watched(Squares):
    """An independent count that is always one task higher."""

    seen = 0

    def completed(self) -> int:
        Watched.seen += 9
        return Watched.seen


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("tasks", [0, 1, 8, 100])
def test_a_good_cell_has_a_number(executor: str, tasks: int) -> None:
    report = measured(cell(Squares, executor, workers=3, of=case(tasks)))
    assert report.failures == []
    (entry,) = report.entries
    assert entry["real_time"] > 0 and entry["cpu_time"] >= 0 and entry["tasks"] == tasks
    assert entry["open_time"] >= 0 and entry["close_time"] >= 0 and entry["iterations"] >= 1


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_wrong_digest_is_no_number(executor: str) -> None:
    kind, reason = only_failure(measured(cell(Wrong, executor)))
    assert (kind, reason) == ("receipt", "task 3 gave the digest 10, not 9")


@pytest.mark.parametrize("executor", [name for name in EXECUTORS if name != "py_asyncio"])
def test_digests_are_checked_after_the_timed_batches_too(executor: str) -> None:
    kind, reason = only_failure(measured(cell(WrongLater, executor)))
    assert (kind, reason) == ("run", "in the last timed batch: task 3 gave the digest 10, not 9")


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_task_that_raises_fails_its_cell_in_its_own_words(executor: str) -> None:
    kind, reason = only_failure(measured(cell(Raises, executor)))
    assert (kind, reason) == ("receipt", "task 3 cannot do its work")


class Skips(serial.Peer):
    """Knows the answer without the work."""

    def run(self, batch: Batch) -> list[Any]:
        return [batch.call(task) if task != 3 else 9 for task in range(batch.tasks)]


class Repeats(serial.Peer):
    def run(self, batch: Batch) -> list[Any]:
        batch.call(3)
        return super().run(batch)


class Shuffles(serial.Peer):
    def run(self, batch: Batch) -> list[Any]:
        return super().run(batch)[::-1]


class Loses(serial.Peer):
    def run(self, batch: Batch) -> list[Any]:
        return super().run(batch)[:-1]


class TooFew(thread_pool.Peer):
    def __init__(self, workers: int) -> None:
        super().__init__(workers - 1)


class TooMany(threads.Peer):
    def __init__(self, workers: int) -> None:
        super().__init__(workers + 6)


class NewOnes(threads.Peer):
    """Says of its workers that they stay."""

    kept = True


class CannotOpen(serial.Peer):
    def __init__(self, workers: int) -> None:
        raise OSError("no room")


@pytest.mark.parametrize(
    ("executor", "kind", "reason"),
    [
        (Skips, "receipt", "task 3 never ran"),
        (Repeats, "receipt", "task 3 ran 2 times"),
        (Shuffles, "receipt", "task 0 gave the digest 49, not 0"),
        (Loses, "receipt", "there are 7 results, not 8"),
        (TooFew, "receipt", "1 tasks ran at the same time, not 2 as asked for"),
        (NewOnes, "receipt", "workers ran tasks, not 2 as asked for"),
        (CannotOpen, "open", "no room"),
    ],
)
def test_a_broken_executor_is_found_out(executor: type[Executor], kind: str, reason: str) -> None:
    found = only_failure(measured(cell(Squares, executor), HASTY))
    assert found[0] == kind and found[1].endswith(reason)


def test_more_workers_than_asked_for_are_found_out() -> None:
    class Slow(Squares):
        def run(self, task: int) -> Any:
            import time

            time.sleep(0.2)
            return task * task

    kind, reason = only_failure(measured(cell(Slow, TooMany), HASTY))
    assert kind == "receipt" and reason.endswith("tasks ran at the same time, not 2 as asked for")


def test_faster_than_possible_is_refused() -> None:
    kind, reason = only_failure(measured(cell(TooFast, "py_serial")))
    assert kind == "impossible" and reason.endswith("below the workload's minimum of 60 s: rejected")


def test_the_independent_count_decides() -> None:
    kind, reason = only_failure(measured(cell(Watched, "py_serial")))
    assert (kind, reason) == ("receipt", "independent count: 9 completed tasks, expected 8")


def test_repetitions_have_as_many_iterations_each() -> None:
    report = measured(cell(Squares, "py_serial"), Measuring(warmup=0.0, min_time=0.005, repetitions=3))
    assert [entry["repetition_index"] for entry in report.entries] == [0, 1, 2]
    assert len({entry["iterations"] for entry in report.entries}) == 1
    assert report.entries[0]["iterations"] * report.entries[0]["real_time"] >= 0.005 * 1e6


def test_the_cpu_time_of_worker_processes_counts() -> None:
    class Busy(Squares):
        def run(self, task: int) -> Any:
            for _ in range(100_000):
                pass
            return task * task

    own = measured(cell(Busy, "py_serial"), SHORT).entries[0]["cpu_time"]
    for executor in ("py_process", "py_process_pool", "py_pool"):
        assert measured(cell(Busy, executor), SHORT).entries[0]["cpu_time"] > 0.3 * own, executor
