"""multiprocessing's pool of processes, chunks of tasks."""

from __future__ import annotations

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

_LOOK = 0.1  # seconds between looks at the workers


class Peer(Executor):
    help = "multiprocessing.Pool.map, with the chunks that it chooses: four a worker"
    kind = "processes"

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self._before = children()
        self._pool = fork_context().Pool(workers)
        self._workers = self._own()

    def run(self, batch: Batch) -> List[Any]:
        """Pool.map, except that it would wait for ever for a worker that has died: the pool starts another instead, and
        the lost tasks are nobody's."""
        result = self._pool.map_async(batch.call, range(batch.tasks))
        while not result.ready():
            result.wait(_LOOK)
            for process in self._workers:
                if end := end_of(process):
                    raise WorkerDied(f"a worker process of the pool died: {end}")
        return list(result.get())

    def processes(self) -> List[int]:
        return [process.pid for process in self._workers if process.pid is not None]

    def close(self) -> None:
        self._pool.close()
        self._pool.join()

    def abort(self) -> None:
        within_grace(self._pool.terminate)
        kill(self._own())

    def _own(self) -> List[Process]:
        return [process for process in children() if process not in self._before]
