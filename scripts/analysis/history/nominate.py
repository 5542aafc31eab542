"""Where a series may have changed: cheap, and wrong now and then. What is nominated here has to be measured again."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from scripts.analysis.history.common import medians
from scripts.analysis.history.parameters import Parameters

NORMAL = 1.4826  # standard deviations in a median absolute deviation, of normal values


class Nominated(NamedTuple):
    """By row: whether anything is, how many of the latest values lie after the split, by how much they differ (log), and the
    difference of the means in its standard errors."""

    found: Any
    after: Any
    size: Any
    score: Any


def sigma(values: Any, parameters: Parameters) -> Any:
    """Of each row, from first differences, of which a step changes one alone. Their median is 0, but for a trend."""
    scale: Any = NORMAL / math.sqrt(2) * medians(np.abs(np.diff(values)))
    return np.fmax(scale, parameters.finest)


def nominate(values: Any, parameters: Parameters) -> Nominated:
    """Of the last `splits` places, the one with the largest difference of the means on both sides. `values` are logs, corrected,
    since the last change: a row a cell, `width` columns, NaN before the first, the latest last.

    A value counts at most `clip` sigma from the median before the split, so that it takes three commits to nominate: one
    disturbed run is no change, nor are two, unless both are `far` off.
    """
    after = np.arange(1, parameters.splits + 1)
    # By row and split: the values before it, and those after it.
    old = np.lib.stride_tricks.sliding_window_view(values, parameters.before, axis=1)[:, -2::-1]
    latest = values[:, None, : -parameters.splits - 1 : -1]
    new = np.where(np.arange(parameters.splits) < after[:, None], latest, np.nan)
    centre, scale = medians(old)[..., None], sigma(values, parameters)[:, None]
    count = np.sum(~np.isnan(old), axis=2)
    size = medians(new) - centre[..., 0]
    reach = parameters.clip * scale[..., None]
    sums = [np.nansum(np.clip(side - centre, -reach, reach), axis=2) for side in (old, new)]
    apart = sums[1] / after - sums[0] / np.maximum(count, 1)
    score = apart / (scale * np.sqrt(1 / after + 1 / np.maximum(count, 1)))
    large = np.abs(size) >= np.maximum(math.log1p(parameters.size), parameters.rough * scale)
    score = np.where((count >= parameters.least) & large & (apart * size > 0), score, 0)
    # Where no split is beyond the threshold, two commits may be far off.
    side = np.sign(score[:, 1])
    far = (side * (latest[:, 0, :2] - centre[:, 1]).T >= parameters.far * scale[:, 0]).all(axis=0)
    quick = far & (side != 0) & (np.abs(score).max(axis=1) < parameters.threshold)
    score[:, 1] = np.where(quick, side * parameters.threshold, score[:, 1])
    rows, best = np.arange(len(values)), np.abs(score).argmax(axis=1)
    highest = score[rows, best]
    return Nominated(np.abs(highest) >= parameters.threshold, after[best], size[rows, best], highest)
