"""Measure this machine: every workload under every executor, to JSON, charts and a summary."""

# Needs: build

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[1]
Number = TypeVar("Number", int, float)
GOING_ON = ("target", "max_time", "max_rounds", "rounds", "quick", "rigorous", "time_limit", "bench")

EXAMPLES = """examples:
  scripts/fanout run                          the default matrix, in under 3 minutes on 2 cores
  scripts/fanout run --quick                  the same cells to within 5 %, in two thirds of the time
  scripts/fanout run --full --rigorous        everything, to within 1 %: leave it alone for a day
  scripts/fanout run --resume=results/NAME    go on where a run was cut off
  scripts/fanout run --workloads=math,search --executors='tbb*,pool,serial'
  scripts/fanout run --set=math.kernel=mandelbrot,primes --workers=1,2,max
  scripts/fanout run --workloads=math --lifecycle=both --executors='pool,fork_*'
  scripts/fanout run --workloads=sleep --executors=coroutines --in-flight=1,16,all --workers=1,2
  scripts/fanout run --peers --workloads=sleep,math --executors='pool,coroutines,py_*'
  scripts/fanout run --peers --python=/usr/bin/python3 --python=/opt/python3.13t/bin/python3
  scripts/fanout run --dry-run                what would run, and for about how long
  scripts/fanout run --check-overhead         does the harness cost what the libraries cost?

exit status: 0 fine; 1 a cell failed (one that is unavailable here does not count), or a claim is missed; 2 wrong usage;
130 interrupted: Ctrl-C keeps, draws and reports what is done, a second one stops at once"""


