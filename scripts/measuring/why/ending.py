"""What a `why` says at its end, and what it draws."""

from __future__ import annotations

import sys
from pathlib import Path

from plots import draw_all
from scripts.analysis.results import BadResults, load
from scripts.analysis.text import UNAVAILABLE, printable
from scripts.analysis.why.cells import laws
from scripts.analysis.why.text import sentences
from scripts.measuring.catalogue import Json
from scripts.measuring.usage import BROKEN
from scripts.measuring.why.document import RESULT
from scripts.reports import markdown, terminal, why


def tell(document: Json, folder: Path) -> int:
    """Writes charts and report beside the document, and prints it; 1 where a cell or a pass failed that is available here."""
    try:
        results = load([folder])
        charts = draw_all(results, folder / "charts")
    except BadResults as error:
        print(f"fanout why: {error}", file=sys.stderr)
        return BROKEN
    shown, text = why.report(document, sentences(laws(results))), folder / "why.md"
    text.write_text(markdown.page(shown), encoding="utf-8")
    terminal.render(shown, sys.stdout)
    print("", *(printable(str(path)) for path in (folder / RESULT, text, *charts)), sep="\n")
    failed = [*document["failures"], *document["unobserved"]]
    return int(any(one["kind"] != UNAVAILABLE for one in failed))
