"""What a service promises."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Slo:
    """The limit: this share of the requests takes no longer than so many seconds."""

    seconds: float
    share: float = 0.99
