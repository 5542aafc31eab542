"""The flags of `fanout why`, whatever its subject."""

from __future__ import annotations

import argparse
from pathlib import Path

from scripts.measuring import flags
from scripts.measuring.running.options import BENCH

ROUNDS = 6  # the fewest with intervals of 95 %


def add_why(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    rounds = f"samples of each cell, and as many observed ones (default: {ROUNDS})"
    add("--rounds", metavar="N", type=flags.positive(int), default=ROUNDS, help=rounds)
    most = "stop measuring after 90s, 10m, 2h; experiments included (default: never)"
    add("--max-time", metavar="TIME", type=flags.duration, help=most)
    add("--no-experiments", action="store_true", help="leave causes suspected")
    flags.add_cells(add)
    flags.add_time_limit(parser)
    add("--output", metavar="DIR", type=Path, help="where to write (default: results/why-<UTC time>)")
    add("--bench", metavar="PATH", type=Path, default=BENCH, help="the binary of the built-in workloads")
    add("--pin", action="store_true", help="start the processes of a cell with k workers on k CPUs")
    quiet = "wait this long at most until nothing else uses the CPUs"
    add("--wait-for-quiet", metavar="TIME", type=flags.duration, help=quiet)
    add("--dry-run", action="store_true", help="show what would run, and for about how long")
