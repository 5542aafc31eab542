"""The contract of an executor: workers opened on the installed job."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from abc import ABC, abstractmethod
from multiprocessing.process import BaseProcess
from typing import Any, Callable, List, Optional, Sequence

from benchmarks.peers.job import Batch

Process = BaseProcess

GRACE = 5.0  # seconds for a library to end its workers before they are ended for it


class WorkerDied(Exception):
    """Who died, and of what."""


class Executor(ABC):
    """Law: run() returns the results of all tasks in their order, each task having run exactly once."""

    help = ""
    kind = "threads"  # serial, threads, loop or processes
    kept = True  # the workers live on between tasks
    alone = False  # there is one worker, whatever is asked for
    axis = ""  # "in_flight:all" where the executor has such a choice in C++

    def __init__(self, workers: int) -> None:
        self.workers = workers

    @abstractmethod
    def run(self, batch: Batch) -> List[Any]:
        """One batch. Raises what a task raised, and WorkerDied where a worker was lost."""

    def processes(self) -> List[int]:
        """The workers that are processes and live."""
        return []

    def close(self) -> None:
        """Ends the workers, and awaits their end."""

    def abort(self) -> None:
        """The same where something has gone wrong: takes no longer than some seconds, whatever state they are in."""
        self.close()


def fork_context() -> multiprocessing.context.ForkContext:
    """Workers inherit the job by fork, as C++'s do; other ways to start them would have to send it."""
    return multiprocessing.get_context("fork")


def children() -> List[Process]:
    return list(multiprocessing.active_children())


def end_of(process: Process) -> Optional[str]:
    """How a process ended: "killed by SIGKILL", "exit status 3"; nothing while it lives."""
    code = process.exitcode
    if code is None:
        return None
    if code >= 0:
        return f"exit status {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


def kill(processes: Sequence[Process]) -> None:
    for process in processes:
        process.kill()
    for process in processes:
        process.join(GRACE)


def within_grace(end: Callable[[], Any]) -> bool:
    """Whether end() returned in time. A pool whose worker died with a lock in its hand never ends by itself.

    Where the system has no thread left to wait with, end() is not called.
    """
    thread = threading.Thread(target=end, daemon=True)
    try:
        thread.start()
    except RuntimeError:
        return False
    thread.join(GRACE)
    return not thread.is_alive()
