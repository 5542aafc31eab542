"""What charts share: what they ask of results, chunks of panels, axes of time, and the words about them."""

from __future__ import annotations

import math
from typing import Any, Iterable, Iterator, Sequence, TypeVar

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from plots.style import GRID, INK, SOFT, Look
from scripts.analysis.answers.answer import ENOUGH
from scripts.analysis.comparable import effective_cpus, one_process, unit
from scripts.analysis.interval import Interval
from scripts.analysis.scaling import Scaling
from scripts.analysis.table import Results
from scripts.analysis.text import (
    UNITS,
    competitor,
    duration,
    listed,
    plural,
    printable,
    replication,
    shortened,
    unit_for,
)

Item = TypeVar("Item")
Place = tuple[int, str]  # file and case
NARROWEST = 1.5  # from an axis of time's begin to its end: noise of 1 % shall not fill it
DIGITS = ((1,), (1, 3), (1, 2, 5))  # that ticks may begin with, on a wide axis and on narrower ones
APART = 0.19  # of an axis of time, between its ticks: their words do not collide


def cases(results: Results, file: int | None = None) -> list[str]:
    """The cases of one file (of all), those without a single number too."""
    found: set[str] = set()
    for table in (results.table, results.failures):
        found.update(table["case"] if file is None else table["case"][table["file"] == file])
    return sorted(found)


def contenders(results: Results) -> dict[str, str]:
    """Every contender, those that only failed too, with its family."""
    return {
        name: family
        for table in (results.table, results.cold, results.failures)
        for name, family in zip(table["contender"], table["family"])
    }


def chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """The items, `size` at a time."""
    return (items[first : first + size] for first in range(0, len(items), size))


def bars(axes: Axes, rows: float) -> None:
    """Room for `rows` horizontal bars or dots, the first on top."""
    axes.set_ylim(rows - 0.5, -0.6)
    axes.grid(axis="x", color=GRID)
    axes.spines["left"].set_visible(False)


def times(axes: Axes, longest: float, share: float, words: str) -> None:
    """Time across from zero, in one unit; the longest bar gets that share of the width."""
    unit = unit_for(longest)
    axes.set_xlim(0, longest / share)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / UNITS[unit]:g}"))
    axes.set_xlabel(f"{words} ({unit})")


def logarithmic(axes: Axes, found: Iterable[Interval], share: float, words: str) -> None:
    """Time across, logarithmic, over these and their lines, in that share of the width; the rest is for words."""
    ends = [end for real in found for end in ((real.low, real.high) if certain(real) else (real.median,))]
    middle = math.sqrt(min(ends) * max(ends))
    half = math.sqrt(max((max(ends) / min(ends)) ** 1.06, NARROWEST))  # dots at the ends are whole
    low, high = middle / half, middle * half
    axes.set_xscale("log")
    axes.set_xlim(low, low * (high / low) ** (1 / share))
    axes.xaxis.set_minor_locator(NullLocator())
    shown = ticks(low, high)
    axes.set_xticks(shown, [f"{tick / UNITS[unit_for(tick)]:g} {unit_for(tick)}" for tick in shown])
    axes.spines["bottom"].set_bounds(low, high)
    axes.set_xlabel(words, x=share / 2)


