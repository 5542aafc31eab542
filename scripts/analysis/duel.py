"""One cell of a duet: two builds in the same rounds, the first once more as a control, judged at a few looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from scripts.analysis.ratio import Ratio, paired_ratio, signed_rank
from scripts.analysis.verdict import CHANGED, Verdict, because, invalid, judge

LOOKS = (8, 16, 32, 64)  # rounds
FRESH = 8  # rounds that confirm


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


def errors(error: float, looks: Sequence[int] = LOOKS) -> tuple[float, ...]:
    """The error that the exact test of paired rounds may have at each look, in all at most `error`.

    Spent in proportion to the rounds, the third function of K. K. G. Lan, D. L. DeMets, Discrete sequential
    boundaries for clinical trials, Biometrika 70 (1983): early enough to end what is plain, and half of it is
    left for the last look. The looks' errors are added up (union bound), which needs nothing of how they
    depend on each other. A look gets what its exact test attains: the rest, all of it where so few rounds
    attain nothing, is carried over to the next.
    """
    return _errors(error, tuple(looks))


@cache
def _errors(error: float, looks: tuple[int, ...]) -> tuple[float, ...]:
    spent: list[float] = []
    for look in looks:
        _, attained = signed_rank(look, error * look / looks[-1] - sum(spent))
        spent.append(attained)
    return tuple(spent)


def at_look(duel: Duel, look: int, error: float, margin: float) -> Verdict:
    """The verdict over the first `look` rounds, each interval missing with at most `error`.

    A control beyond the margin makes it invalid: what differs from itself by that much compares nothing.
    """
    rounds = duel.rounds[:look]
    if not rounds:
        return Verdict("inconclusive", None, margin, reasons=(because("no_rounds"),))
    against_itself = judge(_over(duel.base, duel.control, rounds, error), margin)
    ratio = _over(duel.base, duel.new, rounds, error)
    if against_itself.state in CHANGED:
        return invalid(margin, because("control", ratio=against_itself.estimate), ratio)
    return judge(ratio, margin)


def confirmed(duel: Duel, look: int, verdict: Verdict) -> bool:
    """Whether the FRESH rounds after `look`, by themselves, lie on the same side of 1; False before they are
    there."""
    fresh = duel.rounds[look : look + FRESH]
    if len(fresh) < FRESH or verdict.ratio is None:
        return False
    again = _over(duel.base, duel.new, fresh, 0.0).estimate
    return (again > 1) if verdict.state == "slower" else (again < 1)


def decide(
    duel: Duel,
    comparisons: int,
    margin: float,
    error: float = 0.01,
    looks: Sequence[int] = LOOKS,
    confirm: bool = True,
) -> Verdict:
    """Replays a whole duel from its rounds: the verdict that a live duet gives, with the rounds that it used.

    `error` is that of the whole family of `comparisons`, divided among them (Bonferroni) and then over the
    looks. Without `confirm` a change needs no fresh rounds: then false alarms are `error` at the most, and not
    far below it at a margin of 0; fresh rounds halve them.
    """
    rounds = len(duel.rounds)
    verdict = Verdict("inconclusive", None, margin, reasons=(because("few_rounds", rounds=looks[0]),))
    used = rounds
    for look, share in zip(looks, errors(error / comparisons, looks)):
        if look > rounds:
            break
        verdict, used = at_look(duel, look, share, margin), look
        if verdict.state in CHANGED and confirm:
            used = min(look + FRESH, rounds)
            if not confirmed(duel, look, verdict):
                verdict = _unconfirmed(verdict, rounds - look)
        if verdict.state != "inconclusive":
            break
    return replace(verdict, samples=(used,))


def _unconfirmed(verdict: Verdict, fresh: int) -> Verdict:
    """A change that fresh rounds contradict, or, with fewer than FRESH of them, have not confirmed yet."""
    code = "confirming" if fresh < FRESH else "unconfirmed"
    return replace(verdict, state="inconclusive", reasons=(because(code, state=verdict.state, fresh=FRESH),))


def _over(base: Mapping[int, float], new: Mapping[int, float], rounds: Sequence[int], error: float) -> Ratio:
    return paired_ratio({r: base[r] for r in rounds}, {r: new[r] for r in rounds}, error)
