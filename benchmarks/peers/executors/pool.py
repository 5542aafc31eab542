"""multiprocessing's pool of processes, chunks of tasks."""

from typing import Any

from benchmarks.peers.executor import FORK, LOOK, Batch, ProcessPool


class Peer(ProcessPool):
    help = "multiprocessing.Pool.map, with the chunks that it chooses: four a worker"

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self._pool = FORK.Pool(workers)
        self._workers = self._own()

    def run(self, batch: Batch) -> list[Any]:
        """Pool.map, except that this would wait for ever for a worker that has died: the pool starts another, and does
        not repeat the lost tasks."""
        result = self._pool.map_async(batch.call, range(batch.tasks))
        while not result.ready():
            result.wait(LOOK)
            self.require_workers()
        return list(result.get())

    def shut_pool(self) -> None:
        self._pool.close()
        self._pool.join()

    def end_pool(self) -> None:
        self._pool.terminate()
