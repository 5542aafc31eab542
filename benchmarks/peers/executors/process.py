"""A new process for every task."""

from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Callable

from benchmarks.peers.executor import FORK, Batch, Executor, caught, death, kill


class Peer(Executor):
    help = "multiprocessing.Process, a new one for every task, at most `workers` at once; results by pipe"
    kind = "processes"
    memory = "forked"
    idle = "has none: a process ends with its task"
    standard = False  # a task takes milliseconds
    kept = False

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        # By the pipe's end that the result comes out of.
        self._running: dict[Any, tuple[int, BaseProcess]] = {}

    def run(self, batch: Batch) -> list[Any]:
        results: list[Any] = [None] * batch.tasks
        for task in range(batch.tasks):
            while len(self._running) >= self.workers:
                self._collect(results)
            self._start(task, batch.call)
        while self._running:
            self._collect(results)
        return results

    def processes(self) -> list[int]:
        return [process.pid for _, process in self._running.values() if process.pid is not None]

    def close(self) -> None:
        kill([process for _, process in self._running.values()])
        self._running.clear()

    def _start(self, task: int, call: Callable[[int], Any]) -> None:
        receiver, sender = FORK.Pipe(duplex=False)
        process = FORK.Process(target=_work, args=(call, task, sender))
        process.start()
        sender.close()  # before the next fork, whose child would keep it open and hide this one's death
        self._running[receiver] = (task, process)

    def _collect(self, results: list[Any]) -> None:
        for receiver in wait(list(self._running)):
            assert isinstance(receiver, Connection)
            task, process = self._running[receiver]
            try:
                failure, results[task] = receiver.recv()
            except EOFError:
                process.join()
                what = f"the process of task {task} ended without a result"
                raise death(what, process, task=task) from None
            process.join()
            if process.exitcode:
                raise death(f"the process of task {task}", process, task=task)
            process.close()
            receiver.close()
            del self._running[receiver]
            if failure:
                raise failure


def _work(call: Callable[[int], Any], task: int, sender: Any) -> None:
    try:
        sender.send((None, call(task)))
    except Exception as error:
        sender.send((caught(error), None))
