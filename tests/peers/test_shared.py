"""Workloads whose tasks share state: their totals as an independent count, and broken locks and queues."""

from __future__ import annotations

import contextlib
import queue as library
import time
from typing import Any

import pytest

from benchmarks.peers import registry
from benchmarks.peers.digest import mix
from benchmarks.peers.workload import Case
from benchmarks.peers.workloads import lock, queue
from tests.peers.conftest import Json, cell, measured, only_failure

EXECUTORS = registry.executor_names()
LOCK = {"sections": 5, "work": 20, "inside": 50, "reads": 0, "permits": 1, "slots": 1}


def case(workload: str, kind: str, tasks: int = 12, **numbers: int) -> Case:
    given: Json = {"kind": kind, "layout": "padded" if numbers.get("slots", 1) > 1 else "packed", **numbers}
    expected = [mix(3 ^ i) for i in range(tasks)]
    return Case(f"{workload}/kind:{kind}", workload, 3, tasks, 1, given, expected)


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("kind", ["mutex", "recursive_mutex", "semaphore", "condition"])
def test_no_update_is_lost_under_a_lock(executor: str, kind: str) -> None:
    report = measured(cell(lock.Peer, executor, workers=3, of=case("lock", kind, **LOCK)))
    assert report.failures == [] and len(report.entries) == 1


def test_sections_that_only_read_and_several_counters() -> None:
    numbers = {**LOCK, "reads": 30, "slots": 4}
    for executor in ("py_threads", "py_pool"):
        assert measured(cell(lock.Peer, executor, of=case("lock", "mutex", **numbers))).failures == []


class Unlocked(lock.Peer):
    """Its lock lets all tasks in, and each takes a while inside."""

    def share(self, apart: bool) -> None:
        self._lock = contextlib.nullcontext()

    def run(self, task: int) -> int:
        seen = self._counters[0]
        time.sleep(0.01)
        self._counters[0] = seen + self._sections
        return mix(self.seed ^ task)


@pytest.mark.parametrize("executor", ["py_threads", "py_pool"])
def test_lost_updates_are_seen(executor: str) -> None:
    kind, reason = only_failure(measured(cell(Unlocked, executor, of=case("lock", "mutex", **LOCK))))
    assert kind == "receipt"
    assert "updates were lost" in reason or "independent count" in reason


def test_locks_that_python_lacks_are_named() -> None:
    assert "the kind spin is not written in Python" in lock.Peer.refusal(case("lock", "spin", **LOCK))
    assert "several permits" in lock.Peer.refusal(case("lock", "semaphore", **{**LOCK, "permits": 2}))
    assert lock.Peer.refusal(case("lock", "semaphore", **LOCK)) == ""


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("kind", ["fifo", "lifo", "priority"])
def test_every_item_is_taken_once(executor: str, kind: str) -> None:
    report = measured(cell(queue.Peer, executor, workers=3, of=case("queue", kind, items=4, capacity=2)))
    if registry.executor(executor).kind == "processes" and kind != "fifo":
        assert only_failure(report)[0] == "unavailable" and not report.failed
    else:
        assert report.failures == [] and len(report.entries) == 1


class Repeating(library.Queue[Any]):
    """Gives an item twice, and loses the next."""

    def get(self, *arguments: Any, **options: Any) -> Any:
        item = super().get(*arguments, **options)
        return (item[0], item[1], 0)


class Broken(queue.Peer):
    def share(self, apart: bool) -> None:
        self._queue = Repeating()


def test_items_that_come_twice_are_seen() -> None:
    kind, reason = only_failure(
        measured(cell(Broken, "py_serial", of=case("queue", "fifo", items=4, capacity=2)))
    )
    assert kind == "receipt" and "wrong order" in reason
    kind, reason = only_failure(
        measured(cell(Broken, "py_serial", of=case("queue", "priority", items=4, capacity=2)))
    )
    assert kind == "receipt" and "was taken 0 times, and another one 4 times" in reason
