"""What would show that a cause is one: the cell changed in one thing, and the gain that it has to bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from scripts.analysis.ratio import Ratio
from scripts.analysis.text import plural

AS_FAST = 0.9  # the gain of fewer workers that do as much: those that were needed would be missed by more

Result = Literal["confirmed", "refuted", "unclear"]


@dataclass(frozen=True)
class Experiment:
    """`gain` is how many times as fast the changed cell is; of `relative` ones, which change the work, how many times the
    speedup over its base. All of its interval above `least` confirms, all of it below refutes."""

    what: str  # for people
    least: float
    settings: tuple[str, ...] = ()  # "OWNER.PARAMETER=VALUE"
    environment: Mapping[str, str] = field(default_factory=dict)
    workers: int = 0  # 0: as many
    executor: str = ""  # "": the same
    lifecycle: str = ""  # "": the same
    pinned: bool = False  # a CPU for each worker
    relative: bool = False

    def result(self, gain: Ratio | None) -> Result:
        """None: it could not be run."""
        if gain is None or not gain.bounded:
            return "unclear"
        return "confirmed" if gain.low > self.least else "refuted" if gain.high < self.least else "unclear"


def on_workers(count: int, least: float) -> Experiment:
    return Experiment(plural(count, "worker"), least, workers=count)
