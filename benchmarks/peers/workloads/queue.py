"""Tasks that put items into a queue that all workers share, and take as many out, whichever come."""

from __future__ import annotations

import multiprocessing
import queue
from multiprocessing.sharedctypes import RawArray
from typing import Any, Dict, List, Tuple

from benchmarks.peers.digest import mix
from benchmarks.peers.workload import Case, Unavailable, Workload

_PYTHONS = {"fifo": queue.Queue, "lifo": queue.LifoQueue, "priority": queue.PriorityQueue}

Item = Tuple[int, int, int]  # rank, task, index


class Peer(Workload):
    """Every item's takes are counted, without atomic updates: in one batch only one worker takes it."""

    _queue: Any

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._seed = case.seed
        self._kind = case.values["kind"]
        self._items = case.numbers["items"]
        self._capacity = case.numbers["capacity"]
        self._takes = RawArray("I", max(1, self.tasks * self._items))

    @staticmethod
    def refusal(case: Case) -> str:
        kind = case.values["kind"]
        return "" if kind in _PYTHONS else f"Python has no {kind}; it has {', '.join(_PYTHONS)}"

    def share(self, apart: bool) -> None:
        if apart and self._kind != "fifo":
            raise Unavailable(f"multiprocessing has no {self._kind} queue; its Queue is a fifo")
        source: Any = multiprocessing.get_context("fork").Queue if apart else _PYTHONS[self._kind]
        self._queue = source(self._capacity)

    def run(self, task: int) -> int:
        self._pass_items(task)
        return mix(self._seed ^ task)

    def prove(self, task: int) -> int:
        """Also that a fifo gave one task's items in the order in which it had put them."""
        last: Dict[int, int] = {}
        for _, putter, index in self._pass_items(task):
            if self._kind == "fifo" and last.get(putter, -1) >= index:
                raise RuntimeError(f"task {task} took two items of task {putter} in the wrong order")
            last[putter] = index
        return mix(self._seed ^ task)

    async def prove_async(self, task: int) -> int:
        return self.prove(task)

    def witnessed(self) -> int:
        """Between batches only: by then every item has been taken as often as every other."""
        if not self.tasks:
            return 0
        if not self._queue.empty():
            raise RuntimeError("when all tasks were done, the queue held items")
        least: int = min(self._takes)
        most: int = max(self._takes)
        if least != most:
            raise RuntimeError(f"an item was taken {least} times, and another one {most} times")
        return most * self.tasks

    def _pass_items(self, task: int) -> List[Item]:
        """A task puts before it takes, so that whoever takes finds something, and nobody waits for ever."""
        taken = []
        for index in range(self._items):
            rank = -mix(task << 32 | index) if self._kind == "priority" else 0
            self._queue.put((rank, task, index))
            item = self._queue.get()
            self._takes[item[1] * self._items + item[2]] += 1
            taken.append(item)
        return taken
