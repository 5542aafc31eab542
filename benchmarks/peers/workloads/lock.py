"""Tasks that update shared counters under a lock: threading's, or multiprocessing's where the workers are processes."""

import multiprocessing
import threading
from multiprocessing.sharedctypes import RawArray
from typing import Any, ContextManager

from benchmarks.peers.digest import mix
from benchmarks.peers.failure import Failure
from benchmarks.peers.workload import Case, Workload

_MASK = (1 << 64) - 1
_LINE = 8  # counters in a cache line
_PYTHONS = {"mutex": "Lock", "recursive_mutex": "RLock", "semaphore": "Semaphore", "condition": "Condition"}


class Condition:
    """A flag for whether a task is inside, and a condition variable to wait until none is."""

    def __init__(self, condition: Any) -> None:
        self._free = condition
        self._busy = RawArray("B", 1)

    def __enter__(self) -> None:
        with self._free:
            while self._busy[0]:
                self._free.wait()
            self._busy[0] = 1

    def __exit__(self, *_: object) -> None:
        with self._free:
            self._busy[0] = 0
            self._free.notify()


def walk(state: int, rounds: int) -> int:
    """The chain of multiplications of C++'s spin_chain.hpp (Knuth's MMIX generator)."""
    for _ in range(rounds):
        state = (state * 6364136223846793005 + 1442695040888963407) & _MASK
    return state


class Peer(Workload):
    """A section reads its counter, works, and writes it: two that are inside at once lose an update, and the total
    shows it."""

    choices = {"kind": _PYTHONS}
    _lock: ContextManager[Any]

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        given = case.parameters
        self._kind: str = given["kind"]
        self._sections: int = given["sections"]
        self._inside: int = given["work"] * given["inside"] // 100
        self._outside: int = given["work"] - self._inside
        self._reads: int = given["reads"]
        self._slots: int = given["slots"]
        self._stride = _LINE if given["layout"] == "padded" else 1
        self._counters = RawArray("Q", self._slots * self._stride)

    @classmethod
    def refusal(cls, case: Case) -> str:
        if case.parameters["kind"] == "semaphore" and case.parameters["permits"] > 1:
            return "with several permits counters take atomic updates, which Python has not"
        return super().refusal(case)

    def share(self, apart: bool) -> None:
        source: Any = multiprocessing.get_context("fork") if apart else threading
        lock = getattr(source, _PYTHONS[self._kind])()
        self._lock = Condition(lock) if self._kind == "condition" else lock

    def run(self, task: int) -> int:
        state = self.seed
        for section in range(task * self._sections, (task + 1) * self._sections):
            slot = self._slot(section)
            only_reads = self._reads_before(section + 1) != self._reads_before(section)
            with self._lock:
                seen = self._counters[slot]
                state = walk(state ^ seen, self._inside)
                if not only_reads:
                    self._counters[slot] = seen + 1
            state = walk(state, self._outside)
        return mix(self.seed ^ task)

    def completed(self) -> int:
        """Between batches only: all that is known is how much a whole one adds."""
        sections = self.tasks * self._sections
        batch = sections - self._reads_before(sections)
        total: int = sum(self._counters)
        if batch and total % batch:
            stand = f"the counters stand at {total}, not at a multiple of the {batch} that a batch adds"
            raise Failure(f"{stand}: updates were lost, or made twice")
        return total // batch * self.tasks if batch else 0

    def _slot(self, section: int) -> int:
        if self._slots == 1:
            return 0
        return ((mix(section) >> 32) * self._slots >> 32) * self._stride

    def _reads_before(self, section: int) -> int:
        return section * self._reads // 100
