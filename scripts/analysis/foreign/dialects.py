"""The formats of others that results may come in, beside fanout's own."""

from __future__ import annotations

from typing import Any

from scripts.analysis.foreign import document, hyperfine


def read(text: str, stem: str) -> Any:
    """What a file holds, as results of fanout where another tool wrote it; `stem` names the file. Raises ValueError, of which
    Unusable has the whole message, or RecursionError."""
    found, constants = document.parse(text)
    if document.recognised(found):
        return document.rewritten(found, stem)
    if constants:
        raise ValueError(f"{constants[0]} is not a JSON number")
    return hyperfine.rewritten(found, stem) if hyperfine.recognised(found) else found
