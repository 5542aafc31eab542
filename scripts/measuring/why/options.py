"""The flags of `fanout why`, whatever its subject."""

from __future__ import annotations

import argparse

from scripts.measuring import flags

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
    flags.add_around(add, "why-")
