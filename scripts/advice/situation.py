"""What the causes see of a cell: the evidence of its rounds, and where its loss lies."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scripts.advice.experiment import AS_FAST
from scripts.advice.figures import task, time, voluntary
from scripts.analysis.interval import Interval, median_interval
from scripts.analysis.text import plural
from scripts.analysis.why.evidence import States
from scripts.analysis.why.score import perturbed
from scripts.analysis.why.waterfall import BLOCKED, DEARER, IMBALANCE, READY, STARTING, STARVED, Waterfall

LEAST = 0.3  # of the loss, that a cause has to have, with all of its interval
PART = 0.1  # of the loss, that is waiting for a CPU itself where what follows from it is counted with it
HEALTHY = 0.9  # an efficiency with an interval that reaches this has no loss to explain

SELDOM, OFTEN = (
    1_000,
    5_000,
)  # voluntary switches a second of CPU time: below, and above, workers go to sleep so

Figure = Callable[[States], float | None]


@dataclass(frozen=True)
class Situation:
    """`states` and `base` have a process of each round."""

    name: str
    workload: str
    executor: str
    workers: int
    states: Sequence[States]
    base: Sequence[States]
    waterfall: Waterfall
    cpus: float  # effective ones
    perturbation: Interval | None = None  # the pass's time over the score's
    known: frozenset[str] = frozenset()  # executors that this binary has
    lifecycle: str = "warm"
    waits: bool = False  # whether tasks do, rather than compute
    parameters: Mapping[str, Any] = field(default_factory=dict)  # of the workload
    roles: Mapping[str, Any] = field(default_factory=dict)

    @property
    def most(self) -> int:
        """Workers that have a CPU each."""
        return max(1, math.floor(self.cpus))

    @property
    def perturbed(self) -> bool:
        return perturbed(self.perturbation)

    @property
    def as_fast(self) -> float:
        """What so many workers gain at the least, if more were for nothing: of a fraction of a CPU they can use none."""
        return AS_FAST * min(1.0, self.most / self.cpus)

    @property
    def crowded(self) -> bool:
        """More workers than CPUs."""
        return self.workers > self.cpus

    @property
    def crowd(self) -> str:
        """4 workers on 2 CPUs."""
        return f"{plural(self.workers, 'worker')} on {plural(self.cpus, 'CPU')}"

    @property
    def waiting(self) -> tuple[str, ...]:
        """The terms of waiting for a CPU. Where the kernel does not say so (source "cpu"), who seldom goes to sleep by itself,
        and does not run, has had none."""
        if self.waterfall.ready or not self.below(voluntary, SELDOM):
            return (READY,)
        return (READY, BLOCKED, STARVED)

    @property
    def crowding(self) -> tuple[str, ...]:
        """The terms of waiting for a CPU with what follows from it where workers are more: who waits for one at the begin of a
        batch may find no task left, and is idle or absent in it; who has one lets others wait at the end."""
        return tuple(dict.fromkeys((*self.waiting, STARTING, STARVED, IMBALANCE)))

    def share(self, *terms: str) -> Interval:
        """Of the loss. Ends of several are added, as if they were wrong together; all terms are 1, so that the others bound
        them as well."""
        mine = [term.share for term in self.waterfall.terms if term.name in terms]
        others = [term.share for term in self.waterfall.terms if term.name not in terms]
        low = max(sum(one.low for one in mine), 1 - sum(one.high for one in others))
        high = min(sum(one.high for one in mine), 1 - sum(one.low for one in others))
        middle = sum(one.median for one in mine)
        return Interval(middle, min(low, middle), max(high, middle), mine[0].coverage, mine[0].samples)

    def loses_by(self, *terms: str) -> bool:
        """Whether they are enough of the loss to name a cause, beyond doubt."""
        return self.share(*terms).low >= LEAST

    @property
    def dearer(self) -> bool:
        """Whether dearer work is enough of the loss, of workers that do not often sleep: else they wait for each other."""
        return self.loses_by(DEARER) and not self.above(voluntary, OFTEN)

    @property
    def cpu_a_task(self) -> str:
        """Evidence of dearer work."""
        return f"{time(self.over(task))} of CPU a task, {time(self.over_base(task))} alone"

    def half(self, *terms: str) -> float:
        """The gain of whatever takes away half of these losses, in logarithms: more than what takes away none, less than what
        takes away all. Twice as fast is enough, however large they are, and needed where they are not known.
        """
        if self.perturbed:
            return 2.0
        log = sum(max(0.0, self.waterfall.term(name).log.median) for name in terms)
        return min(math.exp(log / 2), 2.0)

    @property
    def lacks_cpus(self) -> bool:
        """Whether waiting for a CPU, with what follows from it, is enough of the loss to name a cause."""
        return self.share(*self.waiting).median >= PART and self.loses_by(*self.crowding)

    def over(self, figure: Figure) -> Interval | None:
        """A figure of the cell's rounds; None where a round does not have it."""
        return _median(self.states, figure)

    def over_base(self, figure: Figure) -> Interval | None:
        return _median(self.base, figure)

    def above(self, figure: Figure, threshold: float) -> bool:
        """Whether it is, with all of its interval."""
        found = self.over(figure)
        return found is not None and found.low > threshold

    def below(self, figure: Figure, threshold: float) -> bool:
        found = self.over(figure)
        return found is not None and found.high < threshold


def _median(rounds: Sequence[States], figure: Figure) -> Interval | None:
    values = [value for one in rounds if (value := figure(one)) is not None]
    return median_interval(values) if rounds and len(values) == len(rounds) else None
