"""What the samples of one cell say."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

from scripts.analysis.duel import Duel
from scripts.measuring.duet.order import ARMS, Arm
from scripts.measuring.sample import Outcome


@dataclass(frozen=True)
class Failure:
    """Why a sample has no number: its kind, as in results.json, and the reason."""

    kind: str
    reason: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason}"


@dataclass
class Record:
    """One cell so far: seconds a batch by round of each arm; the first failure of each arm."""

    times: dict[Arm, dict[int, float]] = field(default_factory=lambda: {arm: {} for arm in ARMS})
    failures: dict[Arm, Failure] = field(default_factory=dict)

    @property
    def rounds(self) -> int:
        """Those that all arms have."""
        return min(map(len, self.times.values()))

    @property
    def touched(self) -> bool:
        """Whether there is any sample of it."""
        return bool(self.failures) or any(self.times.values())

    @property
    def duel(self) -> Duel:
        return Duel(*(self.times[arm] for arm in ARMS))

    def take(self, arm: Arm, number: int, result: float | Failure) -> None:
        if isinstance(result, Failure):
            self.failures.setdefault(arm, result)
        else:
            self.times[arm][number] = result


def reading(name: str, outcome: Outcome) -> float | Failure:
    """Seconds a batch, the median of the process's repetitions; or why there are none."""
    if failure := outcome.failure_of(name):
        return Failure(failure["kind"], failure["reason"])
    return median(outcome.seconds_of(name))
