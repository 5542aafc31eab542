"""What changed over the commits of a store, as far as what was recorded tells: suspected, since nothing is measured again here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from scripts.analysis.history.changes import ALL, History
from scripts.analysis.history.state import Change
from scripts.store.series import Point, Series
from scripts.store.values import Machine


@dataclass(frozen=True)
class Changed:
    project: str
    branch: str
    machine: Machine
    change: Change  # of a cell by name, or of "", all cells alike
    time: float  # of the commit, in seconds since 1970
    commits: int  # from this one on


def changes(found: Iterable[Series]) -> list[Changed]:
    """Of each project, branch and machine by itself, the latest first. A cell of another build is another one. Points that name no
    commit, and medians of 0, which clocks of other tools may have, tell nothing."""
    groups: dict[tuple[str, str, Machine], dict[str, tuple[Series, list[Point]]]] = {}
    for number, one in enumerate(found):
        for point in one.points:
            if point.commit and point.median > 0:
                group = groups.setdefault((one.cell.project, point.branch, one.machine), {})
                group.setdefault(str(number), (one, []))[1].append(point)
    told = [each for (key, group) in groups.items() for each in _changes(*key, group)]
    return sorted(told, key=lambda one: (-one.time, one.project, one.change.cell))


def _changes(
    project: str, branch: str, machine: Machine, group: dict[str, tuple[Series, list[Point]]]
) -> Iterator[Changed]:
    history = History(lambda cell, base, new: None)
    when: dict[str, float] = {}
    order = _order([point for _, points in group.values() for point in points])
    times: dict[str, dict[str, list[float]]] = {commit: {} for commit in order}
    for name, (_, points) in group.items():
        for point in points:
            when[point.commit] = point.time
            times[point.commit].setdefault(name, []).append(point.median)
    for commit in order:
        history.add(commit, {name: median(all_) for name, all_ in times[commit].items()})
    for change in history.changes:
        name = "" if change.cell == ALL else group[change.cell][0].cell.name
        later = len(order) - change.place
        yield Changed(project, branch, machine, replace(change, cell=name), when[change.commit], later)


def _order(points: Sequence[Point]) -> list[str]:
    """The commits: by first parents where the height of every one is known, else by time."""
    by_height = all(point.height is not None for point in points)
    places = {point.commit: (point.height if by_height else 0, point.time, point.commit) for point in points}
    return sorted(places, key=lambda commit: places[commit])
