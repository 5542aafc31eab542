"""Tasks that put items into a queue that all workers share, and take the same number out, whichever come."""

import multiprocessing
import queue
from multiprocessing.sharedctypes import RawArray
from typing import Any

from benchmarks.peers.digest import mix
from benchmarks.peers.failure import Failure
from benchmarks.peers.workload import Case, Workload

_PYTHONS = {"fifo": queue.Queue, "lifo": queue.LifoQueue, "priority": queue.PriorityQueue}

Item = tuple[int, int, int]  # rank, task, index


class Peer(Workload):
    """Every item's takes are counted, without atomic updates: in one batch only one worker takes it."""

    choices = {"kind": _PYTHONS}
    _queue: Any

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._kind: str = case.parameters["kind"]
        self._items: int = case.parameters["items"]
        self._capacity = case.parameters["capacity"]
        self._takes = RawArray("I", max(1, self.tasks * self._items))

    def share(self, apart: bool) -> None:
        if apart and self._kind != "fifo":
            raise Failure(f"multiprocessing.Queue is a fifo, not a {self._kind}", {}, "unavailable")
        source: Any = multiprocessing.get_context("fork").Queue if apart else _PYTHONS[self._kind]
        self._queue = source(self._capacity)

    def run(self, task: int) -> int:
        self._pass_items(task)
        return mix(self.seed ^ task)

    def digest(self, task: int) -> int:
        """Also that a fifo gave one task's items in the order in which it had put them."""
        last: dict[int, int] = {}
        for _, putter, index in self._pass_items(task):
            if self._kind == "fifo" and last.get(putter, -1) >= index:
                wrong = f"task {task} took two items of task {putter} in the wrong order"
                raise Failure(wrong, {"task": task})
            last[putter] = index
        return mix(self.seed ^ task)

    async def digest_async(self, task: int) -> int:
        return self.digest(task)

    def completed(self) -> int:
        """Between batches only: by then every item has been taken as often as every other."""
        if not self.tasks:
            return 0
        if not self._queue.empty():
            raise Failure("when all tasks were done, the queue held items")
        least: int = min(self._takes)
        most: int = max(self._takes)
        if least != most:
            raise Failure(f"an item was taken {least} times, and another one {most} times")
        return most * self.tasks

    def _pass_items(self, task: int) -> list[Item]:
        """A task puts before it takes, so that a taker finds an item, and none waits for ever."""
        taken = []
        for index in range(self._items):
            rank = -mix(task << 32 | index) if self._kind == "priority" else 0
            self._queue.put((rank, task, index))
            item = self._queue.get()
            self._takes[item[1] * self._items + item[2]] += 1
            taken.append(item)
        return taken
