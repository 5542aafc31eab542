"""A worker that dies between batches, which none of them misses, takes the cell's number with it."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from benchmarks.peers.executor import Batch, ProcessPool, has_ended
from benchmarks.peers.executors import pool, process, process_pool
from tests.peers.conftest import Squares, cell, measured, only_failure


def kill_one(executor: ProcessPool) -> int:
    """Waits until it is dead; the pool reaps it."""
    victim = executor.processes()[-1]
    os.kill(victim, signal.SIGKILL)
    try:
        os.waitid(os.P_PID, victim, os.WEXITED | os.WNOWAIT)
    except ChildProcessError:  # which it has done already
        pass
    return victim


def survivor(peer: type[Any], after: int, victims: list[int]) -> type[Any]:
    """The peer, which loses a worker after so many batches, and does the work of later ones without its workers."""

    class Survivor(peer):  # type: ignore[misc]
        batches = 0

        def run(self, batch: Batch) -> list[Any]:
            if victims:
                return [batch.call(task) for task in range(batch.tasks)]
            results: list[Any] = super().run(batch)
            self.batches += 1
            if self.batches == after:
                victims.append(kill_one(self))
            return results

        def shut_pool(self) -> None:
            if not victims:
                victims.append(kill_one(self))
            super().shut_pool()

    return Survivor


@pytest.mark.parametrize("peer", [pool.Peer, process_pool.Peer])
@pytest.mark.parametrize("after", [1, 2, 1 << 30])
def test_a_death_between_batches_is_a_failure(peer: type[Any], after: int) -> None:
    """In the counted batch, after a timed one, and when all batches are done."""
    victims: list[int] = []
    report = measured(cell(Squares, survivor(peer, after, victims)))
    kind, reason = only_failure(report)
    assert kind == ("receipt" if after == 1 else "run") and "worker process of the pool died" in reason
    assert report.failures[0]["cause"] == {"signal": signal.SIGKILL, "worker": victims[0]}


def test_a_death_whose_status_the_library_is_taking_is_seen() -> None:
    """Its thread has waited for the process, and not yet kept what it was told."""

    class Taken:
        def __init__(self) -> None:
            self.sentinel, write = os.pipe()
            os.close(write)  # as the end of a process does
            self.statuses = [None, None, -signal.SIGKILL, -signal.SIGKILL]

        @property
        def exitcode(self) -> int | None:
            return self.statuses.pop(0)

    process: Any = Taken()
    assert has_ended(process) and process.exitcode == -signal.SIGKILL
    living, write = os.pipe()
    process.sentinel = living
    assert not has_ended(process)
    os.close(write)


def test_a_process_that_dies_once_it_has_sent_its_result(monkeypatch: pytest.MonkeyPatch) -> None:
    work = process._work

    def dies(call: Any, task: int, sender: Any) -> None:
        work(call, task, sender)
        if task == 3:
            os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(process, "_work", dies)
    report = measured(cell(Squares, "py_process"))
    kind, reason = only_failure(report)
    assert kind == "receipt" and reason.startswith("the process of task 3: killed by SIGKILL")
    assert report.failures[0]["cause"]["signal"] == signal.SIGKILL
