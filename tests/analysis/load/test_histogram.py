"""Histograms are merged, never averaged, and tell no percentile that too few samples lie beyond."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

from scripts.analysis.load.histogram import Histogram, merged, percentiles, tail
from scripts.analysis.load.histogram import histogram as of
from scripts.analysis.why.entry import Entry
from tests.scripts.fake_loaded import histogram


def read(entry: dict[str, Any]) -> Histogram:
    return of(Entry("latency", entry))


def draws(count: int, seed: int = 1, mean: float = 1e-3) -> list[float]:
    draw = random.Random(seed)
    return [draw.expovariate(1 / mean) for _ in range(count)]


def test_percentiles_are_those_of_the_samples_to_one_per_cent() -> None:
    times = draws(200_000)
    found = read(histogram(times))
    for share in (0.5, 0.9, 0.99, 0.999):
        assert found.percentile(share) == pytest.approx(np.quantile(times, share), rel=0.01)
    assert found.count == 200_000 and found.most == max(times)
    assert found.mean == pytest.approx(math.fsum(times) / 200_000, rel=1e-12)


def test_merging_is_recording_together() -> None:
    """Where one process had ten times as many requests, and slower ones, the mean of percentiles would be far off."""
    fast, slow = draws(2000, 1), draws(20_000, 2, 5e-3)
    parts = [read(histogram(fast)), read(histogram(slow)), read(histogram([]))]
    both, whole = merged(parts), read(histogram(fast + slow))
    assert both.counts.tolist() == whole.counts.tolist() and both.mean == pytest.approx(whole.mean)
    assert (both.least, both.most) == (whole.least, whole.most)
    interval = percentiles(parts)[0.99]
    assert interval is not None and interval.median == whole.percentile(0.99)


@pytest.mark.parametrize(("count", "known"), [(1000, True), (999, False)])
def test_ten_samples_have_to_lie_beyond(count: int, known: bool) -> None:
    found = read(histogram(draws(count)))
    assert (found.percentile(0.99) is not None) == known
    assert (percentiles([found])[0.99] is not None) == known
    last = tail(found)
    assert last is not None and last[0] == (0.99 if known else 0.9)


def test_the_interval_is_over_processes() -> None:
    """Requests of a process are alike here; that there are thousands of them makes nothing certain."""
    parts = [read(histogram([(1 + 0.1 * number) * 1e-3] * 5000)) for number in range(8)]
    found = percentiles(parts)[0.5]
    assert found is not None and found.samples == 8
    assert found.low < 1.25e-3 and found.high > 1.45e-3
    alone = percentiles(parts[:1])[0.5]
    assert alone is not None and alone.low == alone.median == alone.high


def test_what_was_lost_never_ended() -> None:
    found = read(histogram(draws(970)))
    assert found.lost(30).percentile(0.98) == math.inf
    assert found.lost(30).percentile(0.9) == pytest.approx(found.percentile(0.9 * 1000 / 970), rel=1e-9)
    parts = [found.lost(30), found, found.lost(60)]
    interval = percentiles(parts, [0.97])[0.97]
    assert interval is not None and interval.high == math.inf and math.isfinite(interval.low)


def test_of_no_samples_there_is_no_mean() -> None:
    """As the binary says it."""
    found = read({"count": 0, "mean": None, "min": None, "max": None, "bins": []})
    assert found.count == 0 and found.percentile(0.5) is None and merged([found]).mean == 0.0


def test_zero_is_a_time() -> None:
    found = read(histogram([0.0] * 100))
    assert found.percentile(0.5) == 0.0 == found.most


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": 5},
        {"bins": [[1e-3, 2e-3, 0], [2e-3, 3e-3, 3]]},
        {"bins": [[2e-3, 3e-3, 1], [1e-3, 2e-3, 2]]},
        {"bins": [[1e-3, 1e-3, 3]]},
        {"bins": [[-1e-3, 1e-3, 3]]},
        {"bins": [[1e-3, float("inf"), 3]]},
        {"bins": [[1e-3]]},
        {"bins": None},
        {"mean": None},
        {"mean": float("nan")},
        {"max": -1.0},
    ],
)
def test_what_is_no_histogram_is_refused(wrong: dict[str, Any]) -> None:
    good = {"count": 3, "mean": 1e-3, "min": 1e-3, "max": 2e-3, "bins": [[1e-3, 2e-3, 3]]}
    assert read(good).count == 3
    with pytest.raises((TypeError, ValueError)):
        read(good | wrong)
