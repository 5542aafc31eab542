"""Small histories, and duets that know the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from scripts.analysis.history.changes import History
from scripts.analysis.history.parameters import PARAMETERS
from scripts.analysis.ratio import Ratio
from scripts.analysis.verdict import State, Verdict

CELLS = 6


def verdict(state: State, estimate: float = 1.0) -> Verdict:
    return Verdict(state, Ratio(estimate, estimate, estimate, 0.05, 12, "rank-sum"), PARAMETERS.margin)


@dataclass
class Duets:
    """Say of each cell what they are told to, and remember what they were asked; `None` is no duet."""

    says: Mapping[str, Verdict | None] = field(default_factory=dict)
    other: Verdict | None = field(default_factory=lambda: verdict("same"))
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def __call__(self, cell: str, base: str, new: str) -> Verdict | None:
        self.asked.append((cell, base, new))
        return self.says.get(cell, self.other)


def times(commits: int, seed: int = 1, noise: float = 0.005) -> Any:
    """A row a commit, a column a cell; cells are called "0", "1", ..."""
    return np.exp(np.random.default_rng(seed).normal(0, noise, (commits, CELLS)))


def fed(rows: Any, duets: Duets, canary: str = "", history: History | None = None) -> History:
    found = history or History(duets, canary)
    for place, row in enumerate(rows):
        found.add(f"c{place}", {str(cell): time for cell, time in enumerate(row.tolist())})
    return found
