"""What a command that judges has found: its rows, one verdict for the whole, the exit status, and all of it as JSON."""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.analysis.text import change, listed
from scripts.analysis.verdict import State, Verdict
from scripts.measuring.sample import Json

FORMATS = ("table", "markdown", "json", "github")
ORDER: tuple[State, ...] = ("slower", "invalid", "inconclusive", "faster", "same")  # of rows, the worst first


@dataclass(frozen=True)
class Row:
    """One judged thing, a cell or a sweep, and what else is told of it, by heading."""

    name: str
    verdict: Verdict
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """What a command found: what was compared, in words, what came out, and what has to be said beside it.

    `missed` is the probability that any of the intervals misses. `facts` go into the JSON alone. Nothing here
    is escaped: each format does that.
    """

    title: str
    rows: Sequence[Row]
    margin: float
    missed: float
    notes: Sequence[str] = ()
    facts: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Overall:
    """One verdict for the whole: a word, the exit status, and a sentence."""

    verdict: str
    status: int
    sentence: str


def overall(rows: Sequence[Row]) -> Overall:
    """The verdict of all rows: 1 for a regression, else 3 for nothing to compare or a row that is invalid, else 0.

    Passed only where each was judged the same or faster; inconclusive is no pass, though it does not fail.
    """
    found = Counter(row.verdict.state for row in rows)
    counts = f"{_counted(found)} of {len(rows)}" if rows else "there is nothing to compare"
    blind = _unseen(rows)
    if found["slower"]:
        worst = max((row for row in rows if row.verdict.state == "slower"), key=_estimate)
        return Overall(
            "regression", 1, f"REGRESSION: {counts}; worst: {worst.name}, {change_of(worst)}{blind}."
        )
    if found["invalid"] or not rows:
        return Overall("incomparable", 3, f"NOT COMPARABLE: {counts}{blind}.")
    if found["inconclusive"]:
        return Overall("inconclusive", 0, f"INCONCLUSIVE: {counts}{blind}.")
    return Overall("pass", 0, f"PASS: {counts}.")


def show(report: Report, form: str) -> int:
    """Prints the report in one of FORMATS; the exit status that it calls for.

    For GitHub, the page goes to where a step's summary is written, and annotations to standard output, where
    they are looked for; without such a place, both are printed.
    """
    from scripts.reports.summary import encodable
    from scripts.reports import spelling

    def write(words: str) -> None:
        sys.stdout.write(encodable(words, sys.stdout.encoding))

    if form == "table":
        spelling.table(report)
    elif form == "json":
        print(json.dumps(as_json(report), indent=1, allow_nan=False))
    elif form == "github" and (summary := os.environ.get("GITHUB_STEP_SUMMARY")):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(spelling.markdown(report) + "\n")
        write(spelling.github(report))
    else:
        write(spelling.markdown(report) + ("\n" + spelling.github(report) if form == "github" else ""))
    return overall(report.rows).status


def as_json(report: Report) -> Json:
    """All of it, in the order in which it was given. What is unbounded or unknown is null."""
    verdict = overall(report.rows)
    return {
        "title": report.title,
        "verdict": verdict.verdict,
        "status": verdict.status,
        "sentence": verdict.sentence,
        "margin": report.margin,
        "missed": report.missed,
        "notes": list(report.notes),
        **report.facts,
        "cells": [
            {"name": row.name, **verdict_json(row.verdict), "extra": dict(row.extra)} for row in report.rows
        ],
    }


def verdict_json(verdict: Verdict) -> Json:
    """A verdict, flat; the numbers are null where there are none."""
    ratio = verdict.ratio
    bounded = ratio is not None and ratio.bounded
    return {
        "state": verdict.state,
        "ratio": ratio.estimate if ratio and math.isfinite(ratio.estimate) else None,
        "low": ratio.low if ratio and bounded else None,
        "high": ratio.high if ratio and bounded else None,
        "error": ratio.error if ratio and bounded else None,
        "samples": ratio.samples if ratio else 0,
        "method": ratio.method if ratio else None,
        "detectable": verdict.detectable,
        "needed": verdict.needed,
        "reason": verdict.reason,
    }


def worst_first(rows: Sequence[Row]) -> list[Row]:
    """In the order in which people read them."""
    return sorted(rows, key=lambda row: (ORDER.index(row.verdict.state), -abs(_estimate(row) - 1)))


def change_of(row: Row) -> str:
    """+5.2 %; without a ratio, no change."""
    return change(_estimate(row))


def effect(size: float) -> str:
    """A detectable slowdown: 4.1 %."""
    return change(1 + size).removeprefix("+")


def _estimate(row: Row) -> float:
    return row.verdict.ratio.estimate if row.verdict.ratio else 1.0


def _unseen(rows: Sequence[Row]) -> str:
    """What inconclusive rows may hide."""
    sizes = [row.verdict.detectable for row in rows if row.verdict.state == "inconclusive"]
    known = [size for size in sizes if size is not None]
    if not sizes:
        return ""
    below = f"below {effect(max(known))}" if len(known) == len(sizes) else "of any size"
    return f"; a slowdown {below} may have gone unseen"


def _counted(found: Mapping[State, int]) -> str:
    return listed([f"{found[state]} {state}" for state in ORDER if found[state]])
