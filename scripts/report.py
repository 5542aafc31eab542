"""Print what results say: the best executor of each case, speedups with intervals, failures."""

from __future__ import annotations

import sys
from pathlib import Path

EXAMPLES = """examples:
  fanout report results/2025-01-31T12-00-00Z            the summary of a run, on the terminal
  fanout report results.json --markdown > summary.md    the same as Markdown
"""


def main(arguments: list[str] | None = None) -> int:
    from scripts.measuring.usage import Parser

    parser = Parser("report", __doc__, EXAMPLES)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="results, or a run's directory")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    options = parser.parse_args(arguments)

    from scripts.analysis.summary import summarise
    from scripts.analysis.table import BadResults, load
    from scripts.reports.summary import console, encodable, markdown, terminal

    try:
        results = load(options.files)
    except BadResults as error:
        print(f"fanout report: {error}", file=sys.stderr)
        return 2
    for file in range(len(results.labels)):
        summary = summarise(results, file)
        if options.markdown:
            sys.stdout.write(encodable(markdown(summary), sys.stdout.encoding))
        else:
            terminal(summary, console())
    return 0


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    from scripts.measuring.usage import leave

    leave(main)
