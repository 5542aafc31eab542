"""The flags of a duet, for the command itself and for those that are duets of what a project says."""

from __future__ import annotations

import argparse
from pathlib import Path

from scripts.measuring import flags
from scripts.reports import renderers


def add_duet(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    flags.add_cells(add)
    add(
        "--set-new",
        metavar="O.P=V",
        action="append",
        default=[],
        help="a parameter that only NEW gets, to see what a change would look like; may be repeated",
    )
    add(
        "--margin",
        metavar="PERCENT",
        type=flags.share,
        default=0.03,
        help="changes within it are of no interest (default: 3%%)",
    )
    add(
        "--max-time",
        metavar="TIME",
        type=flags.duration,
        default=900.0,
        help="stop measuring after 90s, 15m, 2h; what is undecided then is inconclusive (default: 15m)",
    )
    flags.add_time_limit(parser)
    add(
        "--cross-machine",
        action="store_true",
        help="compare builds of different compilers, flags or build types all the same",
    )
    add("--format", choices=renderers(), default="terminal", help="(default: terminal)")
    add("--output", metavar="DIR", type=Path, help="where to write (default: results/duet-<UTC time>)")
    add("--dry-run", action="store_true", help="build, and show what would run, and for about how long")
    bench = "what knows this machine, and times commands, where neither side does"
    add("--bench", metavar="PATH", type=Path, default=flags.BENCH, help=bench)
    parser.set_defaults(resume=None, commits=None, project=None, base_command=None, new_command=None)
