"""A hundred commits of twenty cells with known changes, as runs would record them, and duets of their builds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from scripts.analysis.duel import MOST, Duel
from scripts.analysis.history.confirm import confirmed
from scripts.analysis.history.parameters import Parameters
from scripts.analysis.verdict import Verdict
from scripts.checks.simulated.noise import NOISES, Random

COMMITS, CELLS, PROCESSES = 100, 20, 8
CHANGED = 4  # cells, one change each
EARLIEST, LATEST = 20, 80  # commits that change one
BLOCK = 8  # rounds of a duet, as a run has processes
CANARY = str(CELLS)
MOSTLY_SLOW = 0.3  # of the runs


@dataclass(frozen=True)
class Noise:
    """Standard deviations and sizes in logs (0.03: 3 %)."""

    scatter: float = 0.03  # of processes; 15 % of these are slowed 1.1 to 3 times
    run: float = 0.015  # of what a cell's processes share in one run
    follows: float = 0.5  # how much of that is the run before's
    common: float = 0.015  # of what all cells share in one run
    layout: float = 0.007  # of each build in each cell: a true difference, and no change
    step: float = 0.0  # of the machine, once; cells answer to it to 90 to 110 %, mostly
    drift: float = 0.0  # of the machine, from commit to commit
    mode: float = 0.0  # by which processes are slower: few of a cell in most runs, most in some


NOISES_OF = {"typical": Noise(), "nasty": Noise(step=0.05, drift=0.005, mode=0.04)}


class Truth(NamedTuple):
    cell: int
    place: int


class World:
    """`times` are medians, a row a commit, a column a cell, the canary last."""

    def __init__(self, noise: Noise, change: float, random: Random) -> None:
        self._noise, self._random = noise, random
        self.rounds = 0  # that duets have taken
        places = random.integers(EARLIEST, LATEST, CHANGED if change else 0)
        self.changes = [
            Truth(int(cell), int(place)) for cell, place in zip(random.permutation(CELLS), places)
        ]
        self._levels = random.normal(0, noise.layout, (COMMITS, CELLS + 1))
        self._levels[:, CELLS] = 0
        for cell, place in self.changes:
            self._levels[place:, cell] += math.log1p(change)
        runs = self._levels + self._runs()
        share = _shares(runs.shape, random)
        self.times = np.exp(np.median(runs[..., None] + self._processes(share, PROCESSES), axis=2))

    def commit(self, place: int) -> Mapping[str, float]:
        """Its times by cell."""
        return {str(cell): time for cell, time in enumerate(self.times[place].tolist())}

    def confirm(self, parameters: Parameters, cell: str, base: str, new: str) -> Verdict:
        """A duet: its rounds share what runs share, and their processes know no other difference than the builds'."""
        levels = [self._levels[int(build), int(cell)] for build in (base, new, base)]
        noise, blocks = self._noise, MOST // BLOCK
        rounds = _following(self._random.normal(0, noise.run, (MOST, 1)), noise.follows).T
        share = np.repeat(_shares((1, blocks), self._random), BLOCK, axis=1)
        processes = self._processes(np.repeat(share, 3, axis=0), 1)[..., 0]
        times = np.exp(np.array(levels)[:, None] + rounds + processes)
        verdict = confirmed(Duel(*(dict(enumerate(row)) for row in times.tolist())), parameters)
        self.rounds += verdict.samples[0]
        return verdict

    def _processes(self, share: Any, count: int) -> Any:
        """Logs of `count` processes each, of which that share is in the slower mode."""
        shape, random = (*share.shape, count), self._random
        slow = random.random(shape) < share[..., None]
        scattered = np.exp(random.normal(0, self._noise.scatter, shape))
        return np.log(NOISES["heavy tails"](scattered, 0, random)) + self._noise.mode * slow

    def _runs(self) -> Any:
        """Logs of what the processes of a cell share in each run."""
        noise, random, shape = self._noise, self._random, (COMMITS, CELLS + 1)
        machine = random.normal(0, noise.common, COMMITS) + np.cumsum(random.normal(0, noise.drift, COMMITS))
        stepped = np.arange(COMMITS) >= random.integers(EARLIEST, LATEST)
        step = np.outer(stepped, noise.step * random.normal(1, 0.1, CELLS + 1))
        return _following(random.normal(0, noise.run, shape), noise.follows) + machine[:, None] + step


def _following(new: Any, share: float) -> Any:
    """Each row is so much of what the one before was, and new noise; with the standard deviation of `new`."""
    for number in range(1, len(new)):
        new[number] = share * new[number - 1] + math.sqrt(1 - share**2) * new[number]
    return new


def _shares(shape: tuple[int, int], random: Random) -> Any:
    """Of processes in the slower mode: three runs of ten have most of them there."""
    return np.where(random.random(shape) < MOSTLY_SLOW, 0.85, 0.15)
