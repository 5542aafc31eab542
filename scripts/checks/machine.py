"""How often duets raise a false alarm on this machine, and the smallest change that they detect."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from scripts.analysis.comparable import noise_facts
from scripts.measuring import files
from scripts.measuring.flags import positive
from scripts.measuring.sample import run_benchmark
from scripts.measuring.usage import UsageError
from scripts.reports import Report, noise

EXAMPLES = """One binary is run as itself three times a round, and with spin, math and search made slower by 1, 2, 5 and 10 %. Then
duets are drawn from the recorded rounds and judged as `fanout duet` judges. The findings go to
results/check-machine.json, which `fanout compare` and `fanout duet` quote.

examples:
  scripts/fanout check machine                    about a quarter of an hour; leave the machine alone meanwhile
  scripts/fanout check machine --quick            three minutes, wider bounds
  scripts/fanout check machine --replay=results/check-machine-2025-01-31T12-00-00Z --trials=5000

exit status: 0 fine; 1 false alarms are beyond doubt more frequent than they may be, or a process failed; 2 wrong usage;
130 interrupted (what was recorded is kept, and can be replayed)"""
PREFIX = "check-machine-"


def add_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--quick", action="store_true", help="40 rounds instead of 200")
    add("--rounds", metavar="N", type=positive(int), help="rounds to record, 16 or more")
    add("--trials", metavar="N", type=positive(int), default=1000, help="duets to draw (default: 1000)")
    add("--verbose", action="store_true", help="the tables behind the conclusion")
    add("--replay", metavar="DIR", type=Path, help="measure nothing; judge what was recorded there")
    add("--output", metavar="DIR", type=Path, help=f"where to write (default: results/{PREFIX}<UTC time>)")


def check(arguments: argparse.Namespace, wake: int, say: Callable[[str], None]) -> Report | None:
    """None where it was interrupted. Raises UsageError and CheckFailed."""
    from scripts.checks.recorded import findings
    from scripts.checks.recorded.recording import FEWEST

    rounds = arguments.rounds or (40 if arguments.quick else 200)
    if rounds < FEWEST:
        raise UsageError(f"--rounds={rounds}: {FEWEST} or more, for duets that are not all alike")
    folder = arguments.replay
    if folder is None:
        folder, complete = _recorded(arguments, rounds, wake, say)
        if not complete:
            print(
                f"interrupted; from {FEWEST} rounds on, scripts/fanout check machine --replay={folder} judges what there is"
            )
            return None
    found = findings.findings(folder / files.SAMPLES, arguments.trials, arguments.seed)
    files.write(folder / noise.FILE, found)
    if arguments.replay is None:
        arguments.results.mkdir(exist_ok=True)
        files.lead_to(folder)
        files.write(arguments.results / noise.FILE, found)
    return findings.report(found, folder, arguments.verbose)


def _recorded(
    arguments: argparse.Namespace, rounds: int, wake: int, say: Callable[[str], None]
) -> tuple[Path, bool]:
    """The directory of the recording, and whether all rounds are there."""
    from scripts.checks.recorded import recording

    bench = arguments.bench.resolve()
    started = datetime.now(timezone.utc)
    cells = recording.cells(bench, arguments.seed)
    folder = files.directory(arguments.output, arguments.results, started, PREFIX, noise.FILE)
    about = run_benchmark(bench, [*cells[0].arguments, *recording.TIMING], recording.LIMIT, wake=wake)
    header = {
        "check": "machine",
        "started": started.isoformat(timespec="seconds"),
        "seed": arguments.seed,
        "cells": [{**cell.entry, "arguments": cell.arguments} for cell in cells],
        "timing": recording.TIMING,
        "machine": noise_facts(about.context),
    }
    with files.create_journal(folder / files.SAMPLES, header) as journal:
        whole = recording.record(bench, cells, rounds, arguments.seed, wake, journal, say)
    return folder, whole
