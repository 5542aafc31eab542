"""Draw the charts of results again, several files side by side, from the JSON alone."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
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
    flags.add_results(parser, "results JSON, or the directory of a run or a duet")
    output = "where to write (default: charts/ beside the first FILE)"
    add("--output", type=Path, metavar="DIR", help=output)
    both = "svg, png or both (default: svg,png)"
    add("--format", type=formats, default="svg,png", metavar="LIST", help=both)
    options = parser.parse_args(arguments)

    from scripts.analysis.results import BadResults
    from scripts.analysis.text import printable

    try:
        written = draw(flags.results(options), options.output, options.format)
    except BadResults as error:
        print(f"fanout plot: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"fanout plot: cannot write the charts: {error}", file=sys.stderr)
        return 1
    for path in written:
        print(printable(str(path)))
    return 0


def draw(files: Sequence[Path], output: Path | None, formats: Sequence[str]) -> list[Path]:
    """The ratios of each duet beside it, and the charts of the results, side by side; what was written. Raises
    BadResults and OSError."""
    from plots import draw_all
    from scripts.analysis.results import load, results_file
    from scripts.measuring import flags
    from scripts.measuring.duet import again
    from scripts.measuring.duet.duet import RESULT, drawn

    written = []
    duets = {path: found for path in files if (found := again.document(path, RESULT)) is not None}
    for path, found in duets.items():
        folder = output or (path if path.is_dir() else path.parent)
        folder.mkdir(parents=True, exist_ok=True)
        with again.expected(path):
            written += drawn(
                str(found["title"]), again.judged(found), float(found["margin"]), folder, formats
            )
    if others := [path for path in files if path not in duets]:
        results = flags.alike(load(others), others)
        written += draw_all(results, output or results_file(others[0]).parent / "charts", formats)
    return written


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    from scripts.measuring.usage import leave

    leave(main, "fanout plot")
