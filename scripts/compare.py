"""Compare two results files, cell by cell: slower, faster, same, or cannot tell."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scripts.analysis.compared import Comparison
    from scripts.analysis.table import Results
    from scripts.reports.verdicts import Report

ROOT = Path(__file__).resolve().parents[1]
ERROR = 0.01  # that any interval of a comparison misses, all cells together
EXAMPLES = """examples:
  fanout compare results/2025-01-31T12-00-00Z results/2025-02-01T09-30-00Z
  fanout compare before.json after.json --margin=5% --chart=ratios.svg
  fanout compare before.json after.json --format=markdown > comparison.md

A sample is a process, and the two files were measured one after the other: whatever the machine did differently in
between counts as a change. fanout duet measures two builds in the same rounds, which sees smaller changes and blames
fewer innocent ones.

exit status: 0 fine (inconclusive is not the same: read the last line); 1 a regression; 2 wrong usage; 3 nothing to
compare, or a cell that is missing in NEW, failed on one side, or was disturbed; 4 different machines or builds (unless
--cross-machine); 5 bad data"""


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)

    from scripts.analysis.comparable import differences
    from scripts.analysis.compared import compare
    from scripts.analysis.table import BadResults, load
    from scripts.analysis.text import printable
    from scripts.analysis.worth import spin_rates
    from scripts.reports.verdicts import show

    try:
        results = load([options.base, options.new])
    except BadResults as error:
        print(f"fanout compare: {error}", file=sys.stderr)
        return 5
    others = differences(*results.contexts)
    if others and not options.cross_machine:
        said = printable("; ".join(others))
        print(
            f"fanout compare: different machines or builds (--cross-machine compares them): {said}",
            file=sys.stderr,
        )
        return 4
    rates = [spin_rates(path) for path in (options.base, options.new)]
    comparison = compare(results, rates, options.margin, ERROR)
    report = told(results, comparison, options, others)
    try:
        status = show(report, options.format)
        if options.chart:
            draw(report, comparison, options.chart)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        print(f"fanout compare: cannot write: {error}", file=sys.stderr)
        return 2
    return status


def parse(arguments: list[str] | None) -> argparse.Namespace:
    from scripts.measuring import flags
    from scripts.measuring.usage import Parser

    parser = Parser("compare", __doc__, EXAMPLES)
    for name in ("base", "new"):
        parser.add_argument(name, type=Path, metavar=name.upper(), help="results, or a run's directory")
    parser.add_argument(
        "--margin",
        type=flags.share,
        default=0.03,
        metavar="PERCENT",
        help="changes below it are of no interest (default: 3%%; about what the layout of a binary alone can do)",
    )
    parser.add_argument(
        "--format",
        choices=("table", "markdown", "json", "github"),
        default="table",
        help="github: a job summary ($GITHUB_STEP_SUMMARY) and annotations",
    )
    parser.add_argument("--chart", type=picture, metavar="FILE", help="draw the ratios, as .svg or .png")
    parser.add_argument(
        "--cross-machine", action="store_true", help="compare different machines and builds, and say so"
    )
    return parser.parse_args(arguments)


def picture(text: str) -> Path:
    from plots import FORMATS

    path = Path(text)
    if path.suffix.removeprefix(".") not in FORMATS:
        raise argparse.ArgumentTypeError(
            f"{text!r} ends in none of {', '.join('.' + one for one in FORMATS)}"
        )
    return path


def told(results: Results, comparison: Comparison, options: argparse.Namespace, others: list[str]) -> Report:
    """What there is to say, in the words of data."""
    from scripts.reports.verdicts import Report, Row

    rows = [
        Row(cell.name, cell.verdict, {"samples": f"{cell.samples[0]} / {cell.samples[1]}"})
        for cell in comparison.cells
    ]
    sides = [
        {"label": label, "commit": context.get("commit")}
        for label, context in zip(results.labels, results.contexts)
    ]
    return Report(
        f"{results.labels[1]} (NEW) against {results.labels[0]} (BASE)",
        rows,
        options.margin,
        ERROR,
        notes(results, comparison, options, others),
        {"base": sides[0], "new": sides[1], "differences": others},
    )


def notes(
    results: Results, comparison: Comparison, options: argparse.Namespace, others: list[str]
) -> list[str]:
    """What has to be said beside the verdicts, a sentence each."""
    from scripts.analysis import noise
    from scripts.analysis.comparable import one_process, same_code
    from scripts.analysis.table import results_file

    said = [
        "The two sides were measured at different times, so samples (processes) are not paired: what the machine did "
        "differently counts as a change."
    ]
    if results_file(options.base).read_bytes() == results_file(options.new).read_bytes():
        said.append("BASE and NEW are the same results: there is nothing to find.")
    elif same := same_code(*results.contexts):
        said.append(same)
    if others:
        said.append(f"Different machines or builds: {'; '.join(others)}.")
    for side, context in zip(("BASE", "NEW"), results.contexts):
        if one_process(context):
            said.append(
                f"{side} is a single process, whose repetitions are one sample; fanout run takes many."
            )
        if context.get("interrupted"):
            said.append(f"{side} was interrupted, so it is partial.")
    if "Welch" in comparison.methods:
        said.append(
            "Where ranks of so few samples cannot attain the certainty asked for, intervals are Welch's, which take "
            "logarithms of times to be normal; more samples would not need to."
        )
    return [*said, *comparison.notes, noise.quote(ROOT / "results" / noise.FILE, results.contexts[1])]


def draw(report: Report, comparison: Comparison, path: Path) -> None:
    """The chart of the rows as the table has them. Raises OSError."""
    from plots import save
    from plots.ratios import chart
    from scripts.reports.verdicts import worst_first

    counts = [count for cell in comparison.cells for count in cell.samples if count]
    sizes = "-".join(map(str, sorted({min(counts), max(counts)}))) if counts else "No"
    subtitle = f"{sizes} processes a side, not paired. Lines: intervals that hold all true ratios together with {1 - ERROR:.0%}."
    rows = [(row.name, row.verdict) for row in worst_first(report.rows)]
    save(chart(report.title, subtitle, rows, report.margin), path)


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(ROOT)
    from scripts.measuring.usage import leave

    leave(main)
