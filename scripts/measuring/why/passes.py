"""The rounds of a `why`: each cell by itself, which is the score, and observed by passes of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from scripts.analysis.text import UNAVAILABLE
from scripts.analysis.why.evidence import states
from scripts.measuring.catalogue import Cell, Json
from scripts.measuring.results import Measured
from scripts.measuring.sample import Outcome
from scripts.measuring.schedule import Turn
from scripts.measuring.subject import Change, Conditions, Sampler

SCORE, STATES = "", "states"  # the arms


def observed(sampler: Sampler, observer: str) -> Sampler:
    """Samples with that observer's evidence, and without times."""

    def sample(cell: Cell, how: Conditions) -> Outcome:
        return sampler(cell, replace(how, timing=[*how.timing, f"--observe={observer}"]))

    return sample


def arms(sampler: Sampler, shared: list[str]) -> dict[str, Change]:
    return {SCORE: Change(shared), STATES: Change(shared, sampler=observed(sampler, STATES))}


@dataclass
class Passes:
    """What the rounds have shown so far; complete in itself at any moment."""

    keep: Callable[[Json], None]  # gets every sample before the next one starts
    score: Measured = field(default_factory=Measured)
    evidence: list[Json] = field(default_factory=list)  # with the round of each
    failures: dict[str, Json] = field(default_factory=dict)  # of passes, by cell
    looks: list[Json] = field(default_factory=list)  # evidence for pictures

    def take(self, turn: Turn, outcome: Outcome) -> Json | None:
        """The failure, if it is one that people have to know of."""
        name = turn.cell.name
        if turn.arm == SCORE:
            sample = self.score.sample(turn, outcome)
            self.keep(sample.record())
            self.score.take(sample)
            failure = sample.failure
        else:
            failure = self._observed(turn, outcome)
            if failure:
                self.failures[name] = failure
        return failure if failure and failure["kind"] != UNAVAILABLE else None

    def _observed(self, turn: Turn, outcome: Outcome) -> Json | None:
        """Keeps the evidence of a pass; or says why there is none."""
        name = turn.cell.name
        found = [one | {"round": turn.round} for one in outcome.evidence if one.get("observer") == turn.arm]
        failure = None if found and not outcome.kind and not outcome.failures else outcome.failure_of(name)
        try:
            states(found)
        except ValueError as error:
            failure = {"name": name, "kind": "crash", "cause": {}, "reason": f"--observe={turn.arm}: {error}"}
        told: Json = {"failure": failure} if failure else {"evidence": found}
        self.keep(turn.record() | told)
        if not failure:
            self.evidence += found
        return failure

    def wanted(self, turn: Turn) -> bool:
        """What has failed is not tried again, and what has no score is not observed."""
        name = turn.cell.name
        return name not in self.score.failures and (turn.arm == SCORE or name not in self.failures)
