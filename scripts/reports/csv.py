"""As CSV: a row for each cell, its columns named in the first line."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from scripts.analysis.interval import Interval
from scripts.analysis.scaling import scaling
from scripts.analysis.table import Results
from scripts.analysis.text import encodable, printable
from scripts.reports import Report


def render(report: Report, out: TextIO) -> None:
    rows = [dict(_flat(row)) for row in (report.rows or (lambda: report.data().get("cells", ())))()]
    writer = csv.DictWriter(out, list(dict.fromkeys(key for row in rows for key in row)), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _written(value, out.encoding) for key, value in row.items()})


def _flat(row: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}_")
        else:
            yield before + key, " ".join(map(str, value)) if isinstance(value, (list, tuple)) else value


def _written(value: Any, encoding: str) -> Any:
    """Text that a spreadsheet would take for a formula is text; what is no number is empty."""
    if isinstance(value, str):
        text = encodable(printable(value), encoding or "utf-8")
        return f"'{text}" if text[:1] in tuple("=+-@") else text
    return "" if isinstance(value, float) and not math.isfinite(value) else value


def cells(results: Results) -> Iterator[dict[str, Any]]:
    """Those of results files, warm and cold, in seconds; at the end those that failed."""
    for lifecycle, table in {"warm": results.table, "cold": results.cold}.items():
        for one in scaling(table) if len(table) else ():
            yield {
                **_place(vars(one), results.labels, lifecycle),
                "scaling": "weak" if one.weak else "strong",
                "work": one.work,
                "samples": one.real.samples,
                **_interval("seconds", one.real),
                "cpu_seconds": one.cpu,
                **_interval("speedup", one.speedup),
                "efficiency": one.efficiency.median if one.efficiency else None,
                "cpu_ratio": one.cpu_ratio,
            }
    for row in results.failures.to_dict("records"):
        yield {**_place(row, results.labels, None), "failure": row["kind"], "reason": row["reason"]}


def _place(row: Mapping[str, Any], labels: list[str], lifecycle: str | None) -> dict[str, Any]:
    named = {key: row[key] for key in ("name", "case", "contender", "workers")}
    return {"results": labels[row["file"]], **named, "lifecycle": lifecycle}


def _interval(name: str, found: Interval | None) -> dict[str, float | None]:
    ends = (found.median, found.low, found.high) if found else (None, None, None)
    return dict(zip((name, f"{name}_low", f"{name}_high"), ends))
