"""How often compare.py, `fanout compare` and `fanout duet` raise a false alarm over one program."""

from __future__ import annotations

import argparse
import importlib
import math
import random
import select
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.analysis.interval import process_time
from scripts.analysis.text import bounded
from scripts.checks import CheckFailed
from scripts.measuring import flags
from scripts.measuring.usage import UsageError
from scripts.reports import Column, Report, Table, Text

if TYPE_CHECKING:  # help has to work before packages are there
    from scripts.measuring.catalogue import Cell

EXAMPLES = """A Google Benchmark program is run as itself three times a round. From the recorded rounds pairs are drawn that are equal, and
pairs one side of which is made 5 % slower by arithmetic; each is judged by Google Benchmark's own compare.py (one
process a side, whose 10 repetitions its U test takes for samples), by `fanout compare` (10 processes a side) and by
`fanout duet`.

examples:
  scripts/fanout check alarms ./my_benchmark --filter='Sort.*'
  scripts/fanout check alarms ./my_benchmark --rounds=100 --trials=1000 --json

exit status: 0 fine; 1 a process failed; 2 wrong usage; 130 interrupted"""
TOOLS = Path("/usr/share/benchmark")  # of libbenchmark-tools
REPETITIONS = PROCESSES = 10  # of a process; a side
ALARMS = ("slower", "faster", "invalid")
SLOWER, MARGIN, ERROR, U_TEST = 0.05, 0.03, 0.01, 0.05
FEWEST, LIMIT = 2 * PROCESSES, 60.0  # rounds; seconds of a process
HOW = {
    "compare.py": f"U test at {U_TEST:.0%}, {REPETITIONS} repetitions of one process a side",
    "fanout compare": f"{PROCESSES} processes a side, margin {MARGIN:.0%}, {ERROR:.0%} for all cells together",
    "fanout duet": f"until each cell has a verdict, margin {MARGIN:.0%}, {ERROR:.0%} for all cells together",
}

Recorded = Mapping[str, Mapping[str, Sequence[Sequence[float]]]]  # repetitions by cell, arm and round
Processes = Mapping[str, Sequence[Sequence[float]]]  # repetitions by cell


def add_flags(parser: argparse.ArgumentParser) -> None:
    from scripts.subjects import benchmark

    add = parser.add_argument
    add("subject", metavar="PROGRAM", type=Path, help="a Google Benchmark program")
    benchmark.add_flags(add)
    add("--rounds", metavar="N", type=flags.positive(int), default=64, help="to record (default: 64)")
    add("--trials", metavar="N", type=flags.positive(int), default=200, help="pairs to draw (default: 200)")


def check(arguments: argparse.Namespace, wake: int, say: Callable[[str], None]) -> Report | None:
    """None where it was interrupted. Raises UsageError and CheckFailed."""
    from scripts.measuring import catalogue
    from scripts.measuring.plan import Selection
    from scripts.subjects import benchmark

    if arguments.rounds < FEWEST:
        raise UsageError(
            f"--rounds={arguments.rounds}: {FEWEST} or more, a side of {PROCESSES} after the other"
        )
    if not TOOLS.is_dir():
        raise CheckFailed(f"no compare.py at {TOOLS}: install libbenchmark-tools")
    subject = benchmark.make(arguments, ())
    cells = subject.plan(Selection(), catalogue.read(arguments.bench.resolve())).cells
    recorded = _record(subject, cells, arguments, wake, say)
    found = recorded and judged(recorded, arguments.trials, arguments.seed, wake, say)
    return report(found, arguments) if found else None


def _record(
    subject: Any, cells: Sequence[Cell], arguments: argparse.Namespace, wake: int, say: Callable[[str], None]
) -> Recorded | None:
    """None where it was interrupted. A cell that fails is left out from then on; raises CheckFailed where all do."""
    from scripts.checks.replay import BASES
    from scripts.measuring.sample import Outcome, seconds
    from scripts.measuring.schedule import Runner, Turn
    from scripts.measuring.subject import Change

    found: dict[str, dict[str, list[list[float]]]] = {cell.name: {} for cell in cells}
    why = ""

    def take(turn: Turn, outcome: Outcome) -> None:
        nonlocal why
        if failure := outcome.failure_of(turn.cell.name):
            found.pop(turn.cell.name, None)
            why = f"{turn.cell.name}: {failure['kind']}: {failure['reason']}"
        elif turn.cell.name in found:
            found[turn.cell.name].setdefault(turn.arm, []).append(seconds(outcome.entries(turn.cell.name)))

    def wanted(number: int) -> set[str]:
        say(f"round {number + 1} of {arguments.rounds}")
        return set(found) if number < arguments.rounds else set()

    timing = [*subject.timing, f"--benchmark_repetitions={REPETITIONS}"]
    arms = dict.fromkeys(BASES, Change())
    runner = Runner(cells, arguments.seed, LIMIT, timing, arms, wake, sampler=subject.sample)
    if runner.run(wanted, take) == "interrupted":
        return None
    if not found:
        raise CheckFailed(f"no benchmark has a time; the last one: {why}")
    return found


