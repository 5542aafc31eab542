"""Print what results say: the best executor of each case, speedups with intervals, failures."""

from __future__ import annotations

import sys
from pathlib import Path

EXAMPLES = """examples:
  fanout report                                         what ended last here, results/latest
  fanout report results/2025-01-31T12-00-00Z            the summary of a run, on the terminal
  fanout report results.json --markdown > summary.md    the same as Markdown
"""


def main(arguments: list[str] | None = None) -> int:
    from scripts.measuring import flags
    from scripts.measuring.usage import Parser
    from scripts.reports import renderers

    parser = Parser("fanout report", __doc__, EXAMPLES)
    flags.add_results(parser, "results, or a run's directory")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--format", choices=renderers(), default="terminal", help="(default: terminal)")
    same = "the same as --format=markdown"
    which.add_argument("--markdown", action="store_const", dest="format", const="markdown", help=same)
    options = parser.parse_args(arguments)

    from scripts.analysis.results import BadResults, load
    from scripts.analysis.summary import summarise
    from scripts.reports import show, summary

    try:
        results = load(flags.results(options))
    except BadResults as error:
        print(f"fanout report: {error}", file=sys.stderr)
        return 2
    for file in range(len(results.labels)):
        show(summary.report(summarise(results, file)), options.format)
    return 0


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    import gc

    from scripts.measuring.usage import leave

    gc.disable()  # nothing to collect, and looking for it among 100,000 cells takes a third of the time
    leave(main)
