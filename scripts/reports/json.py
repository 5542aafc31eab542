"""As JSON; numbers that are not finite are null, and # is escaped: CI takes ##[error] in a line as a
command."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, TextIO

from scripts.reports import Report


def render(report: Report, out: TextIO) -> None:
    text = json.dumps(_finite(report.data), indent=1, allow_nan=False)
    out.write(text.replace("#", "\\u0023") + "\n")


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return list(map(_finite, value))
    return None if isinstance(value, float) and not math.isfinite(value) else value
