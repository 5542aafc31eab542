"""What the samples of one cell say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from scripts.analysis.duel import Duel
from scripts.analysis.table import SECONDS
from scripts.running.duet.order import ARMS, Arm
from scripts.running.sample import Json, Outcome


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
    if outcome.kind:
        return Failure(outcome.kind, outcome.reason)
    try:
        for failure in outcome.failures:
            if failure["name"] == name:
                return Failure(str(failure["kind"]), str(failure["reason"]))
        return _seconds(outcome.entries(name))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Failure("crash", f"the process ended well, but its results say no time ({error!r})")


def _seconds(entries: Sequence[Json]) -> float:
    if not entries:
        raise ValueError("no entry of this cell")
    seconds = median(float(entry["real_time"]) * SECONDS[entry["time_unit"]] for entry in entries)
    if not 0 < seconds < math.inf:
        raise ValueError(f"real_time of {seconds} s")
    return seconds
