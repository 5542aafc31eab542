"""Histograms of times as processes recorded them: read, merged, and what percentiles they have."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scripts.analysis.interval import SEED, Interval, bootstrap_interval, redrawn
from scripts.analysis.why.entry import Entry

BEYOND = 10  # samples that have to lie beyond a percentile
SHARES = (0.5, 0.9, 0.99, 0.999)  # the percentiles that are told


@dataclass(frozen=True, eq=False)
class Histogram:
    """Times in seconds: how many lie in each bin, bins that are not empty in ascending order. A time without end is in a bin
    that begins and ends at infinity."""

    lows: Any  # arrays of a length
    highs: Any
    counts: Any
    mean: float  # exact, not from bins
    least: float
    most: float

    @property
    def count(self) -> int:
        return int(self.counts.sum())

    def percentile(self, share: float) -> float | None:
        """The time that this share of the samples does not exceed; None where fewer than BEYOND lie beyond it."""
        if not known(share, self.count):
            return None
        return float(self._values(self.counts[None, :], share)[0])

    def _values(self, counts: Any, share: float) -> Any:
        """By the counts of each row: within a bin as if its samples were spread evenly."""
        reached = np.cumsum(counts, axis=1)
        rank = share * reached[:, -1]
        at = np.argmax(reached >= np.maximum(rank, 1e-9)[:, None], axis=1)
        rows = np.arange(len(counts))
        inside = counts[rows, at]
        part = (rank - (reached[rows, at] - inside)) / np.where(inside > 0, inside, 1)
        low, high = np.maximum(self.lows[at], self.least), np.minimum(self.highs[at], self.most)
        with np.errstate(invalid="ignore"):
            return np.where(np.isinf(low), math.inf, low + np.clip(part, 0, 1) * (high - low))

    def lost(self, count: int) -> Histogram:
        """With so many more that never ended."""
        if not count:
            return self
        lows, highs = (np.append(each, math.inf) for each in (self.lows, self.highs))
        return Histogram(lows, highs, np.append(self.counts, count), math.inf, self.least, math.inf)


def known(share: float, count: int) -> bool:
    """Whether enough of so many samples lie beyond the percentile."""
    return count * (1 - share) >= BEYOND - 1e-6


def histogram(entry: Entry) -> Histogram:
    """Of one process. Raises TypeError or ValueError on what is none."""
    bins = [(float(low), float(high), int(count)) for low, high, count in entry.get("bins")]
    lows, highs, counts = (np.array(column) for column in (zip(*bins) if bins else ((), (), ())))
    mean, least, most = (
        (entry.number if bins else entry.known)(key) or 0.0 for key in ("mean", "min", "max")
    )
    found = Histogram(lows, highs, counts.astype(np.int64), mean, least, most)
    if found.count != entry.whole("count") or (counts <= 0).any():
        entry.fail(f"bins hold {found.count}, not {entry.whole('count')}")
    ordered = (lows < highs).all() and (highs[:-1] <= lows[1:]).all() and np.isfinite(highs).all()
    if not ordered or (lows < 0).any():
        entry.fail("bins that do not ascend")
    return found


def merged(parts: Sequence[Histogram]) -> Histogram:
    """All samples in one; bins of processes are alike, since the axis is fixed."""
    return _merged(parts, _aligned(parts))


def _aligned(parts: Sequence[Histogram]) -> tuple[Any, Any, Any]:
    """The bins of all, and a row of counts for each part."""
    every = np.unique(np.concatenate([np.column_stack([one.lows, one.highs]) for one in parts]), axis=0)
    lows, highs = every[:, 0], every[:, 1]
    counts = np.zeros((len(parts), len(lows)), dtype=np.int64)
    for row, one in zip(counts, parts):
        row[np.searchsorted(lows, one.lows)] = one.counts
    return lows, highs, counts


def _merged(parts: Sequence[Histogram], aligned: tuple[Any, Any, Any]) -> Histogram:
    lows, highs, counts = aligned
    filled = [one for one in parts if one.count]
    total = sum(one.count for one in filled)
    mean = sum(one.mean * one.count for one in filled) / total if total else 0.0
    least = min((one.least for one in filled), default=0.0)
    most = max((one.most for one in filled), default=0.0)
    return Histogram(lows, highs, counts.sum(axis=0), mean, least, most)


def percentiles(parts: Sequence[Histogram], shares: Sequence[float] = SHARES) -> dict[float, Interval | None]:
    """Of all samples of these processes together, never of percentiles; None where too few lie beyond.

    The interval is over processes, drawn again: requests of one process follow each other, and are no samples of their own.
    """
    aligned = _aligned(parts)
    whole = _merged(parts, aligned)
    chosen = redrawn(np.random.default_rng(SEED), len(parts))
    times = np.stack([(chosen == number).sum(axis=1) for number in range(len(parts))], axis=1)
    drawn = times @ aligned[2]
    drawn = drawn[drawn.sum(axis=1) > 0]
    return {
        share: bootstrap_interval(whole._values(drawn, share), len(parts))
        if known(share, whole.count)
        else None
        for share in shares
    }


def tail(found: Histogram, shares: Sequence[float] = SHARES) -> tuple[float, float] | None:
    """The highest percentile that there are samples for: its share, and its seconds."""
    for share in sorted(shares, reverse=True):
        value = found.percentile(share)
        if value is not None:
            return share, value
    return None
