"""A pool of processes, a future a task."""

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from benchmarks.peers.executor import FORK, Batch, ProcessPool, within_grace


class Peer(ProcessPool):
    help = "concurrent.futures.ProcessPoolExecutor, a future for every task; processes start with the first batch"

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self._pool = ProcessPoolExecutor(workers, mp_context=FORK)

    def run(self, batch: Batch) -> list[Any]:
        try:
            results = self._pool.map(batch.call, range(batch.tasks))  # submits, and so starts the workers
            if not self._workers:
                self._workers = self._own()
            return list(results)
        except BrokenProcessPool as error:
            within_grace(self.shut_pool)  # how they ended is known once the pool has reaped them
            raise self.lost([process for process in self._workers if process.exitcode]) from error

    def shut_pool(self) -> None:
        self._pool.shutdown(wait=True)

    def end_pool(self) -> None:
        # Before the workers are killed: the pool trips over one that dies while its futures are being cancelled.
        self._pool.shutdown(wait=True, cancel_futures=True)
