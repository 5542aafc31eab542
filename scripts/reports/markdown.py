"""As Markdown; whatever comes from data is escaped."""

from __future__ import annotations

import re
from typing import TextIO

from scripts.analysis.text import encodable, printable
from scripts.reports import Block, Heading, Notes, Report, Table


def render(report: Report, out: TextIO) -> None:
    out.write(encodable(page(report), out.encoding))


def page(report: Report) -> str:
    parts = [f"# {escaped(report.title)}"]
    if report.conclusion:
        parts.append(f"**{escaped(report.conclusion.text)}**")
    return "\n\n".join([*parts, *map(_block, report.blocks)]) + "\n"


def _block(block: Block) -> str:
    if isinstance(block, Table):
        headings = [column.heading for column in block.columns]
        lines = [headings, ["---"] * len(headings), *[[escaped(cell) for cell in row] for row in block.rows]]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)
    if isinstance(block, Notes):
        return "\n".join(f"- {escaped(text)}" for text in block.texts)
    return f"## {escaped(block.text)}" if isinstance(block, Heading) else escaped(block.text)


def escaped(text: str) -> str:
    """Text from data as Markdown shows it, in table cells too: no markup, no HTML, no formula, no second
    line."""
    plain = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain = re.sub(r"([\\`*|$~\[\]])", r"\\\1", plain)
    plain = re.sub(r"^(#|[-+]|\d+[.)]\s)", r"\\\1", plain)
    return re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", plain)  # inside a word (std_thread) it means nothing
