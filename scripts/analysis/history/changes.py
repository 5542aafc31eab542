"""A history, commit after commit: what is found at one depends on it and on those before it alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from scripts.analysis.history.common import common_mode
from scripts.analysis.history.nominate import nominate
from scripts.analysis.history.parameters import PARAMETERS, Parameters
from scripts.analysis.history.recent import Recent
from scripts.analysis.history.state import STANDING, Change
from scripts.analysis.verdict import Verdict

# A duet of one cell in the builds of two commits, BASE and NEW; None where there is none (yet). Asked the same, it says the same.
Confirm = Callable[[str, str, str], Verdict | None]
ALL = ""  # the series of what all cells do alike
HALF = 0.5  # of what all cells did: a canary that did as much has moved with them


class History:
    """The cells on one machine, built in one way: another machine, compiler or set of flags begins another History.

    The same commits, times and verdicts give the same changes. `canary` is a cell that no commit can change.
    """

    def __init__(self, confirm: Confirm, canary: str = "", parameters: Parameters = PARAMETERS) -> None:
        self.changes: list[Change] = []
        self._confirm, self._canary, self._parameters = confirm, canary, parameters
        self._commits: list[str] = []
        self._cells, self._machine = Recent(parameters.width), Recent(parameters.width)

    def add(self, commit: str, times: Mapping[str, float]) -> None:
        """The next commit, with its median times by cell, above 0. Cells may come and go. Raises ValueError."""
        if not all(0 < time < math.inf for time in times.values()):
            raise ValueError(f"{commit}: a history needs times above 0")
        names = [name for name in times if name != self._canary]
        self._commits.append(commit)
        logs = np.log([times[name] for name in names])
        rows = [self._cells.row(name) for name in names]
        common = common_mode(logs, self._cells.values[rows], self._parameters)
        machine = {ALL: common}
        if self._canary in times:
            machine[self._canary] = math.log(times[self._canary])
        self._cells.add(self._now, rows, logs - common)
        self._machine.add(self._now, [self._machine.row(name) for name in machine], [*machine.values()])
        self._look(self._machine, [ALL])
        self._look(self._cells, names)
        self.changes = [self._given_up(change) for change in self.changes]

    @property
    def _now(self) -> int:
        return len(self._commits) - 1

    def _look(self, series: Recent, names: list[str]) -> None:
        found = nominate(series.values[[series.row(name) for name in names]], self._parameters)
        for number in np.flatnonzero(found.found):
            after, size, score = (column[number] for column in (found.after, found.size, found.score))
            self._suspect(series, names[number], int(after), math.exp(size), float(score))

    def _suspect(self, series: Recent, cell: str, after: int, size: float, score: float) -> None:
        """Measures again, unless that has been done for this place and these commits."""
        p, row = self._parameters, series.row(cell)
        place = series.place(row, after)
        old = next((one for one in self.changes if one.cell == cell and self._same(one, place)), None)
        if old and (old.state != "suspected" or (old.duets and self._now - old.seen < p.again)):
            return
        duets = old.duets if old else 0
        further = p.wider * duets
        base, new = (series.place(row, after, step) for step in (-p.back - further, p.ahead + further))
        where = self._commits[place], place, self._now, self._commits[base], self._commits[new], (base, new)
        change = self._measured(Change(cell, *where, size, score, duets), after)
        if change.state in (*STANDING, "moved with the machine"):
            series.forget(row, after)
        others = (one for one in self.changes if one is not old)
        self.changes = [one.after("undone") if one.undone_by(change, p.margin) else one for one in others]
        self.changes.append(change)

    def _same(self, one: Change, place: int) -> bool:
        """What was refuted was so between two builds, and nowhere else."""
        if one.state == "suspected":
            return abs(one.place - place) <= self._parameters.near
        return one.between[0] < place <= one.between[1]

    def _measured(self, change: Change, after: int) -> Change:
        """Of all cells, the one that did most nearly what all did is measured, unless the canary tells."""
        cell = change.cell
        if cell == ALL:
            if self._canary and self._machine.shift(self._canary, after) / math.log(change.size) >= HALF:
                return change.after("machine")
            cell = self._cells.steadiest(after)
        verdict = self._confirm(cell, change.base, change.new)
        return change.judged(verdict, self._with_machine(change)) if verdict else change

    def _with_machine(self, change: Change) -> bool:
        return change.cell == ALL or any(
            one.state == "moved with the machine" and abs(one.place - change.place) <= self._parameters.near
            for one in self.changes
            if one.cell == ALL
        )

    def _given_up(self, change: Change) -> Change:
        """What no duet has shown before it was too long ago to be nominated."""
        if (
            change.state != "suspected"
            or not change.duets
            or self._now - change.place < self._parameters.splits
        ):
            return change
        return replace(change.after("machine" if self._with_machine(change) else "equal"), seen=self._now)
