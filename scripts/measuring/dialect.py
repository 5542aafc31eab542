"""What programs write, and what of it can be used."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass

from scripts.analysis.text import SECONDS
from scripts.measuring.catalogue import Json

# Of an entry that has them.
_NUMBERS = {"workers", "tasks", "enough_iterations", "open_time", "run_time", "close_time"}


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _read(text: str) -> Json:
    document = json.loads(text, parse_constant=_refuse)
    if not isinstance(document, dict):
        raise ValueError("not an object")
    return document


@dataclass(frozen=True)
class Dialect:
    """What programs write: how that becomes a document of ours (raises ValueError), the highest exit status with results
    that count, and whether its context says on which CPUs it ran."""

    read: Callable[[str], Json]
    highest_status: int
    says_where: bool


OURS = Dialect(_read, highest_status=1, says_where=True)  # 1: the binary itself reports failed cells


def require(entries: list[Json], document: Json) -> None:
    """Raises what an object of another shape leads to, or ValueError, where this is no document of
    results."""
    if not isinstance(document.get("context", {}), dict):
        raise ValueError("its context is no object")
    for failure in document.get("failures", []):
        require_failure(failure)
    require_entries(entries)


def require_failure(failure: Json) -> None:
    """Raises KeyError, TypeError or ValueError unless it has a name, a kind, a reason and a cause, if any."""
    if not all(isinstance(failure[key], str) for key in ("name", "kind", "reason")):
        raise ValueError("a failure without name, kind and reason")
    if not isinstance(failure.get("cause", {}), dict):
        raise ValueError("the cause of a failure is no object")


def require_entries(entries: list[Json]) -> None:
    """Raises KeyError, TypeError or ValueError unless each has a name, a time above 0, CPU time, and their
    unit."""
    if not isinstance(entries, list):
        raise TypeError("its entries are no list")
    for entry in entries:
        for key in {"real_time", "cpu_time"} | (_NUMBERS & entry.keys()):
            if type(entry[key]) not in (int, float):
                raise TypeError(f"its {key} is no number")
        real, cpu = float(entry["real_time"]), float(entry["cpu_time"])
        known = isinstance(entry["name"], str) and entry["time_unit"] in SECONDS
        if not (known and 0 < real < math.inf and 0 <= cpu < math.inf):
            raise ValueError(f"a real_time of {real} {entry['time_unit']}")
