"""The report of a command that judges: its verdicts, one conclusion for all of them, the exit status, and the JSON."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts.analysis.compared.cells import without
from scripts.analysis.ratio import Ratio
from scripts.analysis.scatter import inflation
from scripts.analysis.text import change, listed
from scripts.analysis.verdict import ORDER, POWER, Verdict, worst_first
from scripts.reports import ROWS, Block, Column, Notes, Report, Table, Text, beyond
from scripts.reports.wording import reasons

STYLES = {
    "slower": "bold red",
    "invalid": "magenta",
    "inconclusive": "yellow",
    "faster": "green",
    "same": "",
    "regression": "bold red",
    "incomparable": "bold magenta",
    "pass": "bold green",
}


@dataclass(frozen=True)
class Overall:
    """One word for all verdicts, the exit status, and a sentence."""

    verdict: str
    status: int
    sentence: str


def overall(verdicts: Sequence[Verdict], common: Verdict | None = None) -> Overall:
    """1 for a regression, else 3 for nothing to compare or a verdict that is invalid, else 0.

    Passed only where each was judged the same or faster; inconclusive is no pass, though it does not fail. What all
    cells have in `common` is a regression of its own.
    """
    found = Counter(verdict.state for verdict in verdicts)
    states = listed([f"{found[state]} {state}" for state in ORDER if found[state]]) if verdicts else ""
    counts = f"{states} of {len(verdicts)}" if verdicts else "there is nothing to compare"
    unseen = _unseen(verdicts)
    shared = _together(common) if common and common.state == "slower" else ""
    if found["slower"] or shared:
        slower = [one for one in verdicts if one.state == "slower"]
        worst = max(slower, key=lambda one: one.estimate, default=None)
        named = f"; worst: {worst.name}, {change(worst.estimate)}" if worst else ""
        sentence = f"REGRESSION: {f'{shared}; ' if shared else ''}{counts}{named}{unseen}."
        return Overall("regression", 1, sentence)
    if found["invalid"] or not verdicts:
        return Overall("incomparable", 3, f"NOT COMPARABLE: {counts}{unseen}.")
    if found["inconclusive"]:
        return Overall("inconclusive", 0, f"INCONCLUSIVE: {counts}{unseen}.")
    return Overall("pass", 0, f"PASS: {counts}.")


def _together(common: Verdict) -> str:
    """all cells together +5.0 %: the machine ..."""
    return ": ".join(filter(None, (f"{common.name} {change(common.estimate)}", reasons(common))))


def report(
    title: str,
    verdicts: Sequence[Verdict],
    margin: float,
    error: float,
    notes: Sequence[str] = (),
    facts: Mapping[str, Any] = {},
    samples: str = "rounds",
    common: Verdict | None = None,
) -> Report:
    """`error` is the probability that any of the intervals misses. `facts` go into the JSON alone. `samples` is what
    the numbers of samples are called. `relative` are the ratios of cells without what all have in `common`.
    """
    found = overall(verdicts, common)
    rows = worst_first(verdicts)
    blocks: list[Block] = []
    alike = folded(rows)
    gone = {id(row) for those in alike.values() for row in those}
    rows = [row for row in rows if id(row) not in gone]
    if rows:
        shown = [*([common] if common else []), *rows[:ROWS]]
        titles = ["change", *(["relative"] if common else []), "interval", "verdict", samples]
        columns = [Column("cell", wraps=True), *map(Column, titles), Column("remark", wraps=True)]
        styles = [STYLES[row.state] for row in shown]
        cells = [_cells(row, common) for row in shown]
        blocks += [Table(columns, cells, styles), *beyond(len(rows) - ROWS, "cells")]
        notes = [_meaning(rows, margin, error), *notes]
    blocks += [
        Text(
            f"{len(those)} cells cannot be compared, the first {those[0].name}: {reasons(those[0])}.",
            STYLES["invalid"],
        )
        for those in alike.values()
    ]

    def data() -> Mapping[str, Any]:
        return {
            "title": title,
            "verdict": found.verdict,
            "status": found.status,
            "sentence": found.sentence,
            "margin": margin,
            "error": error,
            "notes": list(notes),
            **facts,
            "common": as_json(common) if common else None,
            "cells": [as_json(verdict, common) for verdict in verdicts],
        }

    style = STYLES[found.verdict]
    blocks.append(Notes(notes))
    return Report(
        title, blocks, data, Text(found.sentence, style), _annotations(rows, found, common), found.status
    )


def folded(rows: Sequence[Verdict]) -> dict[tuple[str, ...], list[Verdict]]:
    """Cells without a ratio, for the same kind of reason, where there are several of them: a sentence says it better."""
    found: dict[tuple[str, ...], list[Verdict]] = {}
    for row in rows:
        if row.state == "invalid" and row.ratio is None:
            found.setdefault(tuple(reason.code for reason in row.reasons), []).append(row)
    return {codes: those for codes, those in found.items() if len(those) > 1}


def as_json(verdict: Verdict, common: Verdict | None = None) -> dict[str, Any]:
    """A verdict, flat; the numbers are null where there are none."""
    ratio = verdict.ratio
    bounded = ratio is not None and ratio.bounded
    return {
        "name": verdict.name,
        "state": verdict.state,
        "ratio": ratio.estimate if ratio and math.isfinite(ratio.estimate) else None,
        "low": ratio.low if ratio and bounded else None,
        "high": ratio.high if ratio and bounded else None,
        "error": ratio.error if ratio and bounded else None,
        "relative": _ends(_relative(verdict, common)),
        "method": ratio.method if ratio else None,
        "samples": list(verdict.samples),
        "detectable": verdict.detectable,
        "needed": verdict.needed,
        "lag1": verdict.lag1,
        "reason": reasons(verdict),
    }


def _ends(ratio: Ratio | None) -> dict[str, float] | None:
    if ratio is None or not ratio.bounded:
        return None
    return {"ratio": ratio.estimate, "low": ratio.low, "high": ratio.high}


def _relative(verdict: Verdict, common: Verdict | None) -> Ratio | None:
    return without(verdict.ratio, common.ratio) if verdict.ratio and common and common.ratio else None


def _cells(verdict: Verdict, common: Verdict | None) -> list[str]:
    ratio = verdict.ratio
    numbers = ["", ""]
    if ratio is not None:
        interval = f"[{change(ratio.low)}, {change(ratio.high)}]" if ratio.bounded else "unbounded"
        numbers = [change(ratio.estimate), interval]
    samples = " / ".join(map(str, verdict.samples))
    beside = _relative(verdict, common if verdict is not common else None)
    relative = [change(beside.estimate) if beside else ""] if common else []
    return [verdict.name, numbers[0], *relative, numbers[1], verdict.state, samples, _remark(verdict)]


def _remark(verdict: Verdict) -> str:
    """Why there is no verdict, what would have been detected, and how many samples would decide."""
    plain = [reason.code for reason in verdict.reasons] == ["crosses"]  # what inconclusive means
    parts = [reasons(verdict)] if verdict.reasons and not plain else []
    if verdict.state == "inconclusive" and verdict.detectable is not None:
        parts.append(f"sees {_effect(verdict.detectable)}")
    if verdict.lag1:
        parts.append(
            f"times follow the round before ({verdict.lag1:.2f}), interval x{inflation(verdict.lag1):.1f}"
        )
    if verdict.needed is not None:
        parts.append(f"~{verdict.needed} samples")
    return "; ".join(parts)


def _meaning(verdicts: Sequence[Verdict], margin: float, error: float) -> str:
    """What the columns mean."""
    meaning = (
        f"Change: by how much longer (+) or shorter (-) it takes. Slower or faster: the whole interval lies beyond the "
        f"margin of {100 * margin:g} %; same: it lies within. All intervals together hold the true ratios with "
        f"{100 * (1 - error):g} %."
    )
    if any(verdict.state == "inconclusive" for verdict in verdicts):
        meaning += (
            f" Sees: the least slowdown that would be detected with a probability of {POWER:.0%}; "
            "~: the samples that would decide."
        )
    return meaning


def _annotations(rows: Sequence[Verdict], found: Overall, common: Verdict | None) -> list[Any]:
    """An error for each slower or invalid row and a slowdown of all, a warning for all inconclusive ones."""
    bad = [row for row in rows if row.state in ("slower", "invalid")]
    lines = [("error", f"{row.name}: {row.state}, {reasons(row) or change(row.estimate)}") for row in bad]
    if common and common.state == "slower":
        lines.insert(0, ("error", _together(common)))
    if found.status and not lines:
        lines = [("error", found.sentence)]
    if any(row.state == "inconclusive" for row in rows):
        lines.append(("warning", found.sentence))
    return lines


def _unseen(verdicts: Sequence[Verdict]) -> str:
    """What inconclusive verdicts may hide."""
    sizes = [verdict.detectable for verdict in verdicts if verdict.state == "inconclusive"]
    known = [size for size in sizes if size is not None]
    if not sizes:
        return ""
    below = f"below {_effect(max(known))}" if len(known) == len(sizes) else "of any size"
    return f"; a slowdown {below} may have gone undetected"


def _effect(size: float) -> str:
    """A detectable slowdown: 4.1 %."""
    return change(1 + size).removeprefix("+")
