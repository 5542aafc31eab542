"""What the workers of a cell share: its workload and its receipt, which forked workers inherit as they stand.

Tasks are called by these functions' names: a bound method would take the whole workload along with every task that goes
to another process.
"""

from dataclasses import dataclass
from typing import Any, Awaitable, Callable, Optional

from benchmarks.peers.receipt import Receipt
from benchmarks.peers.workload import Workload

_workload: Any = None
_receipt: Any = None


@dataclass(frozen=True)
class Batch:
    """One pass over all tasks: their number, and what each is called by, with and without holding its thread."""

    tasks: int
    call: Callable[[int], Any]
    coroutine: Callable[[int], Awaitable[Any]]


def install(workload: Optional[Workload], receipt: Optional[Receipt]) -> None:
    """Makes this the job of all workers that start from now on. To be called before the executor is opened."""
    global _workload, _receipt
    _workload, _receipt = workload, receipt


def timed(task: int) -> Any:
    return _workload.run(task)


async def timed_async(task: int) -> Any:
    return await _workload.run_async(task)


def counted(task: int) -> Any:
    """With a receipt."""
    with _receipt.visit(task):
        _receipt.meet()
        return _workload.digest(task)


async def counted_async(task: int) -> Any:
    with _receipt.visit(task):
        await _receipt.meet_async()
        return await _workload.digest_async(task)


async def leave() -> None:
    """To be called on the event loop before it is closed."""
    await _workload.leave()
