"""One cell of a duet: two builds in the same rounds, the first once more as a control, judged at a few looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scripts.analysis.looks import LOOKS, errors
from scripts.analysis.ratio import Ratio, paired_ratio
from scripts.analysis.text import change
from scripts.analysis.verdict import CHANGED, Verdict, invalid, judge

FRESH = 8  # rounds that confirm


@dataclass(frozen=True)
class Duel:
    """Seconds a batch by round. `control` is base once more: what it differs by is what the machine does."""

    base: Mapping[int, float]
    new: Mapping[int, float]
    control: Mapping[int, float]

    @property
    def rounds(self) -> list[int]:
        """Those that have all three, in their order: every rule below counts these."""
        return sorted(self.base.keys() & self.new.keys() & self.control.keys())


def at_look(duel: Duel, look: int, error: float, margin: float) -> Verdict:
    """The verdict over the first `look` rounds, each interval missing with at most `error`.

    A control beyond the margin makes it invalid: what differs from itself by that much compares nothing.
    """
    rounds = duel.rounds[:look]
    if not rounds:
        return Verdict("inconclusive", None, margin, reason="no round has all three arms")
    against_itself = judge(_over(duel.base, duel.control, rounds, error), margin)
    ratio = _over(duel.base, duel.new, rounds, error)
    if against_itself.state in CHANGED and against_itself.ratio is not None:
        found = change(against_itself.ratio.estimate)
        return invalid(margin, f"this machine cannot compare: base against itself is {found}", ratio)
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
) -> tuple[Verdict, int]:
    """Replays a whole duel from its rounds: the verdict that a live duet gives, and the rounds that it used.

    `error` is that of the whole family of `comparisons`, divided among them (Bonferroni) and then over the
    looks. Without `confirm` a change needs no fresh rounds: then false alarms are `error` at the most, and not
    far below it at a margin of 0; fresh rounds halve them.
    """
    rounds = len(duel.rounds)
    verdict = Verdict("inconclusive", None, margin, reason=f"fewer than {looks[0]} rounds")
    used = rounds
    for look, share in zip(looks, errors(error / comparisons, looks)):
        if look > rounds:
            break
        verdict, used = at_look(duel, look, share, margin), look
        if verdict.state in CHANGED and confirm:
            used = min(look + FRESH, rounds)
            if not confirmed(duel, look, verdict):
                verdict = unconfirmed(verdict, rounds - look)
        if verdict.state != "inconclusive":
            break
    return verdict, used


def unconfirmed(verdict: Verdict, fresh: int) -> Verdict:
    """A change that fresh rounds did not bear out, or, with fewer than FRESH of them, not yet."""
    not_so = f"{FRESH} fresh rounds do not confirm it"
    if fresh < FRESH:
        not_so = f"the {FRESH} fresh rounds that would confirm it have not all been run"
    return replace(verdict, state="inconclusive", reason=f"{verdict.state}, but {not_so}")


def _over(base: Mapping[int, float], new: Mapping[int, float], rounds: Sequence[int], error: float) -> Ratio:
    return paired_ratio({r: base[r] for r in rounds}, {r: new[r] for r in rounds}, error)
