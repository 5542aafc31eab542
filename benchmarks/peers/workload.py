"""The contract of a workload: the tasks of one case, as fanout-bench describes it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence


@dataclass(frozen=True)
class Case:
    """A workload with its parameters, and the digest of every task by a route that no peer touches."""

    name: str  # "math/kernel:primes/tasks:256/size:200"
    workload: str
    seed: int
    tasks: int
    width: int  # words in a digest
    values: Dict[str, str]  # as they are spelt in names
    numbers: Dict[str, int]  # ns, bytes and counts
    expected: Sequence[int]  # tasks x width words
    missing: str = ""  # why the binary has no digests to tell; "" where it has


class Unavailable(Exception):
    """Why these workers cannot run this workload, whatever is done."""


class Workload(ABC):
    """Tasks that may run in any order and at any time. What a task returns is what its executor has to bring back."""

    # Whether run() returns less than the digest, because the digest would cost Python far more than the task.
    shortened = False

    def __init__(self, case: Case) -> None:
        self.tasks = case.tasks
        self.expected: List[Any] = list(case.expected)

    @staticmethod
    def refusal(case: Case) -> str:
        """Why this case is not written in Python; "" where it is."""
        return ""

    def share(self, apart: bool) -> None:
        """Makes what the tasks share, before any worker starts; `apart`: workers are processes, each with a memory of
        its own. Raises Unavailable."""

    @abstractmethod
    def run(self, task: int) -> Any:
        """The result of a task. A task that cannot do its work raises."""

    async def run_async(self, task: int) -> Any:
        """The same without holding the thread while it waits, where a task waits."""
        return self.run(task)

    def prove(self, task: int) -> Any:
        """The task's digest, if run() returns less."""
        return self.run(task)

    async def prove_async(self, task: int) -> Any:
        return await self.run_async(task)

    def wrong(self, results: Sequence[Any]) -> Optional[str]:
        """The first wrong result of run(), as a sentence; nothing where all are right."""
        return mismatch(results, self.expected)

    def wrong_proofs(self, proofs: Sequence[Any]) -> Optional[str]:
        """The first wrong result of prove()."""
        return self.wrong(proofs)

    def floor(self, at_once: int) -> float:
        """Seconds of the shortest batch that is honest, so many tasks being under way at the same time."""
        return 0.0

    def witnessed(self) -> Optional[int]:
        """Tasks that somebody outside the executor has seen done so far; nothing where nobody watches."""
        return None

    async def leave(self) -> None:
        """Lets go of what belongs to the event loop that is about to be closed."""

    def close(self) -> None:
        """Ends what the workload has started."""


def mismatch(results: Sequence[Any], expected: Sequence[Any]) -> Optional[str]:
    if len(results) != len(expected):
        return f"there are {len(results)} results, not {len(expected)}"
    for task, (result, truth) in enumerate(zip(results, expected)):
        if result != truth:
            return f"task {task} gave the digest {result!r:.80}, not {truth!r:.80}"
    return None
