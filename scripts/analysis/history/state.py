"""What became of a change that was suspected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from scripts.analysis.verdict import CHANGED, Verdict

State = Literal["suspected", "confirmed", "refuted", "moved with the machine", "acknowledged", "fixed"]
Event = Literal["shown", "undecided", "equal", "machine", "acknowledge", "expire", "undone"]
ALERTS: State = "confirmed"  # no other does
STANDING: tuple[State, ...] = ("confirmed", "acknowledged")  # the program is what it became by the change
UNDECIDED = ("inconclusive", "invalid")  # of a verdict

# What is not here cannot happen. A duet has shown a change, or has not decided; builds are equal where one has found so, or
# none could show it in time; `machine`: they are, and all cells moved.
TRANSITIONS: Mapping[tuple[State, Event], State] = {
    ("suspected", "shown"): "confirmed",
    ("suspected", "undecided"): "suspected",
    ("suspected", "equal"): "refuted",
    ("suspected", "machine"): "moved with the machine",
    ("confirmed", "acknowledge"): "acknowledged",
    ("acknowledged", "acknowledge"): "acknowledged",
    ("acknowledged", "expire"): "confirmed",
    ("confirmed", "undone"): "fixed",
    ("acknowledged", "undone"): "fixed",
}


class Impossible(ValueError):
    """What a change in this state cannot become."""


@dataclass(frozen=True)
class Acknowledgement:
    by: str
    until: str  # the last day on which it holds: YYYY-MM-DD
    reason: str


@dataclass(frozen=True)
class Change:
    """A place counts the commits of the history, from 0. `cell` is "" for what all cells did alike."""

    cell: str
    commit: str  # the first one of the new level, as far as is known
    place: int
    seen: int  # the place at which it came to its state
    base: str  # the commits whose builds tell
    new: str
    between: tuple[int, int]  # their places
    size: float  # how many times as long it takes: as nominated, and once confirmed as measured
    score: float
    duets: int = 0  # that were asked
    state: State = "suspected"
    verdict: Verdict | None = None  # of the last duet
    acknowledged: Acknowledgement | None = None

    @property
    def alerts(self) -> bool:
        return self.state == ALERTS

    def after(self, event: Event) -> Change:
        """Raises Impossible."""
        if (self.state, event) not in TRANSITIONS:
            raise Impossible(f"{self.cell or 'all cells'} at {self.commit}: {event}, but it is {self.state}")
        return replace(self, state=TRANSITIONS[self.state, event])

    def judged(self, verdict: Verdict, machine: bool = False) -> Change:
        """By a duet of both builds, where all cells moved (`machine`) or not. A change to the other side is not the one that was
        suspected."""
        same_side = verdict.state in CHANGED and (verdict.state == "slower") == (self.size > 1)
        equal: Event = "machine" if machine else "equal"
        found = self.after("shown" if same_side else "undecided" if verdict.state in UNDECIDED else equal)
        size = verdict.estimate if same_side else self.size
        return replace(found, size=size, verdict=verdict, duets=self.duets + 1)

    def acknowledge(self, by: str, until: str, reason: str) -> Change:
        """Raises Impossible where it is not confirmed."""
        return replace(self.after("acknowledge"), acknowledged=Acknowledgement(by, until, reason))

    def on(self, today: str) -> Change:
        """It alerts again on the day after the last one that it is acknowledged for."""
        held = self.acknowledged is None or self.state != "acknowledged" or today <= self.acknowledged.until
        return self if held else self.after("expire")

    def undone_by(self, later: Change, margin: float) -> bool:
        """Whether a later change of the cell takes it back, to within the margin."""
        ours = self.state in STANDING and later.alerts and later.cell == self.cell
        return ours and 1 / (1 + margin) <= self.size * later.size <= 1 + margin
