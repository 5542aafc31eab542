"""Put executors under load: requests at given rates, how long each takes, or the highest rate that keeps a limit."""

# Needs: build

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

EXAMPLES = """examples:
  scripts/fanout load --workloads=http --executors=coroutines,pool --rate=1000/s,2000/s   how long requests take
  scripts/fanout load --workloads=http --executors=pool --workers=4,16 --slo=20ms       up to which rate p99 is below 20 ms
  scripts/fanout load --workloads=sleep --executors=pool --rate=500/s --closed          beside it the closed loop
  scripts/fanout load mine.cpp --executors=pool --rate=100/s --queue=64 --overflow=drop a plug-in of yours
  scripts/fanout report results/load-NAME                                               what was found, once more

Open loop: requests come at their times, whether those before are done or not, and each one's time counts from when it was
due. A closed loop (--closed; what `run` measures) sends the next batch when the one before is done: where an executor is
slow, it is asked less often, so that a queue which grows without end cannot be seen in it. Percentiles are of the requests
of all rounds together, never of percentiles, and are told where 10 requests or more lie beyond.

exit status: 0 fine; 1 a cell failed (one that is unavailable here does not count); 2 wrong usage; 5 what was to be
written or printed cannot be, or a fault of Fanout; 130 interrupted: Ctrl-C keeps, draws and reports what is done"""


def main(argv: Sequence[str] | None = None) -> int:
    from scripts.measuring.load.options import add_load
    from scripts.measuring.usage import Parser
    from scripts.subjects.observable import asked

    words = sys.argv[1:] if argv is None else list(argv)
    parser = Parser("fanout load", __doc__, EXAMPLES)
    add_load(parser)
    arguments, subject = asked(parser, words)

    from scripts.measuring.load import ending, load

    return load.run(arguments, subject, words, ending.tell)


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(ROOT)
    from scripts.measuring.usage import leave

    leave(main, "fanout load")
