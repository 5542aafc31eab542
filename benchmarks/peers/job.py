"""What the workers of a cell share: its workload and its receipt, which forked workers inherit as they stand.

Tasks are called by these functions' names: a bound method would take the whole workload along with every task that goes
to another process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Awaitable, Callable, Optional

from benchmarks.peers.receipt import Receipt
from benchmarks.peers.workload import Workload


@dataclass(frozen=True)
class Batch:
    """One pass over all tasks: their number, and what each is called by, with and without holding its thread."""

    tasks: int
    call: Callable[[int], Any]
    coroutine: Callable[[int], Awaitable[Any]]


@dataclass(frozen=True)
class Job:
    workload: Workload
    receipt: Receipt


_job: Optional[Job] = None


def install(job: Optional[Job]) -> None:
    """Makes this the job of all workers that start from now on. To be called before the executor is opened."""
    global _job
    _job = job


def _installed() -> Job:
    if _job is None:
        raise RuntimeError("no job is installed")
    return _job


def timed(task: int) -> Any:
    return _installed().workload.run(task)


async def timed_async(task: int) -> Any:
    return await _installed().workload.run_async(task)


def proved(task: int) -> Any:
    return _installed().workload.prove(task)


async def proved_async(task: int) -> Any:
    return await _installed().workload.prove_async(task)


def counted(task: int) -> Any:
    job = _installed()
    with job.receipt.visit(task):
        job.receipt.meet()
        return job.workload.prove(task)


async def counted_async(task: int) -> Any:
    job = _installed()
    with job.receipt.visit(task):
        await job.receipt.meet_async()
        return await job.workload.prove_async(task)


async def leave() -> None:
    """What a task of the event loop calls before the loop is closed."""
    if _job is not None:
        await _job.workload.leave()
