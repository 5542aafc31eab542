"""What a results file says of its samples beside their times: what disturbed them, and what they were calibrated to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.analysis.table import results_file


@dataclass(frozen=True)
class Worth:
    """By the names of cells. `disturbed` says of what most samples suffered; `correlated` samples follow each other,
    so their intervals are too narrow; `rates` are those that `spin` turned durations into work by."""

    disturbed: Mapping[str, str]
    correlated: frozenset[str]
    rates: Mapping[str, float]


def worth(path: Path) -> Worth:
    """The Worth of a file that `load` has accepted. A file without a list of cells, or one of another shape, says
    nothing.

    A cell's `marks` count its samples by what disturbed them: {"steal": 4}.
    """
    document = json.loads(results_file(path).read_text(encoding="utf-8"))
    cells = [cell for cell in _objects(document.get("cells")) if isinstance(cell.get("name"), str)]
    return Worth(
        {cell["name"]: said for cell in cells if (said := _disturbed(cell))},
        frozenset(cell["name"] for cell in cells if cell.get("correlated") is True),
        {e["name"]: e["rate"] for e in _objects(document["benchmarks"]) if _is_number(e.get("rate"))},
    )


def _objects(entries: Any) -> Iterator[dict[str, Any]]:
    return (entry for entry in entries if isinstance(entry, dict)) if isinstance(entries, list) else iter(())


def _disturbed(cell: Mapping[str, Any]) -> str:
    """The mark that most samples have, if there is one."""
    marks, samples = cell.get("marks"), cell.get("samples")
    if not isinstance(marks, dict) or not _is_number(samples):
        return ""
    counts = [(float(count), str(mark)) for mark, count in marks.items() if _is_number(count)]
    count, mark = max(counts, default=(0.0, ""))
    return f"{mark} in {count:g} of {samples} samples" if 2 * count > float(samples or 0) else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
