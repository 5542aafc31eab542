"""The latest values of several series, one below the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from scripts.analysis.history.common import medians


class Recent:
    """`values` has a row a series, the latest value last, NaN before the first. A series that has no value at a commit has the one
    before as its latest, so that no row has a gap."""

    def __init__(self, width: int) -> None:
        self.values: Any = np.empty((0, width))
        self._rows: dict[str, int] = {}
        self._places: list[list[int]] = []  # by row, of the commits that it has a value of

    def row(self, name: str) -> int:
        """Of the series, which begins here if it is new."""
        if name not in self._rows:
            self._rows[name] = len(self._rows)
            self._places.append([])
            self.values = np.vstack([self.values, np.full((1, self.values.shape[1]), np.nan)])
        return self._rows[name]

    def add(self, place: int, rows: Any, new: Any) -> None:
        self.values[rows, :-1] = self.values[rows, 1:]
        self.values[rows, -1] = new
        for row in rows:
            self._places[row].append(place)

    def place(self, row: int, after: int, step: int = 0) -> int:
        """Of the commit from which on the series has `after` values, or of the one `step` values later, as far as there are."""
        places = self._places[row]
        return places[min(max(len(places) - after + step, 0), len(places) - 1)]

    def shift(self, name: str, after: int) -> float:
        """By how much the median of the last values differs from that of those before; NaN without either."""
        return float(self._shifts(after)[self._rows[name]]) if name in self._rows else np.nan

    def steadiest(self, after: int) -> str:
        """The series that differs least."""
        apart = np.nan_to_num(np.abs(self._shifts(after)), nan=np.inf)
        return [*self._rows][int(apart.argmin())]

    def _shifts(self, after: int) -> Any:
        return medians(self.values[:, -after:]) - medians(self.values[:, :-after])

    def forget(self, row: int, after: int) -> None:
        """All but the last values: another level begins with those."""
        self.values[row, :-after] = np.nan
        del self._places[row][:-after]
