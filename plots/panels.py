"""What charts ask of results: cases, files, chunks of panels, and the words about them."""

from __future__ import annotations

from typing import Iterator, Sequence, TypeVar

from scripts.analysis.interval import Interval
from scripts.analysis.scaling import Scaling
from scripts.analysis.comparable import effective_cpus, one_process
from scripts.analysis.table import Results
from scripts.analysis.text import listed, replication

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


def how_measured(results: Results, cells: list[Scaling], interval: str) -> str:
    """Statistic, replication, coverage and machine; `interval` says how intervals are drawn, "" if they are
    not."""
    if not cells:
        return "No measurements."
    sizes = sorted({cell.real.samples for cell in cells})
    rounds = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    least: Interval = min((cell.real for cell in cells), key=lambda real: real.coverage)
    machines = {
        f"{context.get('cpu_model', 'Unknown CPU')}, {_spelt(effective_cpus(context))} effective CPUs"
        for context in results.contexts
    }
    drawn = f"; {interval}: {100 * least.coverage:.4g} % interval of the median" if interval else ""
    samples = listed(sorted({replication(one_process(context)) for context in results.contexts}), "or")
    return f"Median of {rounds} {samples}{drawn}. {listed(sorted(machines))}."


def _spelt(cpus: float | None) -> str:
    return "an unknown number of" if cpus is None else f"{cpus:g}"