def main(argv: Sequence[str] | None = None) -> int:
    words = sys.argv[1:] if argv is None else list(argv)
    arguments = parse(words)

    from scripts.running import checks, session
    from scripts.running.usage import UsageError

    try:
        if arguments.check_overhead:
            refuse_what_does_not_apply(arguments)
            return checks.run(arguments.bench.resolve().parent, arguments.rounds or 10, arguments.seed)
        if arguments.resume:
            return session.resume(as_it_was(arguments, words), arguments.resume)
        return session.run(arguments, words, ROOT)
    except UsageError as error:
        print(f"fanout run: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, or a directory taken away
        if isinstance(error, BrokenPipeError):
            raise
        print(f"fanout run: {error}", file=sys.stderr)
        return 1


def as_it_was(arguments: argparse.Namespace, words: Sequence[str]) -> argparse.Namespace:
    """The arguments of the run to be resumed, with what was asked anew of how long it goes on."""
    from scripts.running import session
    from scripts.running.usage import UsageError

    for name in ("output", "dry_run", "check_cost"):
        if getattr(arguments, name):
            raise UsageError(
                f"--{name.replace('_', '-')} does not go with --resume, which goes on in its own directory"
            )
    given = {name for name, value in vars(arguments).items() if value != parse([]).__dict__[name]}
    if not given <= {"resume", *GOING_ON}:
        return arguments
    recorded = session.header_of(arguments.resume).get("argv")
    if not isinstance(recorded, list):
        raise UsageError(f"--resume={arguments.resume}: its journal does not say how it was started")
    return parse([*map(str, recorded), *(word for word in words if not word.startswith("--resume"))])


def refuse_what_does_not_apply(arguments: argparse.Namespace) -> None:
    from scripts.running.usage import UsageError

    for name in (
        "workloads executors workers set in_flight grain lifecycle full quick rigorous target max_time max_rounds "
        "time_limit output resume dry_run peers python check_cost"
    ).split():
        if getattr(arguments, name):
            raise UsageError(f"--{name.replace('_', '-')} does not go with --check-overhead")
    if not arguments.bench.is_file():
        raise UsageError(f"--bench: no binary at {arguments.bench}")
    if arguments.rounds and arguments.rounds < 5:
        raise UsageError("--rounds: --check-overhead takes 5 or more, for intervals that mean something")


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    from scripts.running.usage import Parser

    parser = Parser("run", __doc__, EXAMPLES)
    add = parser.add_argument
    add("--full", action="store_true", help="every executor, workload, kernel and algorithm; longer samples")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--quick", action="store_true", help="stop a cell at 5 %% (default: 2 %%)")
    which.add_argument("--rigorous", action="store_true", help="stop a cell at 1 %%")
    add(
        "--target",
        metavar="PERCENT",
        type=_percent,
        help="stop a cell when its interval is this narrow: half of it over the median",
    )
    add(
        "--max-time",
        metavar="TIME",
        type=_time,
        help="stop measuring after 90s, 10m, 2h (default: 150s, quick 105s, rigorous 1h; with --full 48 times as much)",
    )
    add("--max-rounds", metavar="N", type=_positive(int), help="samples a cell (default: 40, 12, 200)")
    add(
        "--rounds",
        metavar="N",
        type=_positive(int),
        help="exactly N samples of each cell, whatever they show",
    )
    add("--workloads", metavar="LIST", type=_list, default=(), help="names or globs by commas (default: all)")
    add("--executors", metavar="LIST", type=_list, default=(), help="names or globs by commas (default: all)")
    add(
        "--workers",
        metavar="LIST",
        type=_list,
        default=(),
        help="counts by commas; max: the effective CPUs, rounded up",
    )
    add("--set", metavar="W.P=V[,V]", action="append", default=[], help="a parameter; may be repeated")
    add(
        "--in-flight",
        metavar="LIST",
        help="tasks in flight under event loops, such as 1,64,all (default: all)",
    )
    add("--grain", metavar="LIST", help="tasks a message under fork_pipe, such as 1,100,auto (default: auto)")
    add(
        "--lifecycle",
        choices=("warm", "cold", "both"),
        help="cold: workers are started and ended within the clock (default: warm)",
    )
    add("--seed", metavar="N", type=_seed, default=1, help="of the data and of the order (default: 1)")
    add("--time-limit", metavar="SECONDS", type=_positive(float), help="of a process; past it, it is killed")
    add("--output", metavar="DIR", type=Path, help="where to write (default: results/<UTC time>)")
    add("--resume", metavar="DIR", type=Path, help="go on with the run in DIR, which has to be the same run")
    add("--bench", metavar="PATH", type=Path, default=ROOT / "build/release/fanout-bench", help="the binary")
    add(
        "--check-overhead",
        action="store_true",
        help="measure instead what Fanout claims of itself, beside hand-written loops (7 minutes)",
    )
    add(
        "--check-cost",
        action="store_true",
        help="then the same cells as Google Benchmark would by itself, for what each way costs (20 minutes more)",
    )
    add("--peers", action="store_true", help="Python's own models beside C++'s, on the same work (py_*)")
    add(
        "--python",
        metavar="PATH",
        action="append",
        default=[],
        help="an interpreter for --peers, 3.9 or later; may be repeated (default: /usr/bin/python3)",
    )
    add("--dry-run", action="store_true", help="say what would run, and for about how long")
    return parser.parse_args(argv)


def _list(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise argparse.ArgumentTypeError(f"'{text}' has an empty name")
    return names


def _percent(text: str) -> float:
    """2 and 2% are 0.02."""
    return _positive(float)(text.removesuffix("%").rstrip()) / 100


def _time(text: str) -> float:
    """Seconds, of 90, 90s, 1.5m or 2h."""
    unit = {"s": 1, "m": 60, "h": 3600}
    return _positive(float)(text[:-1] if text[-1:] in unit else text) * unit.get(text[-1:], 1)


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 0 up")
    return int(text)


def _positive(kind: type[Number]) -> Callable[[str], Number]:
    def convert(text: str) -> Number:
        try:
            number = kind(text if text.isascii() else "")
        except ValueError:
            number = kind(0)
        if not 0 < number < 10**9:
            raise argparse.ArgumentTypeError(f"'{text}' is not a number above 0")
        return number

    return convert


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(ROOT)
    from scripts.running.usage import leave

    leave(main)
