"""What is left of a run: charts and a summary beside its results, and what it says at its end."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from plots import draw_all
from scripts.analysis.results import BadResults, load
from scripts.analysis.summary import summarise
from scripts.analysis.table import Results
from scripts.analysis.text import UNAVAILABLE, printable
from scripts.measuring.usage import BROKEN
from scripts.reports import Report, json, markdown, terminal
from scripts.reports.summary import report

Tell = Callable[[Results], Report]


def told(results: Results) -> Report:
    """What a run says of its results."""
    return report(summarise(results))


def tell_of(path: Path, tell: Tell) -> int:
    """Writes charts and summary beside the results, and prints them; 1 where a cell failed that is
    available here."""
    print(printable(f"measured; drawing what {path} says"), file=sys.stderr)
    try:
        results = load([path])
    except BadResults as error:
        print(f"fanout run: {error}", file=sys.stderr)
        return BROKEN
    shown = tell(results)
    text, data = path.with_name("summary.md"), path.with_name("summary.json")
    text.write_text(markdown.page(shown), encoding="utf-8")
    with data.open("w", encoding="utf-8") as file:
        json.render(shown, file)
    written = [path, text, data, *draw_all(results, path.parent / "charts")]
    terminal.render(shown, sys.stdout)
    print("", *(printable(str(each)) for each in written), sep="\n")
    return int(any(kind != UNAVAILABLE for kind in results.failures["kind"]))
