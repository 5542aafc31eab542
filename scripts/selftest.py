"""Measure this machine against itself: how often duets cry wolf here, and the smallest change that they see."""

# Needs: build

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

EXAMPLES = """examples:
  scripts/fanout selftest                             about a quarter of an hour; leave the machine alone meanwhile
  scripts/fanout selftest --quick                     three minutes, wider bounds
  scripts/fanout selftest --replay results/selftest-2025-01-31T12-00-00Z --trials 5000

One binary is run as itself three times a round, and with spin, math and search made slower by 1, 2, 5 and 10 %. Then
duets are drawn from the recorded rounds and judged by what judges `fanout duet`. The findings go to
results/selftest.json, which `fanout compare` and `fanout duet` quote.

exit status: 0 fine; 1 false alarms are beyond doubt more frequent than they may be, or a process failed; 2 wrong usage;
130 interrupted (what was recorded is kept, and can be replayed)"""


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parse(argv)

    from scripts.checks.machine import run
    from scripts.checks.recording import NotRecorded
    from scripts.measuring.usage import UsageError

    try:
        return run(arguments, ROOT)
    except UsageError as error:
        print(f"fanout selftest: {error}", file=sys.stderr)
        return 2
    except (NotRecorded, OSError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        print(f"fanout selftest: {error}", file=sys.stderr)
        return 1


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    from scripts.measuring import flags
    from scripts.measuring.usage import Parser

    parser = Parser("selftest", __doc__, EXAMPLES)
    add = parser.add_argument
    add("--quick", action="store_true", help="40 rounds instead of 200")
    add("--rounds", metavar="N", type=flags.positive(int), help="rounds to record, 16 or more")
    add("--trials", metavar="N", type=flags.positive(int), default=1000, help="duets to draw (default: 1000)")
    add("--replay", metavar="DIR", type=Path, help="measure nothing; judge what was recorded there")
    add("--seed", metavar="N", type=flags.seed, default=1, help="of the order and of the draws (default: 1)")
    add("--output", metavar="DIR", type=Path, help="where to write (default: results/selftest-<UTC time>)")
    add("--json", action="store_true", help="print the findings as JSON")
    add("--bench", metavar="PATH", type=Path, default=ROOT / "build/release/fanout-bench", help="the binary")
    return parser.parse_args(argv)


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(ROOT)
    from scripts.measuring.usage import leave

    leave(main)
