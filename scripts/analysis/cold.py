"""Cold batches, in which the workers start and end within the clock, beside warm ones."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from scripts.analysis.answers.answer import ENOUGH
from scripts.analysis.interval import Interval, median_interval
from scripts.analysis.scaling import KEY, by_round, scaling
from scripts.analysis.table import Results

STAGES = ("open", "run", "close")


@dataclass(frozen=True)
class Cold:
    """A contender of one case at its most workers."""

    file: int
    case: str
    contender: str
    workers: int
    real: Interval  # seconds a cold batch
    stages: Mapping[str, float]  # seconds, medians; they need not add up to that of the whole
    warm: Interval | None  # seconds a warm batch

    @property
    def beats_warm(self) -> str:
        """A word where a cold batch takes less time than a warm one, which it should not; else ""."""
        if self.warm is None or self.real.median >= self.warm.median:
            return ""
        enough = min(self.real.samples, self.warm.samples) >= ENOUGH
        return "beats warm" if enough and self.real.high < self.warm.low else "as fast as warm"


def cold(results: Results) -> list[Cold]:
    """By file and case, fastest first."""
    times = by_round(results.table, "real")
    stages = {stage: by_round(results.cold, stage) for stage in STAGES}
    most = results.cold.groupby(KEY[:3])["workers"].max().to_dict()
    found = [
        Cold(
            cell.file, cell.case, cell.contender, cell.workers, cell.real,
            {stage: statistics.median(each[cell.key].values()) for stage, each in stages.items()},
            median_interval(times[cell.key].values()) if cell.key in times else None,
        )
        for cell in scaling(results.cold) if cell.workers == most[cell.key[:3]]
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.file, one.case, one.real.median))
