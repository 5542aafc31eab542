"""Flags that several commands have: which cells are meant, and values that are checked as they are read."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from scripts.measuring.files import LATEST
from scripts.measuring.usage import UsageError

if TYPE_CHECKING:  # with them comes pandas, and a command's --help passes here
    from scripts.analysis.table import Results
    from scripts.measuring.plan import Selection

BENCH = Path(__file__).resolve().parents[2] / "build/release/fanout-bench"
Number = TypeVar("Number", int, float)
Add = Callable[..., Any]  # add_argument() of a parser, or of a group in one


def add_selection(parser: argparse.ArgumentParser) -> None:
    """The flags that choose cells, as a duet has them, and the seed."""
    add_owners(parser.add_argument)
    add_cells(parser.add_argument)


def add_owners(add: Add) -> None:
    """Which workloads, under which executors."""
    add("--workloads", metavar="LIST", type=names, default=(), help="names or globs by commas (default: all)")
    add("--executors", metavar="LIST", type=names, default=(), help="names or globs by commas (default: all)")
    cold = "cold: workers are started and ended within the clock (default: warm)"
    add("--lifecycle", choices=("warm", "cold", "both"), help=cold)


def add_cells(add: Add) -> None:
    """On how many workers, with which values, in which order."""
    counts = "counts by commas; max: the effective CPUs, rounded up"
    add("--workers", metavar="LIST", type=names, default=(), help=counts)
    weak = "weak: N times the work on N workers (default: strong, the same work)"
    add("--scaling", choices=("strong", "weak"), default="strong", help=weak)
    settings = "a parameter of a workload, of an executor, or (NAME=V) of a command; may be repeated"
    add("--set", metavar="O.P=V[,V]", action="append", default=[], help=settings)
    add("--seed", metavar="N", type=seed, default=1, help="of the data and of the order (default: 1)")


def add_time_limit(parser: argparse.ArgumentParser) -> None:
    limit = "of a process; past it, it is killed"
    parser.add_argument("--time-limit", metavar="SECONDS", type=positive(float), help=limit)


def add_around(add: Add, prefix: str = "") -> None:
    """Where results go, whose directory has that prefix, and under which conditions they are measured."""
    output = f"where to write (default: results/{prefix}<UTC time>)"
    add("--output", metavar="DIR", type=Path, help=output)
    add("--bench", metavar="PATH", type=Path, default=BENCH, help="the binary of the built-in workloads")
    pin = "start the processes of a cell with k workers on k CPUs: physical cores first, the same for every executor"
    add("--pin", action="store_true", help=pin)
    quiet = "wait this long at most until nothing else uses the CPUs"
    add("--wait-for-quiet", metavar="TIME", type=duration, help=quiet)
    add("--dry-run", action="store_true", help="show what would run, and for about how long")


def add_results(parser: argparse.ArgumentParser, what: str) -> None:
    """The results that a command reads: those that are named, or what ended last here."""
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help=f"{what} (default: {LATEST})")


def split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """What stands before the first "--", and the command behind it."""
    at = argv.index("--") if "--" in argv else len(argv)
    return list(argv[:at]), list(argv[at + 1 :])


def results(arguments: argparse.Namespace) -> list[Path]:
    """Raises UsageError where none is named and there is no last one."""
    if not arguments.files and not LATEST.exists():
        raise UsageError(f"no FILE is named, and there is no {LATEST} here; scripts/fanout run makes one")
    return arguments.files or [LATEST.resolve()]


def alike(found: Results, files: Sequence[Path]) -> Results:
    """What one chart or table can show. Raises UsageError where some of it is of weak and some of strong scaling."""
    if len(found.scalings) > 1:
        names = ", ".join(map(str, files))
        raise UsageError(
            f"{names}: of weak and of strong scaling, whose speedups are no match; show them apart"
        )
    return found


def selection(arguments: argparse.Namespace) -> Selection:
    """What those flags ask for."""
    from scripts.measuring.plan import Selection

    return Selection(
        arguments.workloads,
        arguments.executors,
        ",".join(arguments.workers),
        tuple(arguments.set),
        arguments.seed,
        arguments.lifecycle or "",
        getattr(arguments, "scaling", "") == "weak",
    )


def names(text: str) -> tuple[str, ...]:
    """Names by commas."""
    found = tuple(name.strip() for name in text.split(","))
    if not all(found):
        raise argparse.ArgumentTypeError(f"'{text}' has an empty name")
    if twice := [name for name in found if found.count(name) > 1]:
        raise argparse.ArgumentTypeError(f"'{text}' names {twice[0]} twice")
    return found


def seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 0 up")
    return int(text)


def require_strong(arguments: argparse.Namespace, why: str = "") -> None:
    """Raises UsageError where work is to grow with the workers."""
    if arguments.scaling == "weak":
        why = why or "what workers lose is told for the same work on any number of them"
        raise UsageError(f"--scaling=weak: {why}")


def positive(kind: type[Number]) -> Callable[[str], Number]:
    """A number above 0 and below a billion."""

    def convert(text: str) -> Number:
        try:
            number = kind(text if text.isascii() else "")
        except ValueError:
            number = kind(0)
        if not 0 < number < 10**9:
            raise argparse.ArgumentTypeError(f"'{text}' is not a number above 0")
        return number

    return convert


def share(text: str) -> float:
    """A percentage from 0 up, written 3 or 3%, as a share: 0.03."""
    match = re.fullmatch(r"([0-9]{1,2}(?:\.[0-9]{1,6})?) ?%?", text, re.ASCII)
    if match is None:
        raise argparse.ArgumentTypeError(f"'{text}' is not a percentage below 100, such as 3 or 3%")
    return float(match.group(1)) / 100


def duration(text: str) -> float:
    """Seconds, of 90, 90s, 1.5m or 2h."""
    unit = {"s": 1, "m": 60, "h": 3600}
    return positive(float)(text[:-1] if text[-1:] in unit else text) * unit.get(text[-1:], 1)
