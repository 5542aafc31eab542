"""The report of a command that judges: its verdicts, one conclusion for all of them, the exit status, and the JSON."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts.analysis.text import change, listed
from scripts.analysis.verdict import ORDER, POWER, Verdict, worst_first
from scripts.reports import Block, Column, Notes, Report, Table, Text
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


def overall(verdicts: Sequence[Verdict]) -> Overall:
    """1 for a regression, else 3 for nothing to compare or a verdict that is invalid, else 0.

    Passed only where each was judged the same or faster; inconclusive is no pass, though it does not fail.
    """
    found = Counter(verdict.state for verdict in verdicts)
    states = listed([f"{found[state]} {state}" for state in ORDER if found[state]]) if verdicts else ""
    counts = f"{states} of {len(verdicts)}" if verdicts else "there is nothing to compare"
    unseen = _unseen(verdicts)
    if found["slower"]:
        worst = max((one for one in verdicts if one.state == "slower"), key=lambda one: one.estimate)
        sentence = f"REGRESSION: {counts}; worst: {worst.name}, {change(worst.estimate)}{unseen}."
        return Overall("regression", 1, sentence)
    if found["invalid"] or not verdicts:
        return Overall("incomparable", 3, f"NOT COMPARABLE: {counts}{unseen}.")
    if found["inconclusive"]:
        return Overall("inconclusive", 0, f"INCONCLUSIVE: {counts}{unseen}.")
    return Overall("pass", 0, f"PASS: {counts}.")


def report(
    title: str,
    verdicts: Sequence[Verdict],
    margin: float,
    error: float,
    notes: Sequence[str] = (),
    facts: Mapping[str, Any] = {},
    samples: str = "rounds",
) -> Report:
    """`error` is the probability that any of the intervals misses. `facts` go into the JSON alone. `samples` is what
    the numbers of samples are called."""
    found = overall(verdicts)
    rows = worst_first(verdicts)
    blocks: list[Block] = []
    if rows:
        headings = [Column("cell", wraps=True), *map(Column, ("change", "interval", "verdict", samples))]
        styles = [STYLES[row.state] for row in rows]
        blocks.append(Table([*headings, Column("remark", wraps=True)], list(map(_cells, rows)), styles))
        notes = [_meaning(rows, margin, error), *notes]
    data = {
        "title": title,
        "verdict": found.verdict,
        "status": found.status,
        "sentence": found.sentence,
        "margin": margin,
        "error": error,
        "notes": list(notes),
        **facts,
        "cells": [as_json(verdict) for verdict in verdicts],
    }
    style = STYLES[found.verdict]
    blocks.append(Notes(notes))
    return Report(title, blocks, data, Text(found.sentence, style), _annotations(rows, found), found.status)


def as_json(verdict: Verdict) -> dict[str, Any]:
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
        "method": ratio.method if ratio else None,
        "samples": list(verdict.samples),
        "detectable": verdict.detectable,
        "needed": verdict.needed,
        "reason": reasons(verdict),
    }


def _cells(verdict: Verdict) -> list[str]:
    ratio = verdict.ratio
    numbers = ["", ""]
    if ratio is not None:
        interval = f"[{change(ratio.low)}, {change(ratio.high)}]" if ratio.bounded else "unbounded"
        numbers = [change(ratio.estimate), interval]
    samples = " / ".join(map(str, verdict.samples))
    return [verdict.name, *numbers, verdict.state, samples, _remark(verdict)]


def _remark(verdict: Verdict) -> str:
    """Why there is no verdict, what would have been detected, and how many samples would decide."""
    plain = [reason.code for reason in verdict.reasons] == ["crosses"]  # what inconclusive means
    parts = [reasons(verdict)] if verdict.reasons and not plain else []
    if verdict.state == "inconclusive" and verdict.detectable is not None:
        parts.append(f"sees {_effect(verdict.detectable)}")
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


def _annotations(rows: Sequence[Verdict], found: Overall) -> list[Any]:
    """An error for each slower or invalid row, a warning for all inconclusive ones."""
    bad = [row for row in rows if row.state in ("slower", "invalid")]
    lines = [("error", f"{row.name}: {row.state}, {reasons(row) or change(row.estimate)}") for row in bad]
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
