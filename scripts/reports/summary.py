"""A run's summary, on a terminal and as Markdown."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, JustifyMethod

    from scripts.analysis.interval import Interval
    from scripts.analysis.scaling import Scaling
    from scripts.analysis.summary import CaseSummary, Summary

HEADINGS = [
    "executor",
    "workers",
    "time per batch",
    "±",
    "speedup [low, high]",
    "efficiency",
    "CPU / serial",
    "speed",
]
TALL = {
    "time per batch": "time per\nbatch",
    "speedup [low, high]": "speedup\n[low, high]",
    "CPU / serial": "CPU /\nserial",
}
BAR = 10  # characters
ENOUGH = 5  # rounds: with fewer, chance alone makes one of many equals win
DISPENSABLE = (
    "CPU / serial",
    "speed",
    "efficiency",
    "±",
)  # columns, in the order in which a narrow terminal loses them
_EIGHTHS = " ▏▎▍▌▋▊▉"
_PLAIN = str.maketrans({"µ": "u", "±": "+-", "█": "#", "…": "~", **dict(zip(_EIGHTHS[1:], "   ####"))})


def markdown(summary: Summary) -> str:
    """The summary as Markdown; whatever comes from data is escaped."""
    parts = [f"# Results: {escaped(summary.label)}", escaped(machine(summary))]
    for case in summary.cases:
        parts += [f"## {escaped(case.case)}", markdown_table(HEADINGS, _rows(case)), escaped(sentence(case))]
    if summary.metg:
        parts += ["## Smallest task at 50 % efficiency (METG)", markdown_table(*_metg(summary))]
    parts += ["## Failures", markdown_table(*_failures(summary)) if summary.failures else "None."]
    return "\n\n".join(parts) + "\n"


def terminal(summary: Summary, console: Console) -> None:
    """The summary on a terminal, in the characters that its encoding has."""
    from rich.table import Table
    from rich.text import Text

    def text(words: str, style: str = "") -> Text:
        return Text(encodable(words, console.encoding), style=style)

    def table(headings: list[str], rows: list[list[str]], right: range) -> Table:
        grid = Table(box=None, pad_edge=False, collapse_padding=True, header_style="dim")
        for index, heading in enumerate(headings):
            side: JustifyMethod = "right" if index in right else "left"
            grid.add_column(text(heading), justify=side, overflow="fold", no_wrap=bool(right))
        for row in rows:
            grid.add_row(*(text(_line(cell)) for cell in row))
        return grid

    console.print(text(machine(summary)))
    for case in summary.cases:
        console.print()
        console.print(text(_line(case.case), "bold"))
        headings, rows = _fitting(_rows(case), console.width)
        console.print(table(headings, rows, range(1, 7)))
        console.print(text(sentence(case), "green"))
    if summary.metg:
        console.print(text("\nSmallest task at 50 % efficiency (METG)", "bold"))
        console.print(table(*_metg(summary), range(2, 3)))
    if summary.failures:
        console.print(text("\nFailures", "bold red"))
        console.print(table(*_failures(summary), range(0)))


def _fitting(rows: list[list[str]], width: int) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of as many columns as fit into so many characters."""
    lost = 0
    while True:
        kept = [k for k, heading in enumerate(HEADINGS) if heading not in DISPENSABLE[:lost]]
        headings = [TALL.get(HEADINGS[k], HEADINGS[k]) for k in kept]
        columns = [[*heading.split("\n"), *(row[k] for row in rows)] for heading, k in zip(headings, kept)]
        needed = sum(max(map(len, column)) + 1 for column in columns) - 1
        if needed <= width or lost == len(DISPENSABLE):
            return headings, [[row[k] for k in kept] for row in rows]
        lost += 1


