"""The evidence of the observer `timeline`: when each worker of a cell ran tasks, and when it had no CPU."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OBSERVER, VERSION = "timeline", 1
READY, BLOCKED = "ready", "blocked"

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Slice:
    """Tasks that one call ran, or several calls that have been joined. Seconds since the first observed batch began."""

    begin: float
    end: float
    first: int
    tasks: int


@dataclass(frozen=True)
class Absence:
    """A worker without a CPU: it waits for one, or for something else."""

    begin: float
    end: float
    kind: str  # READY or BLOCKED


@dataclass(frozen=True)
class Track:
    """One worker."""

    process: int
    thread: int  # of several, one after the other, the last
    tasks: int  # of all observed batches
    busy: float  # seconds in them
    watched: bool  # whether its absences are known
    slices: tuple[Slice, ...]  # of the excerpt, in order
    absences: tuple[Absence, ...]


@dataclass(frozen=True)
class Timeline:
    """One observed process of a cell; the tracks show an excerpt of its last batches."""

    cell: str
    workload: str
    case: str
    contender: str
    family: str
    workers: int
    batches: int
    seconds: float  # that all of them took
    dropped: int  # calls for which there was no room
    kept: int  # whole batches of the trace; 0: a part of one
    reason: str  # why absences are not known; "" where they are
    begins: tuple[float, ...]  # of the excerpt's batches; none where it is a part of one
    tracks: tuple[Track, ...]

    @property
    def begin(self) -> float:
        """Of the excerpt, in seconds."""
        return min([*self.begins, *(track.slices[0].begin for track in self.tracks if track.slices)])

    @property
    def end(self) -> float:
        return max(track.slices[-1].end for track in self.tracks if track.slices)


def timelines(entries: Sequence[Any], cells: Mapping[str, Json]) -> dict[str, Timeline]:
    """By the cell's name, of its first process; other observers' evidence is passed over. Raises ValueError that says
    which entry cannot be used, and why."""
    found: dict[str, Timeline] = {}
    for index, entry in enumerate(entries):
        if not isinstance(entry, Mapping) or entry.get("observer") != OBSERVER:
            continue
        try:
            one = _timeline(entry, cells)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"evidence[{index}]: no timeline ({error!r:.80})") from None
        if one is not None:
            found.setdefault(one.cell, one)
    return found


def _timeline(entry: Json, cells: Mapping[str, Json]) -> Timeline | None:
    """Nothing where no worker ran a task."""
    if entry["version"] != VERSION:
        raise ValueError(f"of version {entry['version']!r:.40}, not {VERSION}: measure again")
    cell = cells[entry["cell"]]
    tracks = tuple(map(_track, entry["tracks"]))
    if not any(track.slices for track in tracks):
        return None
    return Timeline(
        cell=entry["cell"],
        **{key: str(cell[key]) for key in ("workload", "case", "contender", "family")},
        workers=int(cell["workers"]),
        batches=int(entry["batches"]),
        seconds=_time(entry["seconds"]),
        dropped=int(entry["dropped"]),
        kept=int(entry["kept_batches"]),
        reason=str(entry["reason"]),
        begins=tuple(map(_time, entry["begins"])),
        tracks=tracks,
    )


def _track(track: Json) -> Track:
    slices = tuple(
        Slice(_time(begin), _time(end), int(first), int(tasks))
        for begin, end, first, tasks in track["slices"]
    )
    absences = tuple(Absence(_time(begin), _time(end), str(kind)) for begin, end, kind in track["absences"])
    _require_order(slices)
    _require_order(absences)
    if not {one.kind for one in absences} <= {READY, BLOCKED}:
        raise ValueError("an absence of another kind")
    return Track(
        process=int(track["process"]),
        thread=int(track["thread"]),
        tasks=int(track["tasks"]),
        busy=_time(track["busy"]),
        watched=track["states"] is not None,
        slices=slices,
        absences=absences,
    )


def _time(value: Any) -> float:
    seconds = float(value)
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"{value!r:.40} is no time")
    return seconds


def _require_order(intervals: Iterable[Slice | Absence]) -> None:
    times = [time for one in intervals for time in (one.begin, one.end)]
    if times != sorted(times):
        raise ValueError("two things of one worker at the same time")
