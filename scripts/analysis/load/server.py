"""What a server of known times owes each request that comes at known times: by recursion, and by theory where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from scripts.analysis.load import queues
from scripts.analysis.load.latency import Latency

SHARE = 0.99


@dataclass(frozen=True)
class Owed:
    """Seconds: the mean latency, and its p99."""

    mean: float
    tail: float


def by_recursion(due: Any, services: Any, servers: int) -> Owed:
    """Kiefer and Wolfowitz; of one server that is Lindley's."""
    waits = queues.lindley(due, services) if servers == 1 else queues.kiefer_wolfowitz(due, services, servers)
    times = waits + services
    return Owed(float(times.mean()), float(np.quantile(times, SHARE, method="inverted_cdf")))


def by_theory(rate: float, service: float, servers: int, exponential: bool) -> Owed | None:
    """M/M/c, M/D/1; None for M/D/c."""
    if exponential:
        tail = queues.mmc_percentile(SHARE, rate, service, servers)
        return Owed(queues.mmc_mean(rate, service, servers), tail)
    if servers == 1:
        return Owed(queues.md1_mean(rate, service), queues.md1_percentile(SHARE, rate, service))
    return None


def as_served(drawn: Any, mean: float) -> Any:
    """Service times as they were drawn, and on top what the server took longer on average."""
    return np.maximum(0.0, drawn + (mean - float(np.mean(drawn))))


def seen(one: Latency) -> Owed:
    """What a process has measured."""
    tail = one.latency.percentile(SHARE)
    return Owed(one.latency.mean, float("nan") if tail is None else tail)
