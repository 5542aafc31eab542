"""The report of one results file: the best executor of each case, speedups with intervals, failures."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any

from scripts.analysis.comparable import effective_cpus, one_process
from scripts.analysis.interval import Interval
from scripts.analysis.metg import Metg
from scripts.analysis.scaling import Scaling
from scripts.analysis.scatter import inflation
from scripts.analysis.summary import CaseSummary, Settled, Summary
from scripts.analysis.text import duration, kind_label, listed, printable, replication, times
from scripts.reports import ROWS, Block, Column, Heading, Report, Table, Text, beyond

COLUMNS = [
    Column("executor"),
    Column("workers", right=True),
    Column("time per batch", "time per\nbatch", right=True),
    Column("±", right=True, dispensable=4),
    Column("speedup [low, high]", "speedup\n[low, high]", right=True),
    Column("efficiency", right=True, dispensable=3),
    Column("CPU / serial", "CPU /\nserial", right=True, dispensable=1),
    Column("speed", dispensable=2),
]
BAR = 10  # characters
ENOUGH = 5  # rounds: with fewer, chance alone makes one of many equals win
STOPPED = {
    "max_time": "were not when the time was up",
    "max_rounds": "were not after the most rounds",
    "interrupted": "were not when the run was interrupted",
    "unfinished": "were not yet",
}
MARKS = {
    "steal": "CPU time that the hypervisor gave to others",
    "foreign": "other processes on the CPUs",
    "throttled": "a control group held back",
    "drift": "a clock frequency that changed",
    "ready": "workers waiting for a CPU",
}
_EIGHTHS = " ▏▎▍▌▋▊▉"


def report(summary: Summary) -> Report:
    blocks: list[Block] = [Text(machine(summary))]
    ends = accumulate(len(case.rows) for case in summary.cases)
    shown = [case for case, end in zip(summary.cases, ends) if end - len(case.rows) < ROWS]
    for case in shown:
        blocks += [Heading(case.case), Table(COLUMNS, _rows(case)[:ROWS])]
        blocks += [*beyond(len(case.rows) - ROWS, "executors"), Text(conclusion(case), "green")]
    blocks += beyond(len(summary.cases) - len(shown), "cases")
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
    failures = [
        [name, kind_label(failed.kind), failed.reason] for failed in summary.failures for name in failed.cells
    ]
    columns = [Column("cell", wraps=True), Column("kind"), Column("reason", wraps=True)]
    blocks += [Heading("Failures"), Table(columns, failures[:ROWS]) if failures else Text("None.")]
    blocks += beyond(len(failures) - ROWS, "failures")
    return Report(f"Results: {summary.label}", blocks, lambda: vars(summary))


def machine(summary: Summary) -> str:
    """The first paragraph: where and how it was measured, and what the intervals mean."""
    known = "; ".join(f"{name}: {printable(value)}" for name, value in facts(summary.context).items())
    if not summary.rounds:
        return f"{known}. No cell has a number."
    sentences = [
        f"{known}. Each number is the median of up to {summary.rounds} {replication(one_process(summary.context))}; "
        f"[low, high] is its nominal 95 % interval{_short(summary.short)}",
        *(sentence[0].upper() + sentence[1:] for sentence in unsettled(summary.settled, summary.context)),
    ]
    return ". ".join(sentences) + "."


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
        ordered = sorted(settled.marks.items(), key=lambda pair: -pair[1])
        causes = ", ".join(f"{MARKS.get(kind, kind)} in {count}" for kind, count in ordered)
        count = f"{settled.disturbed} of {settled.samples} samples were disturbed"
        yield f"{count} ({causes}; `scripts/fanout doctor` says more)"
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


def _short(count: int) -> str:
    """What the nominal intervals do not say of those of few samples."""
    return f", of fewer than 6 samples in {count} places: their range, which holds less" if count else ""


def conclusion(case: CaseSummary) -> str:
    """Which is best, which tie, and how many workers are enough."""
    found = case.best
    names = [printable(tie.contender) for tie in found.ties]
    if found.cell.real.samples < ENOUGH:
        return f"{names[0]} had the shortest time; fewer than {ENOUGH} rounds cannot show which others tie with it."
    tie = f"{listed(names)} tie for best" if len(names) > 1 else f"{names[0]} is the best, alone"
    count = f"{found.enough} workers are" if found.enough > 1 else "1 worker is"
    return f"{tie}; with {names[0]}, {count} the fewest within 5 % of the best time."


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


def _rows(case: CaseSummary) -> list[list[str]]:
    fastest = case.rows[0].real.median
    return [_row(cell, fastest / cell.real.median) for cell in case.rows]


def _row(cell: Scaling, share: float) -> list[str]:
    efficiency = (
        f"{100 * cell.efficiency.median:.0f} %" if cell.efficiency else "n/a" if cell.speedup else "no base"
    )
    return [
        cell.contender,
        str(cell.workers),
        duration(cell.real.median),
        f"{100 * cell.real.half_width:.1f} %" if cell.real.samples > 1 else "",
        _bracketed(cell.speedup),
        efficiency,
        times(cell.cpu_ratio) if cell.cpu_ratio is not None else "no base",
        bar(share),
    ]


def _bracketed(interval: Interval | None) -> str:
    if interval is None:
        return "no base"
    return f"{times(interval.median)} [{times(interval.low)}, {times(interval.high)}]"
