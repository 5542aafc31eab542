"""As JSON; numbers that are not finite are null."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, TextIO

from scripts.reports import Report


def render(report: Report, out: TextIO) -> None:
    json.dump(_finite(report.data), out, indent=1, allow_nan=False)
    out.write("\n")


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return list(map(_finite, value))
    return None if isinstance(value, float) and not math.isfinite(value) else value
