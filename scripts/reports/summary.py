"""The report of one results file: the answer of each case, the evidence, failures; last, how it was measured."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from scripts.analysis.answers.answer import ENOUGH, Answer
from scripts.analysis.comparable import effective_cpus, one_process, unit
from scripts.analysis.interval import Interval
from scripts.analysis.metg import Metg
from scripts.analysis.scaling import Scaling
from scripts.analysis.scatter import inflation
from scripts.analysis.summary import CaseSummary, Settled, Summary
from scripts.analysis.table import Failed
from scripts.analysis.text import competitor, duration, kind_label, printable, replication, times
from scripts.reports import ROWS, Block, Column, Heading, Report, Table, Text, answers, beyond, lifecycle
from scripts.reports.wording import MARKS, scaling

BAR = 10  # characters
STOPPED = {
    "behind": "were too far behind to be measured further",
    "decided": "could not change the answer any more",
    "max_time": "were not when the time was up",
    "max_rounds": "were not after the most rounds",
    "interrupted": "were not when the run was interrupted",
    "unfinished": "were not yet",
}
_EIGHTHS = " ▏▎▍▌▋▊▉"


def report(summary: Summary) -> Report:
    blocks: list[Block] = [Text(text, "bold red") for text in doubts(summary)]
    ends = accumulate(len(case.rows) for case in summary.cases)
    shown = [case for case, end in zip(summary.cases, ends) if end - len(case.rows) < ROWS]
    contests = [case for case in shown if not case.alone]
    what = unit(summary.context)
    for case in contests:
        blocks += answers.blocks(case.answer, competitor(what))
    blocks += alone([case.rows[0] for case in shown if case.alone], what)
    blocks += beyond(len(summary.cases) - len(shown), "cases")
    for case in contests:
        cells = case.rows[:ROWS]
        blocks += [Heading(case.case), Table(_columns(case, what), _rows(case, cells), _styles(case, cells))]
        blocks += beyond(len(case.rows) - ROWS, f"{competitor(what)}s")
    blocks += lifecycle.blocks(summary.cold)
    if summary.metg:
        columns = [
            Column("sweep"),
            Column("executor"),
            Column("workers", right=True),
            Column("duration [low, high]"),
        ]
        rows = [[one.sweep, one.contender, str(one.workers), crossing(one)] for one in summary.metg[:ROWS]]
        blocks += [Heading("Smallest task at 50 % efficiency (METG)"), Table(columns, rows)]
        blocks += beyond(len(summary.metg) - ROWS, "sweeps")
    blocks += [*failed(summary.failures), Heading("How it was measured"), Text(machine(summary))]
    return Report(f"Results: {summary.label}", blocks, summary.as_json)


def _columns(case: CaseSummary, unit: str) -> list[Column]:
    base = "serial" if case.answer.base is None or case.answer.base.serial else "base"
    speedup = "scaled speedup" if case.answer.use.weak else "speedup"
    return [
        Column(competitor(unit)),
        Column("workers", right=True),
        _time(unit),
        Column("±", right=True, dispensable=4),
        Column(f"{speedup} [low, high]", f"{speedup}\n[low, high]", right=True),
        Column("efficiency", "effi-\nciency", right=True, dispensable=3),
        Column(f"CPU / {base}", f"CPU /\n{base}", right=True, dispensable=2),
        Column("place"),
        Column("speed", dispensable=1),
    ]


def _time(unit: str) -> Column:
    return Column(f"time per {unit}", f"time per\n{unit}", right=True)


def alone(cells: Sequence[Scaling], unit: str) -> list[Block]:
    """The cells that compete with none, in the order of the results."""
    columns = [Column("case", wraps=True), _time(unit), Column("±", right=True), Column("CPU", right=True)]
    rows = [[cell.case, duration(cell.real.median), _half_width(cell), duration(cell.cpu)] for cell in cells]
    return [Heading("Times"), Table(columns, rows)] if rows else []


def _half_width(cell: Scaling) -> str:
    return f"{100 * cell.real.half_width:.1f} %" if cell.real.samples >= ENOUGH else ""


def failed(failures: Sequence[Failed]) -> list[Block]:
    """Each cell that has no number, and why; nothing where there is none."""
    rows = [[name, kind_label(one.kind), one.reason] for one in failures for name in one.cells]
    columns = [Column("cell", wraps=True), Column("kind"), Column("reason", wraps=True)]
    shown: list[Block] = [Heading("Failures"), Table(columns, rows[:ROWS])] if rows else []
    return shown + beyond(len(rows) - ROWS, "failures")


def doubts(summary: Summary) -> Iterator[str]:
    """What stands before the answer."""
    if not summary.quiet:
        yield f"The machine was not quiet: {disturbed(summary.settled)}. --wait-for-quiet=10m waits until it is."


def machine(summary: Summary) -> str:
    """Where and how it was measured, and what the intervals mean."""
    known = "; ".join(f"{name}: {printable(value)}" for name, value in facts(summary.context).items())
    if not summary.rounds:
        return f"{known}. No cell has a number."
    sentences = [
        f"{known}. Each number is the median of up to {summary.rounds} {replication(one_process(summary.context))}; "
        f"[low, high] is its nominal 95 % interval{_short(summary.short)}",
        *scaling([case.answer for case in summary.cases]),
        *inside_clock(summary.context),
        *(sentence[0].upper() + sentence[1:] for sentence in unsettled(summary.settled, summary.context)),
    ]
    return ". ".join(sentences) + "."


def inside_clock(context: Mapping[str, Any]) -> Iterator[str]:
    """How much of a run's time its numbers are made of; nothing of a file that does not say."""
    timed, wall = context.get("clock_seconds"), context.get("wall_seconds")
    if isinstance(timed, float) and isinstance(wall, float) and wall > 0:
        yield f"{100 * timed / wall:.0f} % of {wall:.0f} s were spent inside the clock"


