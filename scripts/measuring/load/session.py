"""The rounds of a `load`: every cell at every rate; or the search for each cell's knee."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from scripts.analysis.load.knee import FEWEST, Knee, knees
from scripts.analysis.load.slo import Slo
from scripts.analysis.load.histogram import BEYOND
from scripts.measuring.catalogue import Cell
from scripts.measuring.load.options import Pressure
from scripts.measuring.load.samples import Samples, driven, name_of
from scripts.measuring.progress import Progress, progress
from scripts.measuring.running import session
from scripts.measuring.sample import Outcome
from scripts.measuring.schedule import Turn
from scripts.measuring.subject import Change

LONGEST = (
    10.0  # seconds of arrivals: for what is so slow that fewer requests than a percentile needs come in less
)
EXPECTED_STEPS = 7  # of a search, for estimates


@dataclass
class Session(session.Session):
    """A `load` under way."""

    pressure: Pressure
    samples: Samples

    def arm(self, rate: float | None) -> Change:
        sampler = self.request.subject.sample
        closed = [f"--benchmark_min_time={self.pressure.duration:g}"]
        words = closed if rate is None else self.pressure.words(rate)
        return Change(self.shared, sampler=driven(sampler, lambda cell: words))

    def sweep(self, rates: Sequence[float | None], rounds: int) -> None:
        """Every cell at every rate, in every round."""
        cells = self.request.plan.cells
        arms = {name_of(rate): self.arm(rate) for rate in rates}
        with progress(len(cells) * len(arms), rounds, 0) as watcher:

            def wanted(number: int) -> Collection[str]:
                able = [c.name for c in cells if any(self.samples.wanted(c.name, arm) for arm in arms)]
                watcher.round(number, len(able) if number < rounds else 0)
                return able if number < rounds else ()

            def done(turn: Turn) -> bool:
                return not self.samples.wanted(turn.cell.name, turn.arm)

            runner = self.runner(cells, arms, self.request.subject.sample)
            runner.run(wanted, self._take(watcher), self.over, done=done)

    def search(self, slo: Slo, budget: float) -> None:
        """For each cell's knee, from the throughput of its closed loop; cells take turns, a sample each a round. A search ends
        after `budget` seconds of its own samples."""
        cells, taken = self.request.plan.cells, dict.fromkeys((c.name for c in self.request.plan.cells), 0.0)
        now: dict[str, Knee] = {}

        def rate(cell: Cell) -> float:
            following = now[cell.name].next
            assert following is not None
            return following

        def words(cell: Cell) -> list[str]:
            return self.pressure.words(rate(cell), self.duration(rate(cell), slo))

        arms = {"": Change(self.shared, sampler=driven(self.request.subject.sample, words))}
        with progress(len(cells), FEWEST * EXPECTED_STEPS, 0) as watcher:
            take = self._take(watcher)

            def wanted(number: int) -> Collection[str]:
                now.update(knees(self.samples.seen, slo))
                names = {name for name, one in now.items() if one.next and taken[name] < budget}
                names = {name for name in names if self.samples.wanted(name, name_of(now[name].next))}
                watcher.round(number, len(names))
                return names

            def measured(turn: Turn, outcome: Outcome) -> None:
                taken[turn.cell.name] += outcome.disturbance.get("seconds", 0.0)
                take(turn, outcome, name_of(rate(turn.cell)))

            runner = self.runner(cells, arms, self.request.subject.sample)
            runner.run(wanted, measured, self.over, self.samples.last + 1)

    def duration(self, rate: float, slo: Slo) -> float:
        """Of a sample: FEWEST of them have to have as many requests as the percentile needs, and half as many on top."""
        needed = 1.5 * BEYOND / (1 - slo.share) / FEWEST
        return min(
            max(self.pressure.duration, math.ceil(needed / rate)), max(LONGEST, self.pressure.duration)
        )

    def _take(self, watcher: Progress) -> Callable[..., None]:
        def take(turn: Turn, outcome: Outcome, arm: str = "") -> None:
            failure = self.samples.take(turn, outcome, arm or turn.arm)
            watcher.sample()
            if failure:
                watcher.failure(failure)

        return take
