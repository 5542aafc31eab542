"""The report of a `why`: of each cell that loses time the cause, its evidence, the experiment, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scripts.analysis.text import times
from scripts.reports import Block, Column, Heading, Report, Table, Text

STYLES = {"confirmed": "bold green", "suspected": "bold", "invalid": "red", "unexplained": "dim"}


def report(document: Mapping[str, Any]) -> Report:
    blocks: list[Block] = []
    for advice in document["advice"]:
        style = STYLES.get(advice["state"], "")
        blocks += [Heading(advice["cell"]), Text(f"{advice['cause']}: {advice['state']}", style)]
        blocks += [Table([Column(""), Column("", wraps=True)], [*_rows(advice)])]
    if not document["advice"]:
        blocks.append(
            Text("Nothing to explain: no cell is below 90 % of what its workers could do, beyond doubt.")
        )
    return Report("Why", blocks, lambda: document)


def _rows(advice: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    share, experiment = advice["share"], advice["experiment"]
    yield f"{100 * share['median']:.0f} % of the loss" if share else "", advice["statement"]
    for text in advice["evidence"]:
        yield "evidence", text
    if experiment:
        low, middle, high = (times(experiment["ratio"][key]) for key in ("low", "median", "high"))
        what = f"{experiment['what']}: {middle}x as fast [{low}, {high}]"
        yield "experiment", f"{what}: {experiment['result']}"
    if advice["ruled_out"]:
        yield "ruled out", "; ".join(advice["ruled_out"])
    yield "do", advice["do"]