def facts(context: Mapping[str, Any]) -> dict[str, str]:
    """What is needed to trust and repeat the numbers; what the file does not know is left out."""
    command = context.get("command")
    cpus = effective_cpus(context)
    found = {
        "CPU": context.get("cpu_model"),
        "effective CPUs": f"{cpus:g}" if cpus else None,
        "compiler": " ".join(str(context[key]) for key in ("compiler", "flags") if context.get(key)),
        "Python": "; ".join(map(_python, context.get("pythons", {}).values())),
        "build": context.get("build_type"),
        "commit": context.get("commit"),
        "rounds": context.get("rounds"),
        "date": context.get("started") or context.get("date"),
        "command": shlex.join(map(str, command)) if isinstance(command, list) else command,
    }
    known = {name: str(value) for name, value in found.items() if value not in (None, "")}
    return {**known, "interrupted": "yes, results are partial"} if context.get("interrupted") else known


def _python(facts: Mapping[str, Any]) -> str:
    """One interpreter that peers ran with."""
    return f"{facts['implementation']} {facts['version']}, GIL {'on' if facts['gil'] else 'off'}"


def unsettled(settled: Settled, context: Mapping[str, Any]) -> Iterator[str]:
    """Where samples are not what the run was asked for, and why, a sentence each."""
    if settled.disturbed:
        yield f"{disturbed(settled)} (`scripts/fanout doctor` says more)"
    target = context.get("precision", {}).get("target")
    if not target:
        return
    others = [(reason, count) for reason, count in settled.stopped.items() if reason != "precise"]
    stopped = [f"{count} {STOPPED.get(reason, reason)}" for reason, count in others]
    known = (
        f"{settled.stopped.get('precise', 0)} of {settled.cells} cells are known to within {100 * target:g} %"
    )
    yield known + (f"; {', '.join(stopped)}" if stopped else "")
    if settled.correlation and settled.correlation.significant:
        follows = settled.correlation.lag1
        yield (
            f"samples follow those of the round before (lag-1 correlation over all cells {follows:.2f}): intervals would have "
            f"to be {inflation(follows):.1f} times as wide, since the machine was not steady"
        )


def disturbed(settled: Settled) -> str:
    """In how many samples, by what."""
    ordered = sorted(settled.marks.items(), key=lambda pair: -pair[1])
    causes = ", ".join(f"{MARKS.get(kind, kind)} in {count}" for kind, count in ordered)
    return f"{settled.disturbed} of {settled.samples} samples were disturbed: {causes}"


def _short(count: int) -> str:
    return f"; {count} cells of fewer than {ENOUGH} samples have none" if count else ""


def crossing(found: Metg) -> str:
    if found.seconds:
        low, middle, high = map(duration, (found.seconds.low, found.seconds.median, found.seconds.high))
        return f"{middle} [{low}, {high}]"
    side = "efficient down to" if found.state == "efficient" else "inefficient up to"
    return f"not bracketed: {side} {duration(found.end)}"


def bar(share: float) -> str:
    """A bar of up to BAR characters, to an eighth of one."""
    eighths = round(8 * BAR * min(max(share, 0.0), 1.0))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _rows(case: CaseSummary, cells: Sequence[Scaling]) -> list[list[str]]:
    fastest = min(cell.pace.median for cell in case.rows)
    return [_row(cell, fastest / cell.pace.median, place(case.answer, cell)) for cell in cells]


def place(found: Answer, cell: Scaling) -> str:
    """What the answer says of a cell, in a word."""
    if cell is found.use:
        return "use" if found.useful else "fastest"
    return "as good" if cell in found.good else "open" if cell in found.open else ""


def _styles(case: CaseSummary, cells: Sequence[Scaling]) -> list[str]:
    return [
        {"use": "bold green", "fastest": "bold", "": "dim"}.get(place(case.answer, cell), "")
        for cell in cells
    ]


def _row(cell: Scaling, share: float, place: str) -> list[str]:
    efficiency = (
        f"{100 * cell.efficiency.median:.0f} %" if cell.efficiency else "n/a" if cell.speedup else "no base"
    )
    return [
        cell.contender,
        str(cell.workers),
        duration(cell.real.median),
        _half_width(cell),
        _bracketed(cell.speedup),
        efficiency,
        times(cell.cpu_ratio) if cell.cpu_ratio is not None else "no base",
        place,
        bar(share),
    ]


def _bracketed(interval: Interval | None) -> str:
    if interval is None:
        return "no base"
    bracket = f" [{times(interval.low)}, {times(interval.high)}]" if interval.samples >= ENOUGH else ""
    return times(interval.median) + bracket
