"""What a service promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Slo:
    """The limit: this share of the requests takes no longer than so many seconds."""

    seconds: float
    share: float = 0.99


def of_context(context: dict[str, Any]) -> Slo | None:
    """Of the results of a `load`; None where it had none. Raises ValueError on what is no limit."""
    found = context.get("slo") if "searched" in context else None
    try:
        return Slo(float(found["seconds"]), float(found["share"])) if found is not None else None
    except (LookupError, TypeError, ValueError):
        raise ValueError(f"its slo is {found!r:.60}, not seconds and a share") from None
