"""How verdicts are told: on a terminal, as Markdown, as JSON, and to GitHub; alike for every command that judges."""

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

from scripts.analysis.text import change, listed, printable
from scripts.analysis.verdict import State, Verdict
from scripts.running.sample import Json

FORMATS = ("table", "markdown", "json", "github")
ANNOTATIONS = 10  # of one kind a step, that GitHub shows
ORDER: tuple[State, ...] = ("slower", "invalid", "inconclusive", "faster", "same")  # of rows, the worst first
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


def percentage(text: str) -> float:
    """3 or 3%, as a share: for argparse."""
    match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%?", text)
    if match is None or float(match.group(1)) > 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no percentage from 0 to 100, such as 3 or 3%")
    return float(match.group(1)) / 100


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
            "regression", 1, f"REGRESSION: {counts}; worst: {worst.name}, {_change(worst)}{blind}."
        )
    if found["invalid"] or not rows:
        return Overall("incomparable", 3, f"NOT COMPARABLE: {counts}{blind}.")
    if found["inconclusive"]:
        return Overall("inconclusive", 0, f"INCONCLUSIVE: {counts}{blind}.")
    return Overall("pass", 0, f"PASS: {counts}.")


def show(report: Report, form: str) -> int:
    """Prints the report in one of FORMATS; the exit status that it calls for."""
    from scripts.report import encodable

    if form == "table":
        table(report)
    elif form == "json":
        print(json.dumps(as_json(report), indent=1, allow_nan=False))
    else:
        words = markdown(report)
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if form == "github" and summary:
            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(words + "\n")
        else:
            sys.stdout.write(encodable(words, sys.stdout.encoding))
        if form == "github":
            sys.stdout.write(encodable(github(report), sys.stdout.encoding))
    return overall(report.rows).status


def table(report: Report) -> None:
    """A table on standard output, coloured on a terminal alone (and not under NO_COLOR)."""
    from rich.table import Table
    from rich.text import Text

    from scripts.report import console, encodable

    screen = console()

    def text(words: str, style: str = "") -> Text:
        return Text(encodable(printable(words), screen.encoding), style=style)

    headings, rows = _told(report)
    grid = Table(box=None, pad_edge=False, header_style="dim")
    for heading in headings:
        wraps = heading in ("cell", "remark")
        grid.add_column(text(heading), overflow="fold", no_wrap=not wraps, min_width=16 if wraps else None)
    for row, cells in zip(_worst_first(report.rows), rows):
        grid.add_row(*(text(cell, STYLES[row.verdict.state]) for cell in cells))
    screen.print(text(report.title, "bold"))
    if rows:
        screen.print(grid)
    for note in _notes(report):
        screen.print(text(note, "dim"))
    verdict = overall(report.rows)
    screen.print(text(verdict.sentence, STYLES[verdict.verdict]))


def markdown(report: Report) -> str:
    """The verdict, the table and the notes as Markdown; whatever comes from data is escaped."""
    from scripts.report import escaped, markdown_table

    parts = [f"## {escaped(report.title)}", f"**{escaped(overall(report.rows).sentence)}**"]
    if report.rows:
        parts.append(markdown_table(*_told(report)))
    parts.append("\n".join(f"- {escaped(note)}" for note in _notes(report)))
    return "\n\n".join(parts) + "\n"


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


def github(report: Report) -> str:
    """GitHub's workflow commands: an error for each slower or invalid row, a warning for all inconclusive ones.

    A line that a step prints is a command if it begins with `::`. In it, %25, %0D and %0A stand for a per cent sign,
    CR and LF; the latter two are blanks here, as all control characters of names are everywhere.
    """
    verdict = overall(report.rows)
    bad = [row for row in _worst_first(report.rows) if row.verdict.state in ("slower", "invalid")]
    said = [f"{row.name}: {row.verdict.state}, {row.verdict.reason or _change(row)}" for row in bad]
    if len(said) > ANNOTATIONS:
        said[ANNOTATIONS - 1 :] = [f"and {len(said) - ANNOTATIONS + 1} more; the summary has all"]
    if verdict.status and not said:
        said = [verdict.sentence]
    lines = [f"::error title=fanout::{_command(words)}\n" for words in said]
    if any(row.verdict.state == "inconclusive" for row in report.rows):
        lines.append(f"::warning title=fanout::{_command(verdict.sentence)}\n")
    return "".join(lines)


def _command(words: str) -> str:
    return printable(words).replace("%", "%25")


def _told(report: Report) -> tuple[list[str], list[list[str]]]:
    """Headings, and a row of words for each, the worst first."""
    extra = list(dict.fromkeys(heading for row in report.rows for heading in row.extra))
    rows = [
        [
            row.name,
            *_numbers(row),
            row.verdict.state,
            *(row.extra.get(heading, "") for heading in extra),
            _remark(row),
        ]
        for row in _worst_first(report.rows)
    ]
    return ["cell", "change", "interval", "verdict", *extra, "remark"], rows


def _numbers(row: Row) -> list[str]:
    ratio = row.verdict.ratio
    if ratio is None:
        return ["", ""]
    return [_change(row), f"[{change(ratio.low)}, {change(ratio.high)}]" if ratio.bounded else "unbounded"]


def _remark(row: Row) -> str:
    """Why there is no verdict, what would have been seen, and what it would take."""
    verdict = row.verdict
    parts = [verdict.reason] if verdict.reason else []
    if verdict.state == "inconclusive" and verdict.detectable is not None:
        parts.append(f"sees {_percent(verdict.detectable)}")
    if verdict.needed is not None:
        parts.append(f"about {verdict.needed} samples would decide")
    return "; ".join(parts)


def _notes(report: Report) -> list[str]:
    meaning = (
        f"Change: how much longer (+) or shorter (-) it takes. Margin {_percent(report.margin)}: slower or faster where the "
        f"whole interval lies beyond it, same where it lies within. All intervals together hold the truth with "
        f"{_percent(1 - report.missed)}."
    )
    return [meaning, *report.notes] if report.rows else list(report.notes)


def _unseen(rows: Sequence[Row]) -> str:
    """What inconclusive rows may hide."""
    sizes = [row.verdict.detectable for row in rows if row.verdict.state == "inconclusive"]
    if not sizes:
        return ""
    if None in sizes:
        return "; a slowdown of any size may have gone unseen"
    return (
        f"; a slowdown below {_percent(max(size for size in sizes if size is not None))} may have gone unseen"
    )


def _counted(found: Mapping[State, int]) -> str:
    return listed([f"{found[state]} {state}" for state in ORDER if found[state]])


def _worst_first(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (ORDER.index(row.verdict.state), -abs(_estimate(row) - 1)))


def _estimate(row: Row) -> float:
    return row.verdict.ratio.estimate if row.verdict.ratio else 1.0


def _change(row: Row) -> str:
    return change(_estimate(row))


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
