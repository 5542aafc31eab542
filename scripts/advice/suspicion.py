"""What a cause says of a cell that it explains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from scripts.advice.experiment import Experiment
from scripts.analysis.interval import Interval

State = Literal["confirmed", "suspected", "refuted", "unexplained", "invalid"]


@dataclass(frozen=True)
class Suspicion:
    statement: str  # completes "93 % of the loss: ..."
    share: Interval | None  # of the loss; None where there is none
    evidence: Sequence[str]  # sentences with numbers
    do: str  # what the user is to do
    experiment: Experiment | None = None
    terms: Sequence[str] = ()  # of the waterfall; causes of one term exclude each other
    calls: Sequence[str] = ()  # in which workers would be blocked most of the time, where that can be seen
    state: State = "suspected"  # "invalid": there is no verdict on this cell


@dataclass(frozen=True)
class Advice:
    """Of a cell, as documents have it."""

    cell: str
    cause: str
    statement: str
    share: Interval | None
    evidence: Sequence[str]
    experiment: Mapping[str, Any] | None
    state: State
    ruled_out: Sequence[str]
    do: str

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "share": ends(self.share) if self.share else None}


def ends(found: Interval) -> dict[str, float]:
    """As documents have it."""
    return {key: getattr(found, key) for key in ("median", "low", "high", "samples")}
