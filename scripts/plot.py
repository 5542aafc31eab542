"""Draw the charts of results again, several files side by side, from the JSON alone."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

EXAMPLES = """examples:
  fanout plot                                               what ended last here, results/latest
  fanout plot results/2025-01-31T12-00-00Z                  a run's charts, into its charts/
  fanout plot before.json after.json --output comparison    two files side by side
  fanout plot results.json --format svg                     SVG alone
"""


def formats(text: str) -> list[str]:
    """The formats in a comma list, each once."""
    from plots import FORMATS

    asked = list(dict.fromkeys(text.split(",")))
    unknown = [one for one in asked if one not in FORMATS]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(FORMATS)}")
    return asked


def main(arguments: list[str] | None = None) -> int:
    from scripts.measuring import flags
    from scripts.measuring.usage import Parser

    parser = Parser("fanout plot", __doc__, EXAMPLES)
    add = parser.add_argument
    flags.add_results(parser, "results JSON, or a run's directory (its results.json)")
    output = "where to write (default: charts/ beside the first FILE)"
    add("--output", type=Path, metavar="DIR", help=output)
    both = "svg, png or both (default: svg,png)"
    add("--format", type=formats, default="svg,png", metavar="LIST", help=both)
    options = parser.parse_args(arguments)

    from plots import draw_all
    from scripts.analysis.results import BadResults, load, results_file
    from scripts.analysis.text import printable

    try:
        files = flags.results(options)
        results = load(files)
        directory = options.output or results_file(files[0]).parent / "charts"
        written = draw_all(results, directory, options.format)
    except BadResults as error:
        print(f"fanout plot: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"fanout plot: cannot write the charts: {error}", file=sys.stderr)
        return 1
    for path in written:
        print(printable(str(path)))
    return 0


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    from scripts.measuring.usage import leave

    leave(main)
