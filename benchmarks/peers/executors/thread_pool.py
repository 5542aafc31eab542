"""A pool of threads."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.peers.executor import Batch, Executor


class Peer(Executor):
    help = (
        "concurrent.futures.ThreadPoolExecutor, a future for every task; threads start with the first batch"
    )
    idle = "waits for the lock of a queue"

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self._pool = ThreadPoolExecutor(workers)

    def run(self, batch: Batch) -> list[Any]:
        return list(self._pool.map(batch.call, range(batch.tasks)))

    def close(self) -> None:
        self._pool.shutdown(wait=True)

    def abort(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
