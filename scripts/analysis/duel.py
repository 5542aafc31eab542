"""One cell of a duet: two builds in the same rounds, the first once more as a control, judged at a few looks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scripts.analysis.scatter import SIGNIFICANT, Correlation, beyond_chance, inflation, own_noise, pooled
from scripts.analysis.looks import LOOKS, errors
from scripts.analysis.ratio import Ratio, paired_ratio, rank_sum, rank_sum_ratio
from scripts.analysis.verdict import CHANGED, Verdict, because, invalid, judge

ARMS = ("base", "new", "control")
FRESH = 8  # rounds that confirm
MOST = LOOKS[-1] + FRESH  # rounds that a duet takes
STEP = math.gcd(*LOOKS, FRESH)  # rounds between two moments at which something can be decided
FRESH_ERROR = 0.2  # of the interval over the fresh rounds, half of it on either side
CONTROL = 0.1  # the part of the error that base against its control has
Errors = Sequence[float]  # of the intervals of NEW and of the control
_CHOICE = 0.05  # error of the intervals whose widths are compared
# NEW against two samples of base a round instead of one: sqrt((1/n + 1/2n) / (2/n)) of the width.
_TWO_BASES = math.sqrt(3) / 2


@dataclass(frozen=True)
class Duel:
    """Seconds a batch by round. `control` is base once more: it differs from base by the machine's noise alone."""

    base: Mapping[int, float]
    new: Mapping[int, float]
    control: Mapping[int, float]

    @property
    def rounds(self) -> list[int]:
        """Those that have all three, in their order: every rule below counts these."""
        return sorted(self.base.keys() & self.new.keys() & self.control.keys())

    @property
    def lag1(self) -> float:
        """How far the noise of the arms follows itself from round to round; 0 where that may be chance. Three arms
        have two independent differences."""
        return beyond_chance(self.noise, 2)

    @property
    def noise(self) -> list[list[float]]:
        """Of each arm, over the common rounds, in logs: what the others do not share."""
        arms = (self.base, self.new, self.control)
        return own_noise([[arm[r] for r in self.rounds] for arm in arms])

    def part(self, start: int, end: int) -> Duel:
        """Of those rounds from the `start`-th on, before the `end`-th."""
        rounds = self.rounds[start:end]
        return Duel(*({r: side[r] for r in rounds} for side in (self.base, self.new, self.control)))


def correlations(duels: Sequence[Duel]) -> dict[str, Correlation]:
    """By arm, how the noise of all cells together follows itself, where that is beyond chance."""
    noises = [duel.noise for duel in duels if duel.rounds]
    found = {arm: pooled([noise[place] for noise in noises]) for place, arm in enumerate(ARMS)}
    return {arm: one for arm, one in found.items() if one and one.chance <= SIGNIFICANT / len(ARMS)}


def first_look(comparisons: int, error: float = 0.01, looks: Sequence[int] = LOOKS) -> int:
    """The rounds before which nothing can be called: ranks of NEW against base and control together, the finer of both
    statistics, cannot attain the error of an earlier look."""
    allowed = zip(looks, errors(error / max(comparisons, 1) * (1 - CONTROL), looks))
    return next((look for look, one in allowed if rank_sum(2 * look, look, one)[0]), looks[-1])


def pairs_are_better(duel: Duel) -> bool:
    """Which statistic compares. The control tells, without a look at NEW: pairs, where the rounds share noise; else
    independent samples, which heavy tails disturb less, and of which base has two a round.

    The one with the narrower interval for the two equal arms wins, that of independent samples as narrow as it will
    be for NEW against base and control together.
    """
    paired = paired_ratio(duel.base, duel.control, _CHOICE)
    apart = rank_sum_ratio([*duel.base.values()], [*duel.control.values()], _CHOICE)
    return not apart.bounded or _TWO_BASES * _width(apart) >= _width(paired)


