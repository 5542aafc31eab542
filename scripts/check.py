"""Check what Fanout claims of itself (overhead), and what this machine can tell apart (machine)."""

# Needs: build

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(argv: Sequence[str] | None = None) -> int:
    from scripts.checks import CheckFailed, checks
    from scripts.measuring import process
    from scripts.measuring.interruption import Interruption
    from scripts.measuring.progress import status
    from scripts.reports import show

    arguments = parse(argv)
    process.adopt_orphans()
    try:
        with Interruption() as interruption, status() as say:
            report = checks()[arguments.check].check(arguments, interruption.wake, say)
    except CheckFailed as error:
        print(f"fanout check {arguments.check}: {error}", file=sys.stderr)
        return 1
    return 130 if report is None else show(report, "json" if arguments.json else "terminal")


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    from scripts.checks import checks
    from scripts.measuring import flags
    from scripts.measuring.files import HOME
    from scripts.measuring.usage import Parser

    found = checks()
    parser = Parser("fanout check", __doc__, "scripts/fanout check CHECK --help says more")
    several = parser.add_subparsers(dest="check", metavar="CHECK", required=True, parser_class=Parser)
    for name, module in found.items():
        one = several.add_parser(
            name,
            help=(module.__doc__ or "").split("\n")[0],
            description=module.__doc__,
            epilog=module.EXAMPLES,
        )
        module.add_flags(one)
        one.add_argument(
            "--seed", metavar="N", type=flags.seed, default=1, help="of the order and of draws (default: 1)"
        )
        one.add_argument("--json", action="store_true", help="print the findings as JSON")
        binary = ROOT / "build/release/fanout-bench"
        one.add_argument("--bench", metavar="PATH", type=Path, default=binary, help="the binary")
        one.set_defaults(results=HOME)
    return parser.parse_args(argv)


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(ROOT)
    from scripts.measuring.usage import leave

    leave(main, "fanout check")
