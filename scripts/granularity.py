"""Find how small tasks may be: the efficiency of each executor over their size, and how much to batch yours."""

# Needs: build

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scripts.analysis.table import Results
    from scripts.reports import Report

ROOT = Path(__file__).resolve().parents[1]
OCTAVES = 6  # below and above the asked size
SHORTEST, LONGEST = 50, 10**9  # nanoseconds of a task
WORK = 10**9  # nanoseconds of all tasks of a batch, at the longest; yet two octaves above the asked size
ROUNDS, QUICK = 10, 6
TIME_LIMIT = 120  # seconds of a process: a batch of the longest tasks is run some ten times

EXAMPLES = """examples:
  scripts/fanout granularity                                    for tasks of 20 us
  scripts/fanout granularity --task=5us --tasks=5000            for your own: how long one computes alone, how many there are
  scripts/fanout granularity --executors='pool*,tbb' --workers=1,2,max
  scripts/fanout granularity --task=100us --of=results/latest   for another size, from what was measured

METG(50) and METG(95), the minimum effective task granularity, as Task Bench defines it: the smallest time x CPUs / tasks
at which efficiency is 50 % and 95 %. Here efficiency is over min(workers, effective CPUs).

The directory that it writes is that of a run: report and plot open it, run --resume goes on with it, and then --of tells
of it. The exit status is that of a run."""


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parse(argv)

    from scripts.measuring.running import run
    from scripts.measuring.running.options import add_run
    from scripts.measuring.usage import Parser
    from scripts.subjects.find import add_subject, find

    if arguments.of:
        return again(arguments)
    words = as_run(arguments)
    parser = Parser("fanout granularity", __doc__, "")
    add_run(parser)
    add_subject(parser)
    asked = parser.parse_args(words)
    return run.run(asked, find(asked), words, lambda results: told(results, arguments.task))


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    from scripts.measuring import flags
    from scripts.measuring.usage import Parser

    parser = Parser("fanout granularity", __doc__, EXAMPLES)
    add = parser.add_argument
    add(
        "--task",
        metavar="TIME",
        type=nanoseconds,
        default=20_000,
        help="what one of your tasks computes alone, such as 500ns or 20us (default: 20us); sizes around it are measured",
    )
    count = flags.positive(int)
    add(
        "--tasks",
        metavar="N",
        type=count,
        default=100,
        help="how many tasks there are in a batch (default: 100)",
    )
    add("--quick", action="store_true", help=f"every second size, {QUICK} samples a cell")
    add("--rounds", metavar="N", type=count, help=f"samples a cell (default: {ROUNDS})")
    names = "names or globs by commas (default: as in run)"
    add("--executors", metavar="LIST", type=flags.names, default=(), help=names)
    workers = "counts by commas; max: the effective CPUs, rounded up (default: max)"
    add("--workers", metavar="LIST", type=flags.names, default=("max",), help=workers)
    add("--seed", metavar="N", type=flags.seed, default=1, help="of the data and of the order (default: 1)")
    add("--of", metavar="DIR", type=Path, help="tell of what was measured before, and measure nothing")
    flags.add_around(add)
    return parser.parse_args(argv)


def nanoseconds(text: str) -> int:
    """Of 500ns, 20us, 1.5ms."""
    from scripts.analysis.text import SECONDS

    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ns|us|ms|s)", text, re.ASCII)
    size = round(float(match[1]) * SECONDS[match[2]] * 1e9) if match else 0
    if not SHORTEST <= size <= LONGEST:
        raise argparse.ArgumentTypeError(f"'{text}' is not a time from 50ns to 1s, such as 20us")
    return size


def sizes(task: int, tasks: int, quick: bool) -> list[int]:
    """Nanoseconds, in octaves around the asked size, which is one of them."""
    longest = min(max(WORK // tasks, 4 * task), LONGEST)
    found = [round(task * 2.0**octave) for octave in range(-OCTAVES, OCTAVES + 1, 1 + quick)]
    return [size for size in found if SHORTEST <= size <= longest]


def as_run(arguments: argparse.Namespace) -> list[str]:
    """The arguments of `fanout run` that measure it."""
    durations = ",".join(f"{size}ns" for size in sizes(arguments.task, arguments.tasks, arguments.quick))
    executors = [*arguments.executors, *(["serial"] if "serial" not in arguments.executors else [])]
    given = {
        "workloads": "spin",
        "set": f"spin.duration={durations}",
        "executors": ",".join(executors) if arguments.executors else None,
        "workers": ",".join(arguments.workers),
        "rounds": arguments.rounds or (QUICK if arguments.quick else ROUNDS),
        "seed": arguments.seed,
        "time-limit": TIME_LIMIT,
        "output": arguments.output,
        "bench": arguments.bench,
        "wait-for-quiet": arguments.wait_for_quiet,
    }
    words = [f"--{flag}={value}" for flag, value in given.items() if value is not None]
    flags = {"--pin": arguments.pin, "--dry-run": arguments.dry_run}
    return [*words, f"--set=spin.tasks={arguments.tasks}", *(flag for flag, on in flags.items() if on)]


def again(arguments: argparse.Namespace) -> int:
    """What was measured before. Raises UsageError on what only measuring could heed."""
    from scripts.analysis.results import BadResults, load
    from scripts.measuring.usage import UsageError
    from scripts.reports import show

    default = vars(parse([]))
    given = [name for name, value in vars(arguments).items() if value != default[name]]
    if ignored := [name.replace("_", "-") for name in given if name not in ("of", "task")]:
        raise UsageError(f"--{ignored[0]} does not go with --of, which measures nothing; --task does")
    try:
        return show(told(load([arguments.of]), arguments.task), "terminal")
    except BadResults as error:
        print(f"fanout granularity: {error}", file=sys.stderr)
        return 2


def told(results: Results, task: int) -> Report:
    from scripts.analysis.answers.granularity import curves
    from scripts.analysis.summary import summarise
    from scripts.reports.granularity import report

    return report(summarise(results), curves(results), task / 1e9)


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(ROOT)
    from scripts.measuring.usage import leave

    leave(main, "fanout granularity")
