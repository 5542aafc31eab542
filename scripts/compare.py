"""Compare two results files, cell by cell: slower, faster, same, or cannot tell."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scripts.analysis.comparable import Difference
    from scripts.analysis.compared.files import Comparison
    from scripts.analysis.table import Results

ROOT = Path(__file__).resolve().parents[1]
ERROR = 0.01  # that any interval of a comparison misses, all cells together
EXAMPLES = """examples:
  fanout compare results/2025-01-31T12-00-00Z results/2025-02-01T09-30-00Z
  fanout compare before.json after.json --margin=5% --chart=ratios.svg
  fanout compare before.json after.json --format=markdown > comparison.md

A sample is a process, and the two files were measured one after the other: whatever the machine did differently in
between counts as a change. fanout duet measures two builds in the same rounds, which detects smaller changes with
fewer false alarms. From 16 cells on, what all of them share is judged apart, and a cell is slower only where it is so by
itself and beside all others.

exit status: 0 fine (inconclusive is not the same: read the last line); 1 a regression, of a cell or of all together;
2 wrong usage; 3 nothing to compare, or a cell that is missing in NEW, failed on one side, or was disturbed; 4 different
machines or builds (unless --cross-machine); 5 bad data"""


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)

    from scripts.analysis.comparable import differences
    from scripts.analysis.compared.cells import FALSE_DISCOVERIES
    from scripts.analysis.compared.files import compare
    from scripts.analysis.results import BadResults, load
    from scripts.analysis.text import printable
    from scripts.reports import show, verdicts, wording

    try:
        results = load([options.base, options.new])
    except BadResults as error:
        print(f"fanout compare: {error}", file=sys.stderr)
        return 5
    others = differences(*results.contexts)
    if others and not options.cross_machine:
        differing = printable("; ".join(map(wording.difference, others)))
        print(
            f"fanout compare: different machines or builds (--cross-machine compares them): {differing}",
            file=sys.stderr,
        )
        return 4
    comparison = compare(results, options.margin, ERROR)
    title = f"{results.labels[1]} (NEW) against {results.labels[0]} (BASE)"
    sides = [
        {"label": label, "commit": context.get("commit")}
        for label, context in zip(results.labels, results.contexts)
    ]
    judged = comparison.judged
    duets = wording.duets(judged.worth, results.cells[1], results.contexts)
    facts = {
        "base": sides[0],
        "new": sides[1],
        "differences": list(map(wording.difference, others)),
        "worth_a_duet": [{"name": name, "command": command} for name, command in duets.items()],
    }
    sentences = [*wording.worth(duets, FALSE_DISCOVERIES), *notes(results, comparison, others)]
    report = verdicts.report(
        title, comparison.verdicts, options.margin, ERROR, sentences, facts, "samples", judged.common
    )
    try:
        status = show(report, options.format)
        if options.chart:
            draw(title, comparison, options)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        print(f"fanout compare: cannot write: {error}", file=sys.stderr)
        return 2
    return status


def parse(arguments: list[str] | None) -> argparse.Namespace:
    from scripts.measuring import flags
    from scripts.measuring.usage import Parser
    from scripts.reports import renderers

    parser = Parser("fanout compare", __doc__, EXAMPLES)
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
        choices=renderers(),
        default="terminal",
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


def notes(results: Results, comparison: Comparison, others: list[Difference]) -> Iterator[str]:
    """What has to be known beside the verdicts, a sentence each."""
    from scripts.analysis.comparable import one_process, same_code
    from scripts.measuring.files import HOME
    from scripts.reports import noise, wording

    yield (
        "The two sides were measured at different times, so samples (processes) are not paired: what the machine did "
        "differently counts as a change."
    )
    if comparison.judged.common:
        yield (
            "All cells together: the median of their ratios. Relative: the change without it. A cell is slower, faster or "
            "the same where its change and the relative one both are."
        )
    if results.digests[0] == results.digests[1]:
        yield "BASE and NEW are the same results: there is nothing to find."
    elif same := same_code(*results.contexts):
        yield wording.same_code(same, results.contexts[0])
    if others:
        yield f"Different machines or builds: {'; '.join(map(wording.difference, others))}."
    for side, context, cells in zip(("BASE", "NEW"), results.contexts, results.cells):
        if one_process(context):
            yield f"{side} is a single process, whose repetitions are one sample; fanout run takes many."
        if context.get("interrupted"):
            yield f"{side} was interrupted, so it is partial."
        stopped = [name for name, cell in cells.items() if cell.get("stop_reason") in ("behind", "decided")]
        if stopped:
            yield (
                f"{side} has few samples of {wording.counted(stopped)}, since its run looked for the best alone; `fanout run "
                "--precision=all` measures each until it is precise."
            )
    if "Welch" in comparison.methods:
        yield (
            "Where ranks of so few samples cannot attain the certainty asked for, intervals are Welch's, which take "
            "logarithms of times to be normal; more samples would not need to."
        )
    yield from map(wording.written, comparison.notes)
    yield noise.quote(HOME / noise.FILE, results.contexts[1])


def draw(title: str, comparison: Comparison, options: argparse.Namespace) -> None:
    """The chart of the verdicts, in the order of the table. Raises OSError."""
    from plots import save
    from plots.ratios import chart
    from scripts.reports.wording import reasons

    counts = [count for verdict in comparison.verdicts for count in verdict.samples if count]
    sizes = "-".join(map(str, sorted({min(counts), max(counts)}))) if counts else "No"
    subtitle = f"{sizes} processes a side, not paired. Lines: intervals that hold all true ratios together with {1 - ERROR:.0%}."
    common = comparison.judged.common
    rows = [*([common] if common else []), *comparison.verdicts]
    save(chart(title, subtitle, rows, options.margin, reasons), options.chart)


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(ROOT)
    import gc

    from scripts.measuring.usage import leave

    gc.disable()  # nothing to collect, and looking for it among 100,000 cells takes a third of the time
    leave(main)