def console() -> Console:
    """Standard output, as wide as it needs to be where it is no terminal."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else 120)


def machine(summary: Summary) -> str:
    """The first paragraph: where and how it was measured, and what the intervals mean."""
    facts = "; ".join(f"{name}: {_line(value)}" for name, value in summary.facts.items())
    if not summary.rounds:
        return f"{facts}. No cell has a number."
    told = [
        f"{facts}. Each number is the median of up to {summary.rounds} {summary.replication}; [low, high] "
        f"holds the true median with a probability of at least {100 * summary.coverage:.4g} %",
        *(sentence[0].upper() + sentence[1:] for sentence in summary.unsettled),
    ]
    return ". ".join(told) + "."


def sentence(case: CaseSummary) -> str:
    """Who is best, who ties, and how many workers are enough."""
    from scripts.analysis.text import listed

    found = case.best
    names = [_line(tie.executor) for tie in found.ties]
    if found.cell.real.samples < ENOUGH:
        return f"{names[0]} had the shortest time; fewer than {ENOUGH} rounds cannot tell who ties with it."
    tie = f"{listed(names)} tie for best" if len(names) > 1 else f"{names[0]} is the best, alone"
    count = f"{found.enough} workers are" if found.enough > 1 else "1 worker is"
    return f"{tie}; with {names[0]}, {count} the fewest within 5 % of the best time."


def escaped(text: str) -> str:
    """Text from data as Markdown shows it, in table cells too: no markup, no HTML, no formula, no second
    line."""
    plain = _line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain = re.sub(r"([\\`*|$~\[\]])", r"\\\1", plain)
    plain = re.sub(r"^(#|[-+]|\d+[.)]\s)", r"\\\1", plain)
    return re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", plain)  # inside a word (std_thread) it means nothing


def encodable(text: str, encoding: str) -> str:
    """The text with what the encoding lacks replaced: blocks by #, micro by u, the rest by ?."""
    try:
        text.encode(encoding)
        return text
    except (UnicodeEncodeError, LookupError):
        return text.translate(_PLAIN).encode("ascii", "replace").decode("ascii")


def bar(share: float) -> str:
    """A bar of up to BAR characters, to an eighth of one."""
    eighths = round(8 * BAR * min(max(share, 0.0), 1.0))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _rows(case: CaseSummary) -> list[list[str]]:
    fastest = case.rows[0].real.median
    return [_row(cell, fastest / cell.real.median) for cell in case.rows]


def _row(cell: Scaling, share: float) -> list[str]:
    from scripts.analysis.text import duration, times

    efficiency = (
        f"{100 * cell.efficiency.median:.0f} %" if cell.efficiency else "n/a" if cell.speedup else "no base"
    )
    cpu = times(cell.cpu_ratio) if cell.cpu_ratio is not None else "no base"
    time = duration(cell.real.median)
    near = f"{100 * cell.real.half_width:.1f} %" if cell.real.samples > 1 else ""
    return [
        cell.executor,
        str(cell.workers),
        time,
        near,
        _bracketed(cell.speedup),
        efficiency,
        cpu,
        bar(share),
    ]


def _bracketed(interval: Interval | None) -> str:
    from scripts.analysis.text import times

    if interval is None:
        return "no base"
    return f"{times(interval.median)} [{times(interval.low)}, {times(interval.high)}]"


def _metg(summary: Summary) -> tuple[list[str], list[list[str]]]:
    from scripts.analysis.text import duration

    rows = []
    for one in summary.metg:
        spans = (
            [duration(value) for value in (one.seconds.median, one.seconds.low, one.seconds.high)]
            if one.seconds
            else []
        )
        said = f"{spans[0]} [{spans[1]}, {spans[2]}]" if spans else one.state
        rows.append([one.sweep, one.executor, str(one.workers), said])
    return ["sweep", "executor", "workers", "duration [low, high]"], rows


def _failures(summary: Summary) -> tuple[list[str], list[list[str]]]:
    rows = [[cell.name, failed.words, failed.reason] for failed in summary.failures for cell in failed.cells]
    return ["cell", "kind", "reason"], rows


def markdown_table(headings: list[str], rows: list[list[str]]) -> str:
    """A table of Markdown; the rows are escaped."""
    lines = [headings, ["---"] * len(headings), *[[escaped(cell) for cell in row] for row in rows]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _line(text: str) -> str:
    from scripts.analysis.text import printable

    return printable(text)
