"""What a `load` says at its end, and what it draws."""

from __future__ import annotations

import sys
from pathlib import Path

from plots import draw_all
from scripts.analysis.results import BadResults
from scripts.analysis.results import load as read
from scripts.analysis.text import UNAVAILABLE, printable
from scripts.measuring.catalogue import Json
from scripts.measuring.load.document import RESULT
from scripts.measuring.usage import BROKEN
from scripts.reports import load, markdown, terminal


def tell(document: Json, folder: Path) -> int:
    """Writes charts and report beside the document, and prints it; 1 where a cell failed that is available here."""
    try:
        charts = draw_all(read([folder]), folder / "charts") if document["loads"] else []
    except BadResults as error:
        print(f"fanout load: {error}", file=sys.stderr)
        return BROKEN
    shown, text = load.report(document), folder / "load.md"
    text.write_text(markdown.page(shown), encoding="utf-8")
    terminal.render(shown, sys.stdout)
    print("", *(printable(str(path)) for path in (folder / RESULT, text, *charts)), sep="\n")
    return int(any(one["kind"] != UNAVAILABLE for one in document["failures"]))
