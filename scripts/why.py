"""Tell why executors stop scaling: where the workers' time went, what the cause is, and an experiment that shows it."""

# Needs: build

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

EXAMPLES = """examples:
  scripts/fanout why --workloads=search --executors=openmp_static          one executor, on 1, 2 ... workers
  scripts/fanout why --workloads=lock --executors=pool --workers=2 --set=lock.inside=100
  scripts/fanout why --workloads=math --executors='openmp_*,pool,tbb' --workers=4
  scripts/fanout why mine.cpp --compile='-O3' --executors=pool              a plug-in of yours
  scripts/fanout why --dry-run                                              what would be observed, and for how long
  scripts/fanout report results/why-NAME                                    what was found, once more

Each cell runs by itself, which is the score, and observed, which says where its workers were: running in tasks, outside of
them, waiting for a CPU, or blocked. The loss is what N workers do less than N times the work of the serial loop. A cause has
30 % of it at least, beyond doubt, and is suspected until an experiment has confirmed it.

exit status: 0 fine; 1 a cell failed (one that is unavailable here does not count); 2 wrong usage; 5 what was to be
written or printed cannot be, or a fault of Fanout; 130 interrupted: Ctrl-C keeps, draws and reports what is done"""


def main(argv: Sequence[str] | None = None) -> int:
    from scripts.measuring.why.options import add_why
    from scripts.measuring.usage import Parser
    from scripts.subjects.observable import asked

    words = sys.argv[1:] if argv is None else list(argv)
    parser = Parser("fanout why", __doc__, EXAMPLES)
    add_why(parser)
    arguments, subject = asked(parser, words)

    from scripts.measuring.why import ending, why

    return why.run(arguments, subject, words, ending.tell)


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(ROOT)
    from scripts.measuring.usage import leave

    leave(main, "fanout why")
