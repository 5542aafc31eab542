"""Measure this machine: every workload under every executor, to JSON, charts and a summary."""

# Needs: build
# Needs with --record: store

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scripts.analysis.table import Results
    from scripts.reports import Report

ROOT = Path(__file__).resolve().parents[1]
PRECISELY = ("precision", "target", "max_time", "max_rounds", "rounds", "quick", "rigorous")
GOING_ON = (*PRECISELY, "time_limit", "bench", "wait_for_quiet", "why", "record", "store")

EXAMPLES = """examples:
  scripts/fanout run                          the default matrix, in under 3 minutes on 2 cores
  scripts/fanout run --quick                  the same cells to within 5 %, in two thirds of the time
  scripts/fanout run --full --rigorous        everything, to within 1 %: leave it alone for a day
  scripts/fanout run --precision=all          every cell to within 2 %, for `fanout compare`
  scripts/fanout run --resume=results/NAME    go on where a run was cut off
  scripts/fanout run --pin --workers=1,2      k workers on k CPUs, which cannot move to others
  scripts/fanout run --workloads=math,search --executors='tbb*,pool,serial'
  scripts/fanout run --set=math.kernel=mandelbrot,primes --workers=1,2,max
  scripts/fanout run --workloads=math --scaling=weak   N times the work on N workers
  scripts/fanout run --workloads=math --lifecycle=both --executors='pool,fork_*'
  scripts/fanout run --workloads=sleep --executors=serial,coroutines --set=coroutines.in_flight=1,16,all
  scripts/fanout run --peers --workloads=sleep,math --executors='pool,coroutines,py_*'
  scripts/fanout run --peers --python=/usr/bin/python3 --python=/opt/python3.13t/bin/python3
  scripts/fanout run --workloads=math --why   and why executors stop scaling, in three lines
  scripts/fanout run --record                 and keep the results: fanout history
  scripts/fanout run --dry-run                what would run, and for about how long

of your own programs:
  scripts/fanout run mine.cpp --compile='-O3 -Iinclude -Lbuild -lmine'     a plug-in in source, or as built: mine.so
  scripts/fanout run ./my_benchmark --filter='Sort.*'                      any Google Benchmark program
  scripts/fanout run --workers=1,2,4 -- ./app --threads={workers}          any command
  scripts/fanout run --command='gzip -c F' --command='zstd -T{workers} -c F' --ignore-output

In a directory with a fanout.toml, or below, its [run] has flags for the runs of such programs.

exit status: 0 fine; 1 a cell failed (one that is unavailable here does not count); 2 wrong usage; 5 what was to
be written or printed cannot be, or a fault of Fanout; 130 interrupted: Ctrl-C keeps, draws and reports what is
done, a second one stops at once"""


def main(argv: Sequence[str] | None = None) -> int:
    words = sys.argv[1:] if argv is None else list(argv)
    arguments, command = parse(words)

    from scripts.measuring import flags
    from scripts.measuring.running import ending, run
    from scripts.measuring.why.after import tell_why
    from scripts.subjects.find import find
    from scripts.subjects.observable import observable

    folder = arguments.resume
    if folder:
        arguments, command = as_it_was(arguments, command)
    elif arguments.subject or arguments.command or command:
        arguments, command = parse(words := [*defaults(), *words])
    subject = find(arguments, command)
    if arguments.why:
        flags.require_strong(arguments)
    longer = observable(subject) if arguments.why else None
    keep = keeping(arguments)
    shown: list[Results] = []

    def tell(results: Results) -> Report:
        shown.append(results)
        return ending.told(results)

    if folder:
        status = run.resume(arguments, subject, folder, tell)
    else:
        status = run.run(arguments, subject, words, tell)
    if longer and shown and status in (0, 1):  # neither a dry run nor interrupted
        tell_why(arguments, longer, shown[0])
    if shown and status in (0, 1):
        status = keep(shown[0].paths[0]) or status
    return status


def keeping(arguments: argparse.Namespace) -> Callable[[Path], int]:
    """What to do with the results at the end, and the exit status that it has. Raises UsageError."""
    from scripts.measuring.usage import UsageError

    if arguments.store and not arguments.record:
        raise UsageError("--store: it is --record that keeps results there")
    if not arguments.record or arguments.dry_run:
        return lambda path: 0
    from scripts.store.needed import packages

    with packages():
        from scripts.store.database.address import StoreError
        from scripts.store.keeping import keeper

        try:
            return keeper(arguments.store)
        except StoreError as error:
            raise UsageError(f"--record: {error}") from error


def defaults() -> list[str]:
    """The flags of [run] in the fanout.toml of the project in which the user stands."""
    from scripts.measuring.duet import project

    found = project.find(Path.cwd())
    return found.flags("run", parser()._option_string_actions) if found else []


def as_it_was(arguments: argparse.Namespace, command: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """The arguments of the run to be resumed, with what was asked anew of how long it goes on; and its command."""
    from scripts.measuring import files
    from scripts.measuring.usage import UsageError

    for name in ("output", "dry_run"):
        if getattr(arguments, name):
            raise UsageError(
                f"--{name.replace('_', '-')} does not go with --resume, which goes on in its own directory"
            )
    default, _ = parse([])
    given = {name for name, value in vars(arguments).items() if value != getattr(default, name)}
    if command or not given <= {"resume", *GOING_ON}:
        return arguments, command
    journal = arguments.resume / files.SAMPLES
    header = files.read_journal(journal, "run")[0]
    before, command = parse(files.texts(header, "argv", journal))
    before.bench = Path(str(header.get("bench", before.bench)))
    if "rounds" in given or given & {"target", "quick", "rigorous"}:
        for name in PRECISELY:
            if name != "precision" or "rounds" in given:
                setattr(before, name, None)  # what was asked for then would contradict it
    elif given & {"max_time", "max_rounds"}:
        before.rounds = None
    for name in given:
        setattr(before, name, getattr(arguments, name))
    return before, command


def parse(argv: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """The arguments, and the command behind "--"."""
    from scripts.measuring import flags

    words, command = flags.split(argv)
    return parser().parse_args(words), command


def parser() -> argparse.ArgumentParser:
    from scripts.measuring.running.options import add_run
    from scripts.measuring.usage import Parser
    from scripts.subjects.find import add_subject

    made = Parser("fanout run", __doc__, EXAMPLES)
    add_run(made)
    add_subject(made)
    why = "then observe those executors that stop scaling, and tell the causes in up to three lines"
    record = (
        "then put the results into the store of fanout history, as those of HEAD where they name no commit"
    )
    made.add_argument("--record", action="store_true", help=record)
    made.add_argument(
        "--store", metavar="URL", help="of --record (default: FANOUT_STORE, else the user's own)"
    )
    made.add_argument("--why", action="store_true", help=why)
    return made


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(ROOT)
    from scripts.measuring.usage import leave

    leave(main, "fanout run")
