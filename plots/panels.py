"""What charts share: what they ask of results, chunks of panels, axes of time, and the words about them."""

from __future__ import annotations

from typing import Any, Iterator, Sequence, TypeVar

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from plots.style import GRID
from scripts.analysis.interval import NOMINAL, Interval
from scripts.analysis.scaling import Scaling
from scripts.analysis.comparable import effective_cpus, one_process
from scripts.analysis.table import Results
from scripts.analysis.text import UNITS, listed, printable, replication, shortened, unit_for

Item = TypeVar("Item")


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
    """Room for `rows` horizontal bars, the first on top."""
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
    least: Interval = min((cell.real for cell in cells), key=lambda real: real.coverage)
    machines = {
        f"{context.get('cpu_model', 'Unknown CPU')}, {_spelt(effective_cpus(context))} effective CPUs"
        for context in results.contexts
    }
    few = least.coverage < NOMINAL
    drawn = (
        f"; {interval}: {'range or ' if few else ''}nominal 95 % interval of the median" if interval else ""
    )
    samples = listed(sorted({replication(one_process(context)) for context in results.contexts}), "or")
    return f"Median of {rounds} {samples}{drawn}. {listed(sorted(machines))}."


def _spelt(cpus: float | None) -> str:
    return "an unknown number of" if cpus is None else f"{cpus:g}"
