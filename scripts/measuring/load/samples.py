"""The samples of a `load`: what has been seen of each cell at each rate, and how one more is taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from scripts.analysis.load.latency import OBSERVER, Latency, latencies
from scripts.analysis.text import UNAVAILABLE
from scripts.machine.probes import marked
from scripts.measuring.catalogue import Cell, Json
from scripts.measuring.results import joined
from scripts.measuring.sample import Outcome
from scripts.measuring.schedule import Turn
from scripts.measuring.subject import Conditions, Sampler

CLOSED = "closed"  # the arm without a rate


def name_of(rate: float | None) -> str:
    """The arm of a rate."""
    return CLOSED if rate is None else f"{rate:.15g}/s"


def driven(sampler: Sampler, words: Callable[[Cell], list[str]]) -> Sampler:
    """Samples with what the observer sees; the n-th of a cell has the seed and n: arrivals that are the same for all cells,
    and others in each round."""
    taken: Counter[tuple[str, ...]] = Counter()

    def sample(cell: Cell, how: Conditions) -> Outcome:
        mine = words(cell)
        number = taken[cell.name, *mine]
        taken[cell.name, *mine] += 1
        kept = [text for text in how.timing if not text.startswith("--benchmark_min_time")]
        timing = [*kept, f"--observe={OBSERVER}", *mine]
        return sampler(_seeded(cell, number), replace(how, timing=timing, iterations=0))

    return sample


def _seeded(cell: Cell, number: int) -> Cell:
    return replace(
        cell,
        arguments=tuple(
            f"--seed={(int(text.removeprefix('--seed=')) + number) % 2**64}"
            if text.startswith("--seed=")
            else text
            for text in cell.arguments
        ),
    )


@dataclass
class Samples:
    """Complete in itself at any moment."""

    keep: Callable[[Json], None]  # gets every sample before the next one starts
    evidence: list[Json] = field(default_factory=list)
    seen: list[Latency] = field(default_factory=list)
    failures: dict[tuple[str, str], Json] = field(default_factory=dict)  # by cell and arm
    context: Json = field(default_factory=dict)
    last: int = -1  # round of which there is a sample

    def take(self, turn: Turn, outcome: Outcome, arm: str) -> Json | None:
        """The failure, if it is one that people have to know of."""
        name = turn.cell.name
        found = [one for one in outcome.evidence if one.get("observer") == OBSERVER]
        place: Json = {"round": turn.round, "order": turn.order, "marks": marked(outcome.disturbance)}
        found = [one | place for one in found]
        failure = None if found and not outcome.kind and not outcome.failures else outcome.failure_of(name)
        try:
            seen = [] if failure else latencies(found)
            if not failure and any(one.cell != name for one in seen):
                raise ValueError("it is of another cell")
        except ValueError as error:
            reason = f"--observe={OBSERVER}: {error}"
            failure = {"name": name, "kind": "crash", "cause": {}, "reason": reason}
        if failure and failure["kind"] != UNAVAILABLE:
            failure = failure | {"reason": f"{failure['reason']} (at {arm})"}
        told: Json = {"failure": failure} if failure else {"evidence": found}
        self.keep(turn.record() | {"arm": arm} | told)
        self.last = max(self.last, turn.round)
        if failure:
            self.failures[name, arm] = failure
            return failure if failure["kind"] != UNAVAILABLE else None
        self.context = joined(self.context, outcome.context)
        self.evidence += found
        self.seen += seen
        return None

    def wanted(self, cell: str, arm: str) -> bool:
        """What has failed is not tried again; what a cell cannot do at one rate, at no other."""
        of_cell = [self.failures[key] for key in self.failures if key[0] == cell and key[1] != CLOSED]
        gone = arm != CLOSED and any(one["kind"] == UNAVAILABLE for one in of_cell)
        return (cell, arm) not in self.failures and not gone

    def of(self, cell: str) -> list[Latency]:
        return [one for one in self.seen if one.cell == cell]

    def as_failures(self, order: Sequence[str]) -> list[Json]:
        """In the order of the cells, those that are alike once."""
        found: dict[Any, Json] = {}
        for (name, _), one in sorted(self.failures.items(), key=lambda item: order.index(item[0][0])):
            found.setdefault((name, one["kind"], one["reason"]), one)
        return list(found.values())
