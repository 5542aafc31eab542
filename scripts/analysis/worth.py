"""What a results file says of its samples beside their times: what disturbed them, and what `spin` was calibrated to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.analysis.table import results_file


def disturbed(cell: Mapping[str, Any]) -> str:
    """The mark that most samples of a cell have ("steal in 6 of 10 samples"); "" where none has.

    `cell` is what a run says of the cell's samples. Its `marks`, if it has any, count them by what disturbed
    them: {"steal": 6}.
    """
    marks, samples = cell.get("marks"), cell.get("samples")
    if not isinstance(marks, dict) or not _is_number(samples):
        return ""
    counts = [(float(count), str(mark)) for mark, count in marks.items() if _is_number(count)]
    count, mark = max(counts, default=(0.0, ""))
    return f"{mark} in {count:g} of {samples} samples" if 2 * count > float(samples or 0) else ""


def spin_rates(path: Path) -> dict[str, float]:
    """By cell, the rate (rounds a microsecond) that turned durations into work; of a file that `load` accepts."""
    document = json.loads(results_file(path).read_text(encoding="utf-8"))
    return {entry["name"]: entry["rate"] for entry in document["benchmarks"] if _is_number(entry.get("rate"))}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
