"""Print what results say, of a run, a duet, a `why`, a `load` or `check machine`: the best executors, verdicts, failures."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scripts.reports import Report

EXAMPLES = """examples:
  fanout report                                         what ended last here, results/latest
  fanout report results/2025-01-31T12-00-00Z            the summary of a run, on the terminal
  fanout report results/A --format=csv > cells.csv      a row for each cell, for spreadsheets
  fanout report results.json --markdown > summary.md    the same as Markdown
"""


def main(arguments: list[str] | None = None) -> int:
    from scripts.measuring import flags
    from scripts.measuring.usage import Parser
    from scripts.reports import renderers, show

    parser = Parser("fanout report", __doc__, EXAMPLES)
    flags.add_results(parser, "results, or the directory of a run, a duet, a why, a load or a check")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--format", choices=renderers(), default="terminal", help="(default: terminal)")
    same = "the same as --format=markdown"
    which.add_argument("--markdown", action="store_const", dest="format", const="markdown", help=same)
    options = parser.parse_args(arguments)

    from scripts.analysis.results import BadResults

    try:
        for report in reports(flags.results(options), options.format):
            show(report, options.format)
    except BadResults as error:
        print(f"fanout report: {error}", file=sys.stderr)
        return 2
    return 0


def reports(paths: Sequence[Path], form: str) -> Iterator[Report]:
    """Of each path in its place, results files loaded together. Raises BadResults."""
    from dataclasses import replace

    from scripts.analysis.results import load
    from scripts.analysis.summary import summarise
    from scripts.analysis.why.cells import laws
    from scripts.analysis.why.text import sentences
    from scripts.checks.recorded import findings
    from scripts.measuring import flags
    from scripts.measuring.duet import again
    from scripts.measuring.duet.duet import RESULT
    from scripts.measuring.load.document import RESULT as LOAD
    from scripts.measuring.why.document import RESULT as WHY
    from scripts.reports import csv, noise, summary, why
    from scripts.reports import load as loads

    ended: dict[Path, Report] = {}
    for path in paths:
        with again.expected(path):
            if (duet := again.document(path, RESULT)) is not None:
                ended[path] = again.report(duet)
            elif (check := again.document(path, noise.FILE)) is not None:
                ended[path] = findings.report(check, path if path.is_dir() else path.parent, True)
            elif (found := again.document(path, WHY)) is not None:
                ended[path] = why.report(found, sentences(laws(load([path]))))
            elif (pressed := again.document(path, LOAD)) is not None:
                ended[path] = loads.report(pressed)
    results = load([path for path in paths if path not in ended]) if len(ended) < len(paths) else None
    runs = iter(range(len(results.labels)) if results else ())
    if results and form == "csv":  # one table of all
        flags.alike(results, paths)
        yield replace(summary.report(summarise(results)), rows=lambda: csv.cells(results))
    for path in paths:
        if path in ended:
            yield ended[path]
        elif results and form != "csv":
            yield summary.report(summarise(results, next(runs)))


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    import gc

    from scripts.measuring.usage import leave

    gc.disable()  # nothing to collect, and looking for it among 100,000 cells takes a third of the time
    leave(main, "fanout report")
