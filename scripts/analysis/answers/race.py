"""Which cells of one case may still be the best: a pure function of their times by round, so that a run which measures the
others no longer, and the reports that read its results, say the same."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from scripts.analysis.ratio import Ratio, paired_ratio, rank_sum_ratio
from scripts.analysis.stopping import FEWEST, GROWTH

ERROR = 0.05  # that a cell as good as the best is called worse, over all cells of a case and all looks
MARGIN = 0.02  # within which two are as good
SLACK = 0.05  # that fewer workers may take longer, and still be of use
EARLY = (3, 5)  # rounds after which what is far behind is dropped
RANKS = 7  # rounds from which on ranks tell enough at the share of the error that a cell has

Times = Mapping[int, float]  # seconds by round
Standing = Literal["best", "as good", "open", "worse"]


@dataclass(frozen=True)
class Placed:
    """A cell's standing, and its time over the best's; None where there are too few rounds to tell by how much."""

    standing: Standing
    ratio: Ratio | None = None


@dataclass(frozen=True)
class Race:
    """The cells of one case by name, which all have a time in the first rounds; `most` is how many rounds one may take."""

    times: Mapping[str, Times]
    workers: Mapping[str, int]
    most: int

    @property
    def looks(self) -> list[int]:
        """The numbers of rounds after which cells are dropped."""
        found = [*EARLY, RANKS, FEWEST]
        while found[-1] < self.most:
            found.append(math.ceil(GROWTH * found[-1]))
        return [*(look for look in found if look < self.most), self.most]

    def wanted(self, number: int) -> set[str]:
        """The cells whose times in round `number` could change the answer, by what was known at the last look before it; none
        where it is known."""
        passed = [look for look in self.looks if look <= number]
        if number >= self.most or not passed:
            return set() if passed else set(self.times)
        known = self.before(passed[-1])
        return set(known.times) - set(known.dropped) if passed[-1] < RANKS else known.undecided

    def before(self, number: int) -> Race:
        """As it was when round `number` began."""
        times = {name: _before(times, number) for name, times in self.times.items()}
        return replace(self, times={name: known for name, known in times.items() if known})

    @cached_property
    def dropped(self) -> Mapping[str, Placed]:
        """The cells that are out of the race, as they were when they fell out of it."""
        found: dict[str, Placed] = {}
        rounds = max(map(len, self.times.values()), default=0)
        for look in (look for look in self.looks if look <= rounds):
            alive = {name: _before(times, look) for name, times in self.times.items() if name not in found}
            alive = {
                name: times for name, times in alive.items() if len(times) == look or len(times) >= RANKS
            }
            if len(alive) < 2:
                continue
            best = _fastest(alive)
            if look < RANKS:
                found |= {name: Placed("worse") for name in self._far_behind(alive, best)}
            else:
                ratios = self._over(alive, best).items()
                found |= {
                    name: Placed("worse", ratio)
                    for name, ratio in ratios
                    if ratio.low > self._limit(name, best)
                }
        return found

    @cached_property
    def placed(self) -> Mapping[str, Placed]:
        """All cells, by all that is known."""
        alive = {name: times for name, times in self.times.items() if name not in self.dropped}
        best = _fastest(alive)
        found = {**self.dropped, **dict.fromkeys(alive, Placed("open")), best: Placed("best")}
        for name, ratio in (self._over(alive, best) if len(alive[best]) >= RANKS else {}).items():
            worse, good = ratio.low > 1 + MARGIN, ratio.high <= 1 + MARGIN
            found[name] = Placed("worse" if worse else "as good" if good else "open", ratio)
        return found

    @property
    def best(self) -> str:
        return next(name for name, one in self.placed.items() if one.standing == "best")

    @property
    def undecided(self) -> set[str]:
        """The best, and those that may be better by more than what can be told; nothing where there is none of these."""
        rivals = {name: one.ratio for name, one in self.placed.items() if name not in self.dropped}
        found = {name for name, ratio in rivals.items() if ratio and ratio.low < 1 / (1 + self._told(ratio))}
        return found | {self.best} if found else set()

    def over(self, names: set[str], best: str) -> dict[str, Ratio]:
        """How many times as long each of these takes as one of them, by all that is known."""
        return self._over({name: self.times[name] for name in names}, best)

    def _told(self, ratio: Ratio) -> float:
        """The margin, or the slack where the most rounds would not tell the margin."""
        half = _width(ratio) / 2 * math.sqrt(ratio.samples / self.most)
        return MARGIN if half <= math.log(1 + MARGIN) or not ratio.bounded else SLACK

    def _error(self, alive: int) -> float:
        """Of one comparison at one look, on one side. Those that were dropped leave theirs to the others.

        Source: S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979).
        """
        return ERROR / max(1, alive - 1) / len(self.looks)

    def _limit(self, name: str, best: str) -> float:
        """Of the ratio to the best, above which a cell is of no use."""
        return 1 + (SLACK if self.workers[name] < self.workers[best] else MARGIN)

    def _far_behind(self, alive: Mapping[str, Times], best: str) -> list[str]:
        """Those that in every round were further behind than chance explains, where two cells have too few rounds for their
        ranks: by the noise of all cells of the case together.

        Of N + n exchangeable values, n given ones all lie above what c of the others reach with probability
        (c + 1) ... (c + n) / ((N + 1) ... (N + n)). The best is taken to be slower than it seemed, by what three quarters
        of the noise stay below: the smallest of many is so by luck.
        """
        logs = {name: np.log(list(times.values())) for name, times in alive.items()}
        rounds = len(logs[best])
        noise = np.concatenate([each - np.median(each) for each in logs.values()])
        level = np.median(logs[best]) + np.quantile(np.abs(noise), 0.75)
        count = (len(logs) - 1) * (rounds - 1)  # values that are free of the medians
        found = []
        for name in logs.keys() - {best}:
            ahead = np.min(logs[name]) - level - math.log(self._limit(name, best))
            above = math.ceil(np.mean(noise >= ahead) * count)
            if math.prod((above + j) / (count + j) for j in range(1, rounds + 1)) <= self._error(len(alive)):
                found.append(name)
        return found

    def _over(self, alive: Mapping[str, Times], best: str) -> dict[str, Ratio]:
        """The others' times over the best's, by rounds or by ranks of two samples, whichever is narrower for most of them:
        rounds share the noise of a machine that drifts; ranks bear a few samples that take much longer."""
        others = [name for name in alive if name != best]
        if not others:
            return {}
        error = 2 * self._error(len(alive))
        pairs = {name: paired_ratio(alive[best], alive[name], error) for name in others}
        base = list(alive[best].values())
        ranks = {name: rank_sum_ratio(base, list(alive[name].values()), error) for name in others}
        return min((ranks, pairs), key=lambda ratios: statistics.median(map(_width, ratios.values())))


def _before(times: Times, number: int) -> Times:
    return {round: time for round, time in times.items() if round < number}


def _width(ratio: Ratio) -> float:
    return math.log(ratio.high / ratio.low) if ratio.bounded else math.inf


def _fastest(alive: Mapping[str, Times]) -> str:
    return min(alive, key=lambda name: (statistics.median(alive[name].values()), name))
