"""How a report of verdicts is spelt: on a terminal, as Markdown, and to GitHub."""

from __future__ import annotations

from scripts.analysis.text import change, printable
from scripts.analysis.verdict import CROSSES, POWER
from scripts.reports.verdicts import Report, Row, change_of, effect, overall, worst_first

ANNOTATIONS = 10  # of one kind a step, that GitHub shows
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


def table(report: Report) -> None:
    """A table on standard output, coloured on a terminal alone (and not under NO_COLOR)."""
    from rich.table import Table
    from rich.text import Text

    from scripts.reports.summary import console, encodable

    screen = console()

    def text(words: str, style: str = "") -> Text:
        return Text(encodable(printable(words), screen.encoding), style=style)

    headings, rows = _told(report)
    grid = Table(box=None, pad_edge=False, header_style="dim")
    for heading in headings:
        wraps = heading in ("cell", "remark")
        grid.add_column(text(heading), overflow="fold", no_wrap=not wraps, min_width=16 if wraps else None)
    for row, cells in zip(worst_first(report.rows), rows):
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
    from scripts.reports.summary import escaped, markdown_table

    parts = [f"## {escaped(report.title)}", f"**{escaped(overall(report.rows).sentence)}**"]
    if report.rows:
        parts.append(markdown_table(*_told(report)))
    parts.append("\n".join(f"- {escaped(note)}" for note in _notes(report)))
    return "\n\n".join(parts) + "\n"


def github(report: Report) -> str:
    """GitHub's workflow commands: an error for each slower or invalid row, a warning for all inconclusive ones.

    A line that a step prints is a command if it begins with `::`. In it, %25, %0D and %0A stand for a per cent sign,
    CR and LF; the latter two are blanks here, as all control characters of names are everywhere.
    """
    verdict = overall(report.rows)
    bad = [row for row in worst_first(report.rows) if row.verdict.state in ("slower", "invalid")]
    said = [f"{row.name}: {row.verdict.state}, {row.verdict.reason or change_of(row)}" for row in bad]
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
        for row in worst_first(report.rows)
    ]
    return ["cell", "change", "interval", "verdict", *extra, "remark"], rows


def _numbers(row: Row) -> list[str]:
    ratio = row.verdict.ratio
    if ratio is None:
        return ["", ""]
    return [change_of(row), f"[{change(ratio.low)}, {change(ratio.high)}]" if ratio.bounded else "unbounded"]


def _remark(row: Row) -> str:
    """Why there is no verdict, what would have been seen, and what it would take."""
    verdict = row.verdict
    parts = [verdict.reason] if verdict.reason not in ("", CROSSES) else []
    if verdict.state == "inconclusive" and verdict.detectable is not None:
        parts.append(f"sees {effect(verdict.detectable)}")
    if verdict.needed is not None:
        parts.append(f"~{verdict.needed} samples")
    return "; ".join(parts)


def _notes(report: Report) -> list[str]:
    """What the columns mean, and what the command has to say."""
    if not report.rows:
        return list(report.notes)
    meaning = (
        f"Change: by how much longer (+) or shorter (-) it takes. Slower or faster: the whole interval lies beyond the "
        f"margin of {100 * report.margin:g} %; same: it lies within. All intervals together hold the truth with "
        f"{100 * (1 - report.missed):g} %."
    )
    if any(row.verdict.state == "inconclusive" for row in report.rows):
        meaning += f" Sees: the least slowdown that would be called {POWER:.0%} of the times; ~: the samples that would decide."
    return [meaning, *report.notes]
