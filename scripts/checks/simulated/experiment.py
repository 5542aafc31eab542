"""An experiment of known truth, and what is claimed of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from scripts.checks.replay import Share
from scripts.checks.simulated.noise import Random

Trial = Callable[[Random], Counter[str]]  # how often each thing happened


@dataclass(frozen=True)
class Claim:
    """That `event` happens in a share of at most, or at least, `bound` of `each` x trials; `bound` is None for what has no
    bound, and is only to be known."""

    event: str
    sense: Literal["at most", "at least"] = "at most"
    bound: float | None = None
    each: int = 1

    def share(self, events: Counter[str], trials: int) -> dict[str, float]:
        """Of the trials, with bounds."""
        return Share(events[self.event], trials * self.each).as_json()

    def verdict(self, share: Mapping[str, float]) -> str:
        """ "holds", "open" or "broken"; "" without a bound."""
        if self.bound is None:
            return ""
        least = self.sense == "at least"
        holds = share["low"] >= self.bound if least else share["high"] <= self.bound
        broken = share["high"] < self.bound if least else share["low"] > self.bound
        return "holds" if holds else "broken" if broken else "open"


@dataclass(frozen=True)
class Experiment:
    name: str
    trial: Trial
    claims: tuple[Claim, ...]
