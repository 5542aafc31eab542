"""The contract of an executor: workers opened on the installed job; and what executors with processes share."""

import multiprocessing
import signal
import threading
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any, Callable, Optional, Sequence

from benchmarks.peers.failure import Failure
from benchmarks.peers.failure import caught as caught  # for executors, which know the two contracts alone
from benchmarks.peers.job import Batch as Batch

LOOK = 0.1  # seconds between looks at the workers
GRACE = 5.0  # seconds for a library to end its workers before they are killed
# Workers inherit the job by fork, as C++'s do; other ways to start them would have to send it.
FORK = multiprocessing.get_context("fork")


class Executor(ABC):
    """Law: run() returns the results of all tasks in their order, each task having run exactly once."""

    help = ""
    kind = "threads"  # serial, threads, loop or processes
    memory = "one"  # for all tasks; or forked
    idle = ""  # how a worker without a task waits
    standard = True  # part of the default run
    kept = True  # the workers live on between tasks
    alone = False  # one worker, however many are asked for
    all_in_flight = False  # all tasks are begun at once, whatever the number of workers

    def __init__(self, workers: int) -> None:
        self.workers = workers

    @abstractmethod
    def run(self, batch: Batch) -> list[Any]:
        """One batch. Raises what a task raised, and Failure where a worker was lost."""

    def processes(self) -> list[int]:
        """The workers that are processes and live."""
        return []

    def require_workers(self) -> None:
        """Between batches: raises Failure where a worker process has ended, which no batch may have missed."""

    def close(self) -> None:
        """Ends the workers, and awaits their end. Raises Failure where a worker process has ended otherwise."""

    def abort(self) -> None:
        """The same after a failure: takes no longer than some seconds, whatever state the workers are in."""
        self.close()


class ProcessPool(Executor):
    """A library's pool of forked workers, which are those children that were not there before it."""

    kind = "processes"
    memory = "forked"
    idle = "one waits in read(2), the others for its lock"

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self._before = multiprocessing.active_children()
        self._workers: list[BaseProcess] = []  # filled in once they have started

    def processes(self) -> list[int]:
        return [process.pid for process in self._workers if process.pid is not None]

    def require_workers(self) -> None:
        if ended := [process for process in self._workers if has_ended(process)]:
            raise self.lost(ended)

    def close(self) -> None:
        """A worker that dies with a lock leaves the library to wait for ever."""
        ending = threading.Thread(target=self.shut_pool, daemon=True)
        ending.start()
        alive = True
        while alive:
            ending.join(LOOK)
            alive = ending.is_alive()
            if ended := [process for process in self._workers if process.exitcode]:
                raise self.lost(ended)

    def lost(self, ended: Sequence[BaseProcess]) -> Failure:
        """The death of the first, other than those that a pool ended with SIGTERM because another had died."""
        first = min(ended, key=lambda process: process.exitcode == -signal.SIGTERM, default=None)
        return death("a worker process of the pool died", first)

    @abstractmethod
    def shut_pool(self) -> None:
        """Has the library end its workers, which are at rest, and waits for it."""

    @abstractmethod
    def end_pool(self) -> None:
        """Asks the library to end its workers, whatever they are at, and waits for it."""

    def abort(self) -> None:
        within_grace(self.end_pool)
        kill(self._own())

    def _own(self) -> list[BaseProcess]:
        return [process for process in multiprocessing.active_children() if process not in self._before]


def has_ended(process: BaseProcess) -> bool:
    """By its sentinel: where a thread of the library is about to take the exit status, there is none for a moment, and the
    process seems to live."""
    if not wait([process.sentinel], 0):
        return False
    deadline = time.monotonic() + GRACE
    while process.exitcode is None and time.monotonic() < deadline:
        time.sleep(0.001)
    return True


def death(what: str, process: Optional[BaseProcess], **cause: int) -> Failure:
    """Of a worker that has ended, if it is known which: "...: killed by SIGKILL", "...: exit status 3"."""
    if process is None or process.exitcode is None or process.pid is None:
        return Failure(what, cause)
    code, cause["worker"] = process.exitcode, process.pid
    if code >= 0:
        return Failure(f"{what}: exit status {code}", {**cause, "status": code})
    known = {number.value: number.name for number in signal.Signals}
    return Failure(f"{what}: killed by {known.get(-code, f'signal {-code}')}", {**cause, "signal": -code})


def kill(processes: Sequence[BaseProcess]) -> None:
    for process in processes:
        process.kill()
    for process in processes:
        process.join(GRACE)


def within_grace(end: Callable[[], Any]) -> None:
    """Calls end(), and leaves it alone after a while: a pool whose worker died while it held a lock never ends by
    itself. Where the system has no thread left to wait with, end() is not called."""
    thread = threading.Thread(target=end, daemon=True)
    with suppress(RuntimeError):
        thread.start()
        thread.join(GRACE)
