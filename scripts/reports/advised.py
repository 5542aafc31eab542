"""Advice in a line each, as it stands at the end of a run's answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scripts.analysis.text import plural, times

MOST = 3
ORDER = ("confirmed", "suspected")  # what else there is, says nothing that one could do


def lines(document: Mapping[str, Any]) -> list[str]:
    """At most MOST, what is confirmed first."""
    cells = {cell["name"]: cell for cell in document["cells"]}
    told = [one for one in document["advice"] if one["state"] in ORDER]
    told.sort(key=lambda one: ORDER.index(one["state"]))
    cpus = document["context"].get("effective_cpus")
    return list(_lines(told[:MOST], cells, cpus)) or ["no cause of what executors lose is known beyond doubt"]


def _lines(advice: list[Any], cells: Mapping[str, Any], cpus: float | None) -> Iterator[str]:
    for one in advice:
        cell = cells[one["cell"]]
        on = f" on {plural(cpus, 'CPU')}" if cpus else ""
        where = f"{cell['contender']} at {plural(cell['workers'], 'worker')}{on}, {cell['workload']}"
        share = f"{100 * one['share']['median']:.0f} % of the loss: " if one["share"] else ""
        yield f"{where}: {share}{one['statement']}; {_tried(one['experiment'])}{one['state']}"


def _tried(experiment: Mapping[str, Any] | None) -> str:
    if experiment is None:
        return ""
    return f"{experiment['what']} makes it {times(experiment['ratio']['median'])}x as fast: "
