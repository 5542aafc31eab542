"""As JSON; numbers that are not finite are null, and # is escaped: CI takes ##[error] in a line as a
command."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, TextIO

from scripts.reports import Report


def render(report: Report, out: TextIO) -> None:
    """A line for each key, and for each item of a list: of 100,000 cells, one is in memory as text at a time."""
    before = "{"
    for key, value in report.data().items():
        out.write(f"{before}\n {_written(str(key))}: ")
        before = ","
        if isinstance(value, (list, tuple)) and value:
            for place, item in enumerate(value):
                out.write(f"{',' if place else '['}\n  {_written(item)}")
            out.write("\n ]")
        else:
            out.write(_written(value))
    out.write("\n}\n")


def _written(value: Any) -> str:
    return json.dumps(_finite(value), allow_nan=False).replace("#", "\\u0023")


def _finite(value: Any) -> Any:
    if is_dataclass(value):
        value = vars(value)
    if isinstance(value, Mapping):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return list(map(_finite, value))
    return None if isinstance(value, float) and not math.isfinite(value) else value
