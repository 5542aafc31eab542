"""The contract of a workload: the tasks of one case, as fanout-bench describes it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable, Mapping, Optional, Sequence


@dataclass(frozen=True)
class Case:
    """A workload with its parameters, and the digest of every task by a route that no peer touches."""

    name: str  # "math/kernel:primes/tasks:256/size:200"
    workload: str
    seed: int
    tasks: int
    width: int  # words in a digest
    parameters: dict[str, Any]  # numbers in s, B or counts, choices and texts as text
    expected: Sequence[int]  # tasks x width words
    missing: str = ""  # why the binary has no digests; "" where it has
    programs: Path = Path()  # the folder of fanout-bench and fanout-server


class Workload(ABC):
    """Tasks that may run in any order and at any time. What a task returns is what its executor has to bring back."""

    choices: Mapping[str, Iterable[str]] = {}  # of parameters: those that are written in Python
    shortest_task = 0.0  # seconds

    def __init__(self, case: Case) -> None:
        self.tasks = case.tasks
        self.seed = case.seed
        self.expected: list[Any] = list(case.expected)

    @classmethod
    def refusal(cls, case: Case) -> str:
        """Why this case is not written in Python; "" where it is."""
        for name, written in cls.choices.items():
            if (value := case.parameters[name]) not in written:
                return f"the {name} {value} is not written in Python; accepted: {', '.join(written)}"
        return ""

    def share(self, apart: bool) -> None:
        """Makes what the tasks share, before any worker starts; `apart`: workers are processes, each with a memory of
        its own. Raises Failure of the kind "unavailable" where these workers cannot run it."""

    @abstractmethod
    def run(self, task: int) -> Any:
        """The result of a task. A task that cannot do its work raises."""

    async def run_async(self, task: int) -> Any:
        """The same without holding the thread while it waits, where a task waits."""
        return self.run(task)

    def digest(self, task: int) -> Any:
        """The same with the task's whole digest, where run() returns less because the digest would cost Python far more
        than the task."""
        return self.run(task)

    async def digest_async(self, task: int) -> Any:
        return await self.run_async(task)

    def wrong(self, results: Sequence[Any]) -> Optional[str]:
        """The first wrong result of run(); None where all are right."""
        return mismatch(results, self.expected)

    def wrong_digests(self, digests: Sequence[Any]) -> Optional[str]:
        """The first wrong result of digest()."""
        return self.wrong(digests)

    def minimum_time(self, at_once: int) -> float:
        """Seconds that no batch can be shorter than with that number of tasks under way at the same time."""
        return self.shortest_task * -(-self.tasks // at_once)

    def completed(self) -> Optional[int]:
        """Tasks completed so far, counted independently of the executor; None where nothing counts them."""
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