def judged(
    recorded: Recorded, trials: int, seed: int, wake: int, say: Callable[[str], None]
) -> dict[str, Any] | None:
    """By method: false alarms by cell and of whole suites, and how often a slowdown is found in a cell. None where it was
    interrupted."""
    from scripts.checks.replay import BASES, Share, draw

    rounds = min(len(processes) for arms in recorded.values() for processes in arms.values())
    alarms = {method: {cell: Share() for cell in recorded} for method in HOW}
    suites, found, missed = ({method: Share() for method in HOW} for _ in range(3))
    chance = random.Random(seed)
    for trial in range(trials):
        if select.select([wake], [], [], 0)[0]:
            return None
        say(f"trial {trial + 1} of {trials}")
        drawn, start, arms = list(draw(rounds, chance)), chance.randrange(rounds), chance.sample(BASES, 2)
        for factor in (1.0, 1 + SLOWER):
            sides = [_taken(recorded, arm, start + PROCESSES * side) for side, arm in enumerate(arms)]
            sides[1] = {cell: [[t * factor for t in one] for one in kept] for cell, kept in sides[1].items()}
            states = {
                "compare.py": u_tests(*sides),
                "fanout compare": compared(*sides),
                "fanout duet": dueled(recorded, drawn, factor),
            }
            for method, verdicts in states.items():
                if factor > 1:
                    for cell in recorded:
                        found[method].count(verdicts[cell] == "slower")
                        missed[method].count(verdicts[cell] == "same")
                    continue
                suites[method].count(any(state in ALARMS for state in verdicts.values()))
                for cell, share in alarms[method].items():
                    share.count(verdicts[cell] in ALARMS)
    return {
        method: {
            "how": how,
            "cells": {cell: share.as_json() for cell, share in alarms[method].items()},
            "suites": suites[method].as_json(),
            "found": found[method].as_json(),
            "missed": missed[method].as_json(),
        }
        for method, how in HOW.items()
    }


def _taken(recorded: Recorded, arm: str, first: int) -> Processes:
    """As many rounds as a side has, one after the other; after the last one comes the first."""
    return {
        cell: [arms[arm][(first + step) % len(arms[arm])] for step in range(PROCESSES)]
        for cell, arms in recorded.items()
    }


def u_tests(base: Processes, new: Processes) -> dict[str, str]:
    """What compare.py finds in the first process of each side, by its own code."""
    if str(TOOLS) not in sys.path:
        sys.path.append(str(TOOLS))
    theirs = importlib.import_module("gbench.report")
    documents = [
        {
            "benchmarks": [
                {"name": cell, "run_type": "iteration", "time_unit": "s", "real_time": time, "cpu_time": time}
                for cell, kept in side.items()
                for time in kept[0]
            ]
        }
        for side in (base, new)
    ]
    found = dict.fromkeys(base, "same")
    for row in theirs.get_difference_report(*documents, utest=True):
        p = row["utest"].get("time_pvalue", 1.0) if row["name"] in found else 1.0
        if p < U_TEST:
            slower = process_time(new[row["name"]][0]) > process_time(base[row["name"]][0])
            found[row["name"]] = "slower" if slower else "faster"
    return found


def compared(base: Processes, new: Processes) -> dict[str, str]:
    """What `fanout compare` finds in two runs; "" is all cells together."""
    from scripts.analysis.compared.files import compare
    from scripts.analysis.foreign.names import entries
    from scripts.analysis.table import COLUMNS, FAILURE_COLUMNS, Results, frame, place, roles

    blank = dict.fromkeys(("rate", "open", "run", "close"), math.nan) | {"tasks": 0}
    cells = entries(base, "program")
    rows = [
        {**place(file, cell), **roles(cell), **blank, "round": number, "real": time, "cpu": time}
        for file, side in enumerate((base, new))
        for name, cell in cells.items()
        for number, time in enumerate(map(process_time, side[name]))
    ]
    contexts: list[dict[str, Any]] = [{"rounds": PROCESSES}, {"rounds": PROCESSES}]
    tables = frame(rows, COLUMNS), frame([], FAILURE_COLUMNS)
    comparison = compare(Results(*tables, contexts, ["base", "new"], cells=[{}, {}]), MARGIN, ERROR)
    common = comparison.judged.common
    return {verdict.name: verdict.state for verdict in comparison.verdicts} | (
        {"": common.state} if common else {}
    )


def dueled(recorded: Recorded, drawn: Sequence[tuple[int, tuple[str, ...]]], factor: float) -> dict[str, str]:
    """What a duet finds in the drawn rounds."""
    from scripts.analysis.duel import decide
    from scripts.checks.replay import duel

    found: dict[str, str] = {}
    for cell, arms in recorded.items():
        both = duel({arm: list(map(process_time, processes)) for arm, processes in arms.items()}, drawn)
        slowed = {number: factor * time for number, time in both.new.items()}
        found[cell] = decide(replace(both, new=slowed), len(recorded), MARGIN, ERROR).state
    return found


def report(found: Mapping[str, Any], arguments: argparse.Namespace) -> Report:
    rows = [
        [method, *(bounded(one[key]) for key in ("suites", "found", "missed")), one["how"]]
        for method, one in found.items()
    ]
    headings = ("judge", "false alarms, of suites", f"+{SLOWER:.0%} found, of cells", "called the same")
    both = Table([*map(Column, headings), Column("by", wraps=True)], rows)
    names = list(next(iter(found.values()))["cells"])
    cells = [[name, *(bounded(one["cells"][name]) for one in found.values())] for name in names]
    each = Table([Column("false alarms of", wraps=True), *map(Column, found)], cells)
    intro = Text(
        f"{arguments.rounds} rounds of three equal arms; {arguments.trials} pairs drawn from them, seed {arguments.seed}: they "
        "share those rounds, so the bounds (95 %) are of this recording, not of another day."
    )
    facts = {"program": str(arguments.subject), "rounds": arguments.rounds, "trials": arguments.trials}
    return Report(f"{arguments.subject.name} against itself", [intro, each, both], lambda: {**facts, **found})
