"""When each worker ran tasks: a panel a cell, a row a worker, a bar a call that ran tasks, with what kept it from a CPU
below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from plots.page import Page
from plots.panels import bars, column
from plots.style import SOFT, Look, looks, styled
from plots.waterfall import COLORS
from scripts.analysis.table import Results
from scripts.analysis.text import UNITS, plural, unit_for
from scripts.analysis.why.timeline import BLOCKED, READY, Absence, Slice, Timeline, Track
from scripts.analysis.why.waterfall import BLOCKED as BLOCKED_TERM
from scripts.analysis.why.waterfall import READY as READY_TERM

ROW = 0.27  # inches
ROWS = 16  # workers in a panel, those with most tasks
PANELS = 6
SHARE = 0.79  # of a panel's width that is time; the rest is for words
TALL, STRIP = 0.56, 0.16  # of a row: the tasks, and below them the states
SHADES = {READY: COLORS[READY_TERM], BLOCKED: COLORS[BLOCKED_TERM]}
CAPTION = (
    "The last batches of one observed process of each cell. A bar is a call that runs tasks, neighbours in two shades. "
    "The strip below says when the worker had no CPU."
)


def wanted(results: Results) -> bool:
    """Whether a timeline was observed."""
    return any(results.timelines)


@styled
def draw(results: Results) -> Figure:
    """The chart, of the cells in the order of the file."""
    page = Page("Timeline: when each worker ran tasks", CAPTION)
    shown = [(file, one) for file, found in enumerate(results.timelines) for one in found.values()]
    look = looks({one.contender: one.family for _, one in shown})
    page.legend(_handles(), 4)
    headed = -1
    for file, one in shown[:PANELS]:
        if file != headed:
            page.heading(results.labels[file], results)
            headed = file
        _cell(page, one, look[one.contender])
    if len(shown) > PANELS:
        page.text(f"… and {len(shown) - PANELS} more cells; a file of their own shows them.", color=SOFT)
    return page.finish()


def _handles() -> list[Patch | Line2D]:
    return [
        Patch(color=SOFT, label="runs tasks"),
        Patch(color=SHADES[READY], label="waiting for a CPU"),
        Patch(color=SHADES[BLOCKED], label="blocked"),
        Line2D([], [], color=SOFT, linestyle=":", label="a batch begins"),
    ]


def _cell(page: Page, one: Timeline, look: Look) -> None:
    tracks = sorted(one.tracks, key=lambda track: -track.tasks)[:ROWS]
    tracks.sort(key=lambda track: (track.process, track.thread))
    workload, _, parameters = one.case.partition("/")
    which = f"{one.contender} with {plural(one.workers, 'worker')}"
    caption = "/".join(filter(None, (workload, which.replace("/", " "), parameters)))
    (axes,) = page.captioned([caption], 1, ROW * len(tracks) + 0.1, margin=0.85, gap=0)
    _panel(axes, one, tracks, look.color)
    page.space(0.5)
    page.text(" ".join(_notes(one, len(tracks))), color=SOFT, most=3)
    page.space(0.1)


def _panel(axes: Axes, one: Timeline, tracks: Sequence[Track], color: str) -> None:
    length = max(one.end - one.begin, 1e-9)
    bars(axes, len(tracks))
    axes.set_xlim(0, length / SHARE)
    axes.spines["bottom"].set_bounds(0, length)
    unit = unit_for(length)
    axes.set_xticks([tick for tick in MaxNLocator(6).tick_values(0, length) if tick <= length])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / UNITS[unit]:g}"))
    axes.set_xlabel(f"time ({unit})", x=SHARE / 2)
    axes.set_yticks(range(len(tracks)), [f"worker {number + 1}" for number in range(len(tracks))])
    pale = tuple(0.45 * part + 0.55 for part in to_rgb(color))
    for y, track in enumerate(tracks):
        for first, shade in enumerate((color, pale)):
            calls = track.slices[first::2]
            axes.broken_barh(
                _spans(one, calls), (y - TALL / 2 - STRIP / 2, TALL), facecolor=shade, linewidth=0, zorder=2
            )
        for kind, shade in SHADES.items():
            absent = [each for each in track.absences if each.kind == kind]
            axes.broken_barh(
                _spans(one, absent), (y + TALL / 2 - STRIP / 2, STRIP), facecolor=shade, linewidth=0, zorder=2
            )
        busy = 100 * track.busy / one.seconds
        column(axes, f"{plural(track.tasks, 'task')}, busy {busy:.0f} %", SHARE - 0.02, y)
    for begin in one.begins:
        axes.axvline(begin - one.begin, color=SOFT, linestyle=":", linewidth=1, zorder=1)


def _spans(one: Timeline, found: Iterable[Slice | Absence]) -> list[tuple[float, float]]:
    """Begins and lengths within the excerpt: a worker may have no CPU before its first call, and long after the last."""
    ends = [(max(each.begin, one.begin), min(each.end, one.end)) for each in found]
    return [(begin - one.begin, end - begin) for begin, end in ends if begin < end]


def _notes(one: Timeline, rows: int) -> list[str]:
    """What the picture leaves out."""
    batches = f"{len(one.begins)} of {one.batches}" if one.begins else f"A part of one of {one.batches}"
    notes = [f"{batches} batch{'es' * (one.batches != 1)}; tasks and busy time are of all."]
    if one.dropped:
        notes.append(f"{one.dropped} earlier calls dropped: the recording had no room.")
    if any(each.tasks > 1 for track in one.tracks for each in track.slices):
        notes.append("Some bars are of several tasks.")
    if rows < len(one.tracks):
        notes.append(f"{len(one.tracks) - rows} more workers.")
    if len({track.process for track in one.tracks}) > 1:
        notes.append("What a process did after its last call is not known.")
    if one.reason:
        notes.append(f"No states: {one.reason}.")
    elif not all(track.watched for track in one.tracks):
        notes.append("Threads that follow one another have no states.")
    return notes