def ticks(low: float, high: float) -> list[float]:
    """Round numbers in between, far enough apart on a logarithmic axis; three or more wherever there are."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    by_digits = ([digit * 10.0**power for power in powers for digit in digits] for digits in DIGITS)
    found: list[float] = []
    for candidates in (*by_digits, MaxNLocator(5).tick_values(low, high)):
        found = []
        for tick in candidates:
            apart = math.log(tick / found[-1]) >= APART * math.log(high / low) if found else True
            if low <= tick <= high and apart:
                found.append(float(f"{tick:.3g}"))
        if len(found) >= 3:
            break
    return found


def certain(found: Interval) -> bool:
    """Whether there are samples enough for its interval to be drawn."""
    return found.samples >= ENOUGH


def dot(axes: Axes, real: Interval, y: float, look: Look, **how: Any) -> None:
    """A median with its interval."""
    if certain(real):
        axes.hlines(y, real.low, real.high, color=look.color, linewidth=1.6, zorder=look.above)
    axes.plot(
        [real.median],
        [y],
        **{**look.fields(), "linestyle": "", "markersize": 6, "zorder": look.above + 1, **how},
    )


def nothing(axes: Axes, words: str) -> None:
    """A word in place of a panel."""
    axes.xaxis.set_visible(False)
    axes.yaxis.set_visible(False)
    axes.spines[:].set_visible(False)
    axes.text(0, 0.5, words, transform=axes.transAxes, va="center", color=SOFT)


def column(axes: Axes, words: str, share: float, y: float, color: str = INK) -> None:
    """Words on the right of what takes that share of the width."""
    where = {"xycoords": axes.get_yaxis_transform(), "va": "center"}
    axes.annotate(shortened(printable(words), 60), (share + 0.03, y), size=8, color=color, **where)


def per(results: Results) -> str:
    """What a time is: per batch, run or iteration; of weak scaling for the same work."""
    what = listed(sorted({unit(context) for context in results.contexts}), "or")
    return f"time per {what} over workers" if weak(results) else f"time per {what}"


def weak(results: Results) -> bool:
    """Whether these are of weak scaling. Charts show one scaling."""
    return "weak" in results.scalings


def gained(results: Results, cells: Iterable[Scaling]) -> str:
    """What speedups are, and over what: titles begin so."""
    return (
        f"Scaled speedup over {over(cells)} (weak scaling)"
        if weak(results)
        else f"Speedup over {over(cells)}"
    )


def competitor_of(results: Results) -> str:
    """What competes, in a word."""
    return listed(sorted({competitor(unit(context)) for context in results.contexts}), "or")


def over(cells: Iterable[Scaling]) -> str:
    """What speedups are against."""
    bases = {(cell.contender, cell.workers) for cell in cells if cell.baseline and not cell.serial}
    if len(bases) == 1:
        ((contender, workers),) = bases
        return f"{shortened(printable(contender), 40)} with {plural(workers, 'worker')}"
    return "the first one's fewest workers" if bases else "the serial loop"


def contested(results: Results, file: int | None = None) -> list[str]:
    """The cases of one file (of all) but those of a single cell that has a number: there is nothing to choose from."""
    cells = results.table.groupby("case")["name"].nunique()
    failed = set(results.failures["case"])
    return [case for case in cases(results, file) if case in failed or cells[case] > 1]


def timed(cell: Scaling) -> str:
    return f"{duration(cell.pace.median)}, {plural(cell.workers, 'worker')}"


def beside(axes: Axes, words: str, x: float, y: float, **how: Any) -> None:
    """Words on the right of a bar's end."""
    where = {"xytext": (4, 0), "textcoords": "offset points", "va": "center"}
    axes.annotate(shortened(printable(words), 60), (x, y), size=8, **where, **how)


def how_measured(results: Results, cells: list[Scaling], interval: str) -> str:
    """Statistic, replication, coverage and machine; `interval` says how intervals are drawn, "" if not."""
    if not cells:
        return "No measurements."
    sizes = sorted({cell.real.samples for cell in cells})
    rounds = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    machines = {
        f"{context.get('cpu_model', 'Unknown CPU')}, {_spelt(effective_cpus(context))} effective CPUs"
        for context in results.contexts
    }
    few = f", of {ENOUGH} and more" if sizes[0] < ENOUGH else ""
    said = (
        f"; {interval}: nominal 95 % interval of the median{few}" if interval and sizes[-1] >= ENOUGH else ""
    )
    samples = listed(sorted({replication(one_process(context)) for context in results.contexts}), "or")
    grown = " Weak scaling: N workers do N times the work of one." if weak(results) else ""
    return f"Median of {rounds} {samples}{said}. {listed(sorted(machines))}.{grown}"


def _spelt(cpus: float | None) -> str:
    return "an unknown number of" if cpus is None else f"{cpus:g}"
