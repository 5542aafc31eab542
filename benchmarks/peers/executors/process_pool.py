"""A pool of processes, a future a task."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, List

from benchmarks.peers.executor import (
    Executor,
    Process,
    WorkerDied,
    children,
    end_of,
    fork_context,
    kill,
    within_grace,
)
from benchmarks.peers.job import Batch


class Peer(Executor):
    help = "concurrent.futures.ProcessPoolExecutor, a future for every task; processes start with the first batch"
    kind = "processes"

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self._before = children()
        self._workers: List[Process] = []
        self._pool = ProcessPoolExecutor(workers, mp_context=fork_context())

    def run(self, batch: Batch) -> List[Any]:
        try:
            results = self._pool.map(
                batch.call, range(batch.tasks)
            )  # this submits, and so starts the workers
            if not self._workers:
                self._workers = self._own()
            return list(results)
        except BrokenProcessPool as error:
            within_grace(
                lambda: self._pool.shutdown(wait=True)
            )  # how they ended is known when the pool has reaped them
            ends = [end for process in self._workers for end in [end_of(process)] if end]
            # The pool ends the others with SIGTERM.
            first = next((end for end in ends if not end.endswith("SIGTERM")), "a worker process died")
            raise WorkerDied(f"the process pool is broken: {first}") from error

    def processes(self) -> List[int]:
        return [process.pid for process in self._workers if process.pid is not None]

    def close(self) -> None:
        self._pool.shutdown(wait=True)

    def abort(self) -> None:
        # In this order: the pool trips over a worker that dies while its futures are being cancelled.
        within_grace(lambda: self._pool.shutdown(wait=True, cancel_futures=True))
        kill(self._own())

    def _own(self) -> List[Process]:
        return [process for process in children() if process not in self._before]