def ratios(duel: Duel, allowed: Errors, paired: bool, lag1: float) -> tuple[Ratio, Ratio]:
    """NEW to base, and control to base. They are wider by what noise that follows itself takes from the worth of a
    round."""
    if paired:
        new = paired_ratio(duel.base, duel.new, allowed[0])
        control = paired_ratio(duel.base, duel.control, allowed[1])
    else:
        base, again = [*duel.base.values()], [*duel.control.values()]
        new = rank_sum_ratio([*base, *again], [*duel.new.values()], allowed[0])
        control = rank_sum_ratio(base, again, allowed[1])
    return new.widened(inflation(lag1)), control.widened(inflation(lag1))


def at_look(duel: Duel, look: int, allowed: Errors, margin: float) -> Verdict:
    """The verdict over the first `look` rounds.

    A control beyond the margin makes it invalid: what differs from itself by that much compares nothing.
    """
    mine = duel.part(0, look)
    if not mine.base:
        return Verdict("inconclusive", None, margin, reasons=(because("no_rounds"),))
    lag1 = mine.lag1
    ratio, itself = ratios(mine, allowed, pairs_are_better(mine), lag1)
    verdict = judge(ratio, margin)
    if judge(itself, margin).state in CHANGED:
        verdict = replace(invalid(margin, because("control", ratio=itself.estimate), ratio), control=itself)
    return replace(verdict, lag1=lag1)


def confirmed(duel: Duel, look: int, verdict: Verdict, allowed: Errors) -> bool:
    """Whether the FRESH rounds after `look`, by themselves, show a difference to the same side, with an error of
    FRESH_ERROR of their own, and the verdict stands with them; False before they are there.

    They guard against what lasted for the rounds of the look alone: a neighbour, a clock frequency, a coincidence.
    """
    fresh, first = duel.part(look, look + FRESH), verdict.control or verdict.ratio
    if len(fresh.rounds) < FRESH or first is None:
        return False
    again = at_look(duel, look + FRESH, allowed, verdict.margin)
    new, control = ratios(fresh, (FRESH_ERROR, FRESH_ERROR), first.method == "signed-rank", again.lag1)
    found = control if verdict.control else new
    return again.state == verdict.state and (found.low > 1 if first.estimate > 1 else found.high < 1)


def decide(
    duel: Duel,
    comparisons: int,
    margin: float,
    error: float = 0.01,
    looks: Sequence[int] = LOOKS,
    confirm: bool = True,
) -> Verdict:
    """Replays a whole duel from its rounds: the verdict that a live duet gives, with the rounds that it used.

    `error` is that of the whole family of `comparisons`, divided evenly among them (Bonferroni), then between NEW and the
    control, then among the looks. Without `confirm` neither NEW nor the control needs fresh rounds.
    """
    rounds, first = len(duel.rounds), first_look(comparisons, error, looks)
    verdict = Verdict("inconclusive", None, margin, reasons=(because("few_rounds", rounds=first),))
    used, each = rounds, error / comparisons
    for look, *allowed in zip(looks, errors(each * (1 - CONTROL), looks), errors(each * CONTROL, looks)):
        if look > rounds:
            break
        if look < first:
            continue
        verdict, used = at_look(duel, look, allowed, margin), look
        if verdict.state in (*CHANGED, "invalid") and confirm:
            used = min(look + FRESH, rounds)
            if not confirmed(duel, look, verdict, allowed):
                verdict = _unconfirmed(verdict, rounds - look)
        if verdict.state != "inconclusive":
            break
    if (verdict.needed or 0) > looks[-1]:
        verdict = replace(verdict, needed=None, reasons=(because("out_of_reach", rounds=looks[-1]),))
    return replace(verdict, samples=(used,))


def _unconfirmed(verdict: Verdict, fresh: int) -> Verdict:
    """What fresh rounds contradict, or, with fewer than FRESH of them, have not confirmed yet."""
    code = "confirming" if fresh < FRESH else "unconfirmed"
    what = because(code, state=verdict.state, fresh=FRESH)
    return replace(verdict, state="inconclusive", reasons=(what, *verdict.reasons), control=None)


def _width(ratio: Ratio) -> float:
    return math.log(ratio.high / ratio.low) if ratio.bounded else math.inf
