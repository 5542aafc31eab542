"""A duet that has ended, from the document in its directory."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from scripts.analysis.ratio import Ratio
from scripts.analysis.results import BadResults
from scripts.analysis.verdict import Verdict, because
from scripts.measuring.catalogue import Json
from scripts.reports import Report, verdicts, wording


def document(path: Path, name: str) -> Json | None:
    """What `name` holds, in a directory or given itself; None where the path leads to something else. Raises
    BadResults."""
    file = path / name if path.is_dir() else path
    if file.name != name or not file.exists():
        return None
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadResults(file, f"cannot be read ({error})") from None
    if not isinstance(found, dict):
        raise BadResults(file, "is not what fanout writes")
    return found


@contextmanager
def expected(path: Path) -> Iterator[None]:
    """Raises BadResults where what the path holds has another shape."""
    try:
        yield
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadResults(path, f"is not what fanout writes ({error!r})") from None


def judged(found: Json) -> list[Verdict]:
    """Its verdicts."""
    return [_verdict(cell, float(found["margin"])) for cell in found["cells"]]


def report(found: Json) -> Report:
    """What it reported when it ended."""
    notes = [str(note) for note in found["notes"]][
        1 if found["cells"] else 0 :
    ]  # the report puts the first itself
    shown = verdicts.report(
        str(found["title"]), judged(found), float(found["margin"]), float(found["error"]), notes
    )
    return replace(shown, data=lambda: found)


def _verdict(cell: Mapping[str, Any], margin: float) -> Verdict:
    ratio = None
    if cell["ratio"] is not None:
        ends = (0.0, math.inf) if cell["low"] is None else (float(cell["low"]), float(cell["high"]))
        rounds = min(cell["samples"], default=0)
        ratio = Ratio(float(cell["ratio"]), *ends, float(cell["error"] or 0), rounds, str(cell["method"]))
    reason = (
        because("crosses")
        if cell["reason"] == wording.TEXTS["crosses"]
        else because("told", text=cell["reason"])
    )
    return Verdict(
        cell["state"],
        ratio,
        margin,
        cell["detectable"],
        cell["needed"],
        (reason,) if cell["reason"] else (),
        str(cell["name"]),
        tuple(cell["samples"]),
        lag1=float(cell["lag1"]),
    )
