"""What a run does to all cells alike: a machine that is slower today, or was replaced."""

from __future__ import annotations

from typing import Any

import numpy as np

from scripts.analysis.history.parameters import Parameters


def medians(rows: Any) -> Any:
    """Of each row; NaN is no value. NaN where there is none: numpy's nanmedian warns of that, and takes ten times as long."""
    ordered, last = np.sort(rows), np.maximum(
        np.sum(~np.isnan(rows), axis=-1, keepdims=True) - 1, 0
    )  # NaN last
    low, high = (
        np.take_along_axis(ordered, place, axis=-1)[..., 0] for place in (last // 2, (last + 1) // 2)
    )
    return (low + high) / 2


def common_mode(logs: Any, corrected: Any, parameters: Parameters) -> float:
    """The median over cells of how far each log time is from the median of its cell's recent corrected ones, a row a cell, the
    latest last. What was subtracted before is not in those, so that a machine that has changed stays changed.

    0 where too few cells have both: then what one cell does would be taken for what all do.
    """
    apart = logs - medians(corrected[:, -parameters.recent :])
    known = apart[~np.isnan(apart)]
    return float(np.median(known)) if len(known) >= parameters.fewest_cells else 0.0
