"""What duets would find in recorded rounds: how often they raise a false alarm, and which changes they detect.

A recording has, by cell and arm, seconds a batch in the order of the rounds. Three arms are one and the same program
(BASES), the others are made slower on purpose. A trial draws rounds from it and hands them to `duel.decide`, the very
judge of `fanout duet`. Trials that draw from one recording share its rounds: their exact binomial bounds tell how often
this recording gives a verdict, not how another hour of this machine would.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from scipy.stats import binomtest, mannwhitneyu

from scripts.analysis.duel import FRESH, MOST, Duel, decide
from scripts.analysis.ratio import paired_ratio
from scripts.analysis.shape import levels, shapes
from scripts.analysis.verdict import CHANGED, Verdict

BASES = ("base", "again", "control")
NOMINAL = 0.01  # the probability of a false alarm that the judge is asked for
BLOCK = 8  # rounds that are drawn together, so that what drifts or repeats from round to round still does
EARLY = 32  # rounds
RED = ("slower", "invalid")  # what makes a duet's status another than 0
MARGINS = (0.03, 0.01)  # the default one, and one below which a change of 2 % can be "slower"

Arms = Mapping[str, Sequence[float]]  # seconds a batch by round
Recording = Mapping[str, Arms]  # by cell


@dataclass
class Share:
    """How many of the trials, with the exact interval of the probability behind it (95 %)."""

    hits: int = 0
    trials: int = 0

    def count(self, hit: bool) -> None:
        self.hits += hit
        self.trials += 1

    def as_json(self) -> dict[str, float]:
        """With the interval of Clopper and Pearson, Biometrika 26 (1934)."""
        low, high = binomtest(self.hits, self.trials).proportion_ci()
        return {
            "hits": self.hits,
            "trials": self.trials,
            "share": self.hits / self.trials,
            "low": float(low),
            "high": float(high),
        }


@dataclass
class Sight:
    """How a change of a known size was judged."""

    found: Share = field(default_factory=Share)
    early: Share = field(default_factory=Share)  # found at a look of EARLY rounds or sooner
    same: Share = field(default_factory=Share)  # missed, and called the same

    def count(self, verdict: Verdict) -> None:
        slower = verdict.state == "slower"
        self.found.count(slower)
        self.early.count(slower and verdict.samples[0] - FRESH <= EARLY)
        self.same.count(verdict.state == "same")


@dataclass
class Seen:
    """All that the trials showed. Margins and slowdowns are shares (0.03, 0.05)."""

    alarms: dict[
        str, Share
    ]  # by cell: nothing changed, and the judge says so, at margin 0 and without confirmation
    confirmed: dict[str, Share]  # the same after confirmation
    suites: dict[float, Share]  # by margin: red, though nothing changed in any cell
    sights: dict[tuple[str, float, float], Sight]  # by cell, slowdown and margin
    shapes: dict[tuple[str, float], Share]  # ("shape only" or "uniform", slowdown): called a change of shape


def draw(rounds: int, chance: random.Random) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Which recorded rounds stand for those of one duet, and in which roles the equal arms play in each.

    The circular block bootstrap (D. N. Politis, J. P. Romano, A circular block-resampling procedure for stationary data,
    1992), with the roles of base, new and control shuffled in each block: the arms are equal, so that in each block any
    of them may be the new one, and no chance difference between them over the whole recording counts as a change.
    Blocks begin at even rounds, of which the next one has the arms in reverse order.
    """
    for _ in range(MOST // BLOCK):
        start, roles = chance.randrange(0, rounds, 2), tuple(chance.sample(BASES, len(BASES)))
        yield from (((start + step) % rounds, roles) for step in range(BLOCK))


def duel(arms: Arms, drawn: Sequence[tuple[int, tuple[str, ...]]], new: str = "") -> Duel:
    """One cell's duel over drawn rounds. `new` is the arm of NEW; else it is one of the equal ones."""
    sides: tuple[dict[int, float], ...] = ({}, {}, {})
    for number, (index, roles) in enumerate(drawn):
        for side, role in zip(sides, (roles[0], new or roles[1], roles[2])):
            side[number] = arms[role][index]
    return Duel(*sides)


def slowdowns(recording: Recording) -> list[int]:
    """In per cent, of the arms that are called after them."""
    arms = next(iter(recording.values()))
    return sorted(int(arm) for arm in arms if arm not in BASES)


def replay(recording: Recording, sweep: Mapping[int, str], trials: int, seed: int) -> Seen:
    """Judges `trials` suites of all cells. `sweep` names two or more that differ in workers alone, by workers."""
    cells, steps = list(recording), slowdowns(recording)
    rounds = min(len(times) for arms in recording.values() for times in arms.values())
    seen = Seen(
        {cell: Share() for cell in cells},
        {cell: Share() for cell in cells},
        {margin: Share() for margin in (*MARGINS, 0.0)},
        {(cell, step / 100, margin): Sight() for cell in cells for step in steps for margin in MARGINS},
        {(kind, step / 100): Share() for kind in ("shape only", "uniform") for step in steps},
    )
    chance = random.Random(seed)
    for _ in range(trials):
        drawn = list(draw(rounds, chance))
        equal = {cell: duel(recording[cell], drawn) for cell in cells}
        _count_alarms(equal, sweep, seen)
        for step in steps:
            slow = {cell: duel(recording[cell], drawn, str(step)) for cell in cells}
            for cell in cells:
                for margin in MARGINS:
                    seen.sights[cell, step / 100, margin].count(decide(slow[cell], 1, margin, NOMINAL))
            _count_shapes(equal, slow, sweep, step / 100, seen)
    return seen


def _count_alarms(equal: Mapping[str, Duel], sweep: Mapping[int, str], seen: Seen) -> None:
    for cell, both in equal.items():
        each = replace(both, control=both.base)  # the test alone: no other one may end it as invalid
        seen.alarms[cell].count(decide(each, 1, 0.0, NOMINAL, confirm=False).state in CHANGED)
        seen.confirmed[cell].count(decide(each, 1, 0.0, NOMINAL).state in CHANGED)
    members = {workers: equal[cell] for workers, cell in sweep.items()}
    judged = [*equal.values(), levels(members), shapes(members)]
    for margin, share in seen.suites.items():
        share.count(any(decide(each, len(judged), margin, NOMINAL).state in RED for each in judged))


def _count_shapes(
    equal: Mapping[str, Duel], slow: Mapping[str, Duel], sweep: Mapping[int, str], step: float, seen: Seen
) -> None:
    """Slower from the second worker count on, and slower at all of them; judged as in a duet of the sweep alone."""
    fewest = min(sweep)
    both = {workers: slow[cell] for workers, cell in sweep.items()}
    comparisons = len(sweep) + 2
    for kind, members in {"shape only": both | {fewest: equal[sweep[fewest]]}, "uniform": both}.items():
        verdict = decide(shapes(members), comparisons, MARGINS[0], NOMINAL)
        seen.shapes[kind, step].count(verdict.state in CHANGED)


def whole(arms: Arms, new: str) -> dict[str, float]:
    """The ratio of an arm to the base over the whole recording, with its 95 % interval."""
    sides = [dict(enumerate(arms[arm])) for arm in (BASES[0], new)]
    ratio = paired_ratio(sides[0], sides[1], 0.05)
    return {"ratio": ratio.estimate, "low": ratio.low, "high": ratio.high}


def unequal(recording: Recording, error: float = 0.01) -> list[str]:
    """The cells in which two equal arms differ over the whole recording, beyond what chance does in one recording of a
    hundred: paired by round, shared out among pairs and cells (Bonferroni). Unlike trials, rounds are taken once.
    """
    pairs = [(a, b) for index, a in enumerate(BASES) for b in BASES[index + 1 :]]

    def differ(arms: Arms, pair: tuple[str, str]) -> bool:
        one, other = (dict(enumerate(arms[arm])) for arm in pair)
        ratio = paired_ratio(one, other, error / len(pairs) / len(recording))
        return ratio.low > 1 or ratio.high < 1

    return [cell for cell, arms in recording.items() if any(differ(arms, pair) for pair in pairs)]


def u_test(first: Sequence[float], second: Sequence[float], error: float = 0.05) -> bool:
    """Whether the repetitions of two processes differ by a two-sided Mann-Whitney test: what Google Benchmark's
    compare.py does with one process a side."""
    return bool(mannwhitneyu(first, second, alternative="two-sided").pvalue < error)


def share_of(flags: Iterable[bool]) -> Share:
    share = Share()
    for flag in flags:
        share.count(flag)
    return share
