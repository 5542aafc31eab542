"""What the charts of load share: which loads they show, in which panels, and in which words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from plots.style import Look, looks
from scripts.analysis.comparable import effective_cpus
from scripts.analysis.load.loads import Load
from scripts.analysis.table import Results
from scripts.analysis.text import UNITS, listed, unit_for

PANELS = 12  # of a chart


def asked(results: Results) -> list[tuple[int, Load]]:
    """With the file, those at rates that were asked for, and not on the way to a knee; and closed loops beside them."""
    return [
        (file, one)
        for file, found in enumerate(results.loads)
        if not results.contexts[file].get("searched")
        for one in found
    ]


def by(
    found: Sequence[tuple[int, Load]], key: Callable[[Load], tuple[Any, ...]]
) -> Iterator[tuple[int, list[Load]]]:
    """With the file, what goes into one panel."""
    full = lambda item: (item[0], *key(item[1]))
    for (file, *_), group in groupby(sorted(found, key=full), key=full):
        yield file, [one for _, one in group]


def look(results: Results) -> dict[str, Look]:
    return looks({one.contender: one.family for found in results.loads for one in found})


def rate(value: float | None) -> str:
    return "closed loop" if value is None else f"{value:,.15g} a second"


def seconds(value: float, _: int = 0) -> str:
    """Of a tick."""
    unit = unit_for(value)
    return f"{value / UNITS[unit]:g} {unit}"


def measured(results: Results, found: Sequence[Load]) -> str:
    """Replication and machine."""
    rounds = sorted({len(one.parts) for one in found})
    many = f"{rounds[0]}" if len(rounds) == 1 else f"{rounds[0]} to {rounds[-1]}"
    machines = {
        f"{context.get('cpu_model', 'Unknown CPU')}, {effective_cpus(context) or 0:g} effective CPUs"
        for context in results.contexts
    }
    return f"Requests of {many} rounds together, a fresh process each. {listed(sorted(machines))}."
