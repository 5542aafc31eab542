"""Evidence of the observer `latency`, for tests: from the latencies of requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.scripts.fake_loaded import histogram


def entry(
    cell: str,
    latencies: Sequence[float],
    rate: float | None = 1000.0,
    round: int = 0,
    service: float = 1e-4,
    **other: Any,
) -> dict[str, Any]:
    """Of one process; of each latency so much is service, at most all of it."""
    services = [min(service, each) for each in latencies]
    dropped = other.pop("dropped", 0)
    count = len(latencies) + dropped
    return {
        "observer": "latency",
        "version": 1,
        "cell": cell,
        "round": round,
        "marks": {},
        "seconds": 1.0,
        "rate": rate,
        "arrivals": "poisson" if rate else None,
        "offered": count,
        "done": len(latencies),
        "dropped": dropped,
        "given_up": 0,
        "missed": 0,
        "queue": {"capacity": None, "policy": "block", "blocked": 0, "blocked_seconds": 0.0},
        "throughput": rate or 1000.0,
        "behind": latencies[-1] if rate else 0.0,
        "lateness": histogram([1e-6] * count) if rate else None,
        "queueing": histogram([each - own for each, own in zip(latencies, services)]),
        "service": histogram(services),
        "latency": histogram(latencies),
        **other,
    }
