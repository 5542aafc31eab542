"""Test everything: ctest (GoogleTest and pytest), format, clang-tidy, black, mypy; the sanitizers if asked."""

# Needs: build store tests
# Needs with --release: release

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = """examples:
  scripts/fanout test                     the release build's tests and the linters
  scripts/fanout test --sanitize          and the C++ tests under the presets asan and tsan
  scripts/fanout test --only clang-tidy   one step
  scripts/fanout test --release           long simulations, and all of these on other Debians, as root; goes on where it was
                                          interrupted

exit status: 0 all passed, 1 a step failed, 2 wrong usage, 130 interrupted"""


def main(argv: Sequence[str] | None = None) -> int:
    from scripts.measuring.usage import Parser
    from scripts.testing.release import release_steps
    from scripts.testing.steps import LONG, SANITIZERS, STEPS, perform

    steps = STEPS | SANITIZERS
    every = steps | LONG
    parser = Parser("fanout test", __doc__, EXAMPLES)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--sanitize", action="store_true", help="also the C++ tests under asan and tsan")
    which.add_argument("--only", choices=every, metavar="STEP", help="one of " + ", ".join(every))
    others = "long simulations, and all steps on other Debians, made by debootstrap"
    which.add_argument("--release", action="store_true", help=others)
    arguments = parser.parse_args(argv)
    if arguments.release:
        chosen = LONG | release_steps(ROOT, steps)
    elif arguments.only:
        chosen = {arguments.only: every[arguments.only]}
    else:
        chosen = steps if arguments.sanitize else STEPS
    try:
        verdicts = Counter(perform(name, step) for name, step in chosen.items())
    except KeyboardInterrupt:
        print("fanout test: interrupted", file=sys.stderr)
        return 130
    skipped = f", {verdicts['skipped']} skipped" if verdicts["skipped"] else ""
    print(f"{verdicts['passed']} passed, {verdicts['failed']} failed{skipped}")
    return int(verdicts["failed"] > 0)


if __name__ == "__main__":
    # In place of this directory, whose test.py (this file) would hide the standard library's `test`.
    sys.path[0] = str(ROOT)
    from scripts.measuring.usage import leave

    leave(main)
