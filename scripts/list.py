"""List what the binary can run: workloads, executors and their parameters."""

# Needs: build

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(argv: list[str] | None = None) -> int:
    from scripts.measuring.catalogue import ask
    from scripts.measuring.usage import Parser

    parser = Parser("fanout list", __doc__, "")
    parser.add_argument("--json", action="store_true", help="for programs")
    binary = ROOT / "build/release/fanout-bench"
    parser.add_argument("--bench", metavar="PATH", type=Path, default=binary, help="the binary")
    arguments = parser.parse_args(argv)
    print(ask(arguments.bench, "--list=json" if arguments.json else "--list"), end="")
    return 0


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(ROOT)
    from scripts.measuring.usage import leave

    leave(main, "fanout list")
