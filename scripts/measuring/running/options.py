"""The flags of a run, whatever its subject."""

from __future__ import annotations

import argparse
from pathlib import Path

from scripts.measuring import flags


def add_run(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--quick", action="store_true", help="stop a cell at 5 %% (default: 2 %%)")
    which.add_argument("--rigorous", action="store_true", help="stop a cell at 1 %%")
    add(
        "--target",
        metavar="PERCENT",
        type=flags.share,
        help="stop a cell when its interval is this narrow: half of it over the median",
    )
    add(
        "--max-time",
        metavar="TIME",
        type=flags.duration,
        help="stop measuring after 90s, 10m, 2h (default: 150s, quick 105s, rigorous 1h; with --full 48 times as much)",
    )
    add("--max-rounds", metavar="N", type=flags.positive(int), help="samples a cell (default: 40, 12, 200)")
    add(
        "--precision",
        choices=["answer", "all"],
        help="measure the cells that the answer depends on (default), or all of them",
    )
    add(
        "--rounds",
        metavar="N",
        type=flags.positive(int),
        help="exactly N samples of each cell, whatever they show",
    )
    flags.add_cells(add)
    flags.add_time_limit(parser)
    add("--resume", metavar="DIR", type=Path, help="go on with the run in DIR, which has to be the same run")
    flags.add_around(add)
