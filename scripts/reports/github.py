"""For GitHub: the page goes to where a step's summary is written, annotations to standard output, where they are looked
for; without such a place, both are printed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TextIO

from scripts.analysis.text import encodable, printable
from scripts.reports import Report, markdown

SHOWN = 10  # annotations of one kind a step


def render(report: Report, out: TextIO) -> None:
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(markdown.page(report) + "\n")
    page = "" if summary else markdown.page(report) + "\n"
    out.write(encodable(page + commands(report), out.encoding))


def commands(report: Report) -> str:
    """GitHub's workflow commands, at most SHOWN of a kind.

    A line that a step prints is a command if it begins with `::`. In it, %25, %0D and %0A stand for a per cent sign,
    CR and LF; the latter two are blanks here, as all control characters of names are everywhere.
    """
    lines = []
    for level in ("error", "warning"):
        texts = [text for kind, text in report.annotations if kind == level]
        if len(texts) > SHOWN:
            texts[SHOWN - 1 :] = [f"and {len(texts) - SHOWN + 1} more; see the summary"]
        lines += [f"::{level} title=fanout::{printable(text).replace('%', '%25')}\n" for text in texts]
    return "".join(lines)
