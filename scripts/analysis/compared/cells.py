"""Verdicts on many cells at once, each with independent samples of two sides: by itself, and beside all others."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from scripts.analysis.interval import order_rank
from scripts.analysis.ratio import LARGEST, Ratio, unpaired_ratio
from scripts.analysis.scatter import inflation
from scripts.analysis.verdict import CHANGED, Verdict, because, judge

FALSE_DISCOVERIES = 0.05  # the expected share of unchanged cells among those that are worth a duet
MOST = 200  # samples of a cell that the most rigorous run takes
Sides = tuple[Sequence[float], Sequence[float]]  # BASE's times and NEW's, all above 0


@dataclass(frozen=True)
class Judged:
    """Verdicts by cell. `common` is that on what all cells have in common, None where they are too few to tell. `worth`
    are undecided cells in which a duet is likely to find a change, the largest first."""

    verdicts: Mapping[str, Verdict]
    common: Verdict | None
    worth: Sequence[str]


def judged(cells: Mapping[str, Sides], margin: float, error: float, lag1: float = 0.0) -> Judged:
    """All cells judged, with intervals that miss with at most `error` together.

    It is shared among the cells and what they have in common (Bonferroni). The ratio of a cell to all others needs no
    share: its interval holds where those of both do. Intervals are wider by what samples that follow each other (`lag1`)
    are worth less than independent ones.
    """
    share = error / (len(cells) + 1)
    has_common = order_rank(len(cells), share) > 1  # a single cell that changed is no end of its interval
    if not has_common:
        share = error / max(len(cells), 1)
    factor = inflation(lag1)
    ratios = {
        name: unpaired_ratio(*sides, share, len(cells)).widened(factor) for name, sides in cells.items()
    }
    if not has_common:
        verdicts = {name: _judge(ratio, margin, share) for name, ratio in ratios.items()}
        return Judged(verdicts, None, _worth(cells, verdicts, 1.0, margin))
    shared = common_shift([ratio.estimate for ratio in ratios.values()], share)
    common = judge(shared, margin)

    def verdict(ratio: Ratio) -> Verdict:
        raw = _judge(ratio, margin, share)
        return (
            both(raw, _judge(without(ratio, shared), margin, share), common.state) if ratio.bounded else raw
        )

    verdicts = {name: verdict(ratio) for name, ratio in ratios.items()}
    why = (because("common"),) if common.state in CHANGED else common.reasons
    line = replace(common, name="all cells together", needed=None, reasons=why)
    return Judged(verdicts, line, _worth(cells, verdicts, shared.estimate, margin))


def common_shift(estimates: Sequence[float], error: float) -> Ratio:
    """What all cells have in common: the median of their ratios, between order statistics that miss it with `error`.

    It stays so until half of the cells have changed by themselves. Unbounded for so few cells that even the range of all
    their ratios misses more often, 2 ** (1 - cells) of the time.
    Source: W. J. Conover, Practical Nonparametric Statistics, 3rd edition, section 3.2.
    """
    ordered = np.sort(np.asarray(estimates, dtype=float))
    middle = math.exp(float(np.median(np.log(ordered))))
    rank = order_rank(len(ordered), error)
    low, high = (float(ordered[rank - 1]), float(ordered[-rank])) if rank else (0.0, math.inf)
    return Ratio(middle, low, high, error if rank else 0.0, len(ordered), "median")


def without(ratio: Ratio, common: Ratio) -> Ratio:
    """The ratio of a cell without what all cells have in common."""
    low, high, error = ratio.low / common.high, ratio.high / common.low, ratio.error + common.error
    return replace(ratio, estimate=ratio.estimate / common.estimate, low=low, high=high, error=error)


def both(raw: Verdict, relative: Verdict, common: str) -> Verdict:
    """The verdict on a cell from the one by itself and the one beside all others: a state takes both.

    So a machine that is slower as a whole makes no cell slower, and neither do many cells that became faster. A cell that
    changed as all of them did is the same: that change has a verdict of its own, whose state is `common`. Any other
    disagreement is inconclusive. Where `common` is, so many cells have changed by themselves that it is not known what
    all have in common: then a cell is judged by itself.
    """
    if common == "inconclusive":
        return raw
    if raw.state == relative.state:
        return replace(relative, ratio=raw.ratio)  # whose interval is the wider one
    if raw.state == "inconclusive":
        return raw
    if relative.state == "same" and raw.state == common:
        return replace(raw, state="same", reasons=(because("as_all", state=common),))
    apart = because("apart", raw=raw.state, relative=relative.state)
    return replace(relative, state="inconclusive", ratio=raw.ratio, reasons=(apart,))


def _judge(ratio: Ratio, margin: float, error: float) -> Verdict:
    """As judge(), and how many samples would do where ranks cannot attain the error; None for more than any run takes."""
    verdict = judge(ratio, margin)
    if not ratio.bounded:
        return replace(verdict, needed=_least(error))
    if (verdict.needed or 0) > MOST:
        return replace(verdict, needed=None, reasons=(because("too_many", samples=MOST),))
    return verdict


@cache
def _least(error: float) -> int:
    """The samples a side of which ranks attain the error: the two extremes among all orders of both sides."""
    return next(count for count in itertools.count(1) if 2 <= error * math.comb(2 * count, count))


def _worth(
    cells: Mapping[str, Sides], verdicts: Mapping[str, Verdict], common: float, margin: float
) -> list[str]:
    """The undecided cells whose ratio beside the `common` one lies beyond the margin and is told from it by the rank-sum
    test, with FALSE_DISCOVERIES among all cells. For cells within the margin chance counts as 1, which finds fewer.
    """
    away = {name: abs(math.log(verdict.estimate / common)) for name, verdict in verdicts.items()}
    beyond = [name for name in cells if away[name] > math.log1p(margin)]
    found = chances([(cells[name][0], [time / common for time in cells[name][1]]) for name in beyond])
    marked = discoveries([*found, *[1.0] * (len(cells) - len(beyond))], FALSE_DISCOVERIES)
    worth = [name for name, mark in zip(beyond, marked) if mark and verdicts[name].state == "inconclusive"]
    return sorted(worth, key=lambda name: -away[name])


def chances(cells: Sequence[Sides]) -> list[float]:
    """The p-values of the rank-sum test, exact up to LARGEST pairs: for ties, too large rather than too small."""
    from scipy.stats import mannwhitneyu  # 40 MB and half a second, where there is something to ask

    found = [1.0] * len(cells)
    sizes: dict[tuple[int, int], list[int]] = {}
    for place, (base, new) in enumerate(cells):
        sizes.setdefault((len(base), len(new)), []).append(place)
    for (first, second), places in sizes.items():
        sides = (np.array([cells[place][side] for place in places]) for side in (0, 1))
        method = "exact" if first * second <= LARGEST else "asymptotic"
        for place, chance in zip(places, mannwhitneyu(*sides, axis=1, method=method).pvalue):
            found[place] = float(chance)
    return found


def discoveries(chances: Sequence[float], share: float) -> list[bool]:
    """Which hypotheses of these p-values to reject, so that at most `share` of the rejected are expected to be true.

    Source: Y. Benjamini, Y. Hochberg, Controlling the false discovery rate, Journal of the Royal Statistical Society B 57
    (1995).
    """
    passed = [p for place, p in enumerate(sorted(chances), 1) if p <= share * place / len(chances)]
    return [p <= max(passed, default=-1.0) for p in chances]
