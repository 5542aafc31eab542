"""A new process for every task."""

from __future__ import annotations

from multiprocessing.connection import Connection, wait
from typing import Any, Callable, Dict, List, Tuple

from benchmarks.peers.executor import Executor, Process, WorkerDied, end_of, fork_context, kill
from benchmarks.peers.job import Batch


class Peer(Executor):
    help = "multiprocessing.Process, a new one for every task, so many at once as there are workers; results by pipe"
    kind = "processes"
    kept = False

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self._context = fork_context()
        self._running: Dict[Any, Tuple[int, Process]] = {}  # by the pipe's end that the result comes out of

    def run(self, batch: Batch) -> List[Any]:
        results: List[Any] = [None] * batch.tasks
        for task in range(batch.tasks):
            while len(self._running) >= self.workers:
                self._collect(results)
            self._start(task, batch.call)
        while self._running:
            self._collect(results)
        return results

    def processes(self) -> List[int]:
        return [process.pid for _, process in self._running.values() if process.pid is not None]

    def close(self) -> None:
        kill([process for _, process in self._running.values()])
        self._running.clear()

    def _start(self, task: int, call: Callable[[int], Any]) -> None:
        receiver, sender = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_work, args=(call, task, sender))
        process.start()
        sender.close()  # before the next fork, whose child would keep it open, so that this one's death went unseen
        self._running[receiver] = (task, process)

    def _collect(self, results: List[Any]) -> None:
        for receiver in wait(list(self._running)):
            assert isinstance(receiver, Connection)
            task, process = self._running[receiver]
            try:
                error, results[task] = receiver.recv()
            except EOFError:
                process.join()
                raise WorkerDied(
                    f"the process of task {task} ended without a result: {end_of(process)}"
                ) from None
            process.join()
            process.close()
            receiver.close()
            del self._running[receiver]
            if error:
                raise RuntimeError(error)


def _work(call: Callable[[int], Any], task: int, sender: Any) -> None:
    try:
        answer = "", call(task)
    except Exception as error:
        answer = f"{error}" or type(error).__name__, None
    sender.send(answer)
