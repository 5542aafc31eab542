"""What queueing theory says of first come, first served: recursions over given arrivals, and closed forms. Times in seconds;
arrivals and services are sequences or arrays of them."""

from __future__ import annotations

import heapq
import math
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
from scipy.optimize import brentq


def lindley(arrivals: Any, services: Any) -> Any:
    """How long each request waits before one server: W' = max(0, W + S - A), with A until the next one comes.

    Source: D. V. Lindley, The theory of queues with a single server, Proc. Cambridge Philosophical Society 48 (1952).
    """
    steps = np.append(0.0, np.asarray(services)[:-1] - np.diff(arrivals))
    walk = np.cumsum(steps)
    return walk - np.minimum.accumulate(walk)


def kiefer_wolfowitz(arrivals: Any, services: Any, servers: int) -> Any:
    """The same before several servers: each request goes to the one that is free first.

    Source: J. Kiefer, J. Wolfowitz, On the theory of queues with many servers, Trans. American Mathematical Society 78
    (1955), whose vector of workloads is here that of the times at which servers become free.
    """
    free = [-math.inf] * servers
    waits = np.empty(len(arrivals))
    for number, (arrival, service) in enumerate(zip(arrivals, services)):
        begin = max(arrival, free[0])
        heapq.heapreplace(free, begin + service)
        waits[number] = begin - arrival
    return waits


def erlang_c(load: float, servers: int) -> float:
    """The share of requests that wait, in M/M/c; `load` is rate x mean service.

    Source: L. Kleinrock, Queueing Systems I (1975), section 3.5, by the recursion of Erlang B.
    """
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return servers * blocked / (servers - load * (1 - blocked))


def mmc_mean(rate: float, service: float, servers: int = 1) -> float:
    """The mean latency of M/M/c, service included. Source: Kleinrock, section 3.5."""
    return erlang_c(rate * service, servers) / (servers / service - rate) + service


def mmc_percentile(share: float, rate: float, service: float, servers: int = 1) -> float:
    """The latency that this share does not exceed, in M/M/c: the wait is 0 or exponential, and service comes on top."""
    wait, drain = erlang_c(rate * service, servers), servers / service - rate

    def beyond(time: float) -> float:
        own = math.exp(-time / service)
        if abs(drain * service - 1) < 1e-9:
            later = own * (1 + time / service)
        else:  # the sum of two exponentials of rates drain and 1 / service
            later = (math.exp(-drain * time) - drain * service * own) / (1 - drain * service)
        return (1 - wait) * own + wait * later - (1 - share)

    return float(brentq(beyond, 0.0, 1e3 * mmc_mean(rate, service, servers)))


def md1_mean(rate: float, service: float) -> float:
    """The mean latency of M/D/1 (Pollaczek, Khinchine), service included. Source: Kleinrock, section 5.6."""
    load = rate * service
    return service * (1 + load / (2 * (1 - load)))


def md1_percentile(share: float, rate: float, service: float) -> float:
    """The latency that this share does not exceed, in M/D/1.

    P(W <= t) = (1 - r) sum_k (-x_k)^k / k! e^(x_k) with x_k = rate (t - k service), k service <= t, whose terms cancel: in 120
    digits. Source: A. K. Erlang (1909); D. Gross et al., Fundamentals of Queueing Theory (4th edition), section 5.1.5.
    """
    with localcontext() as context:
        context.prec = 120
        r, s = Decimal(rate), Decimal(service)

        def below(time: float) -> float:
            t, total, factorial = Decimal(time), Decimal(0), Decimal(1)
            for k in range(int(t / s) + 1):
                factorial *= k or 1
                x = r * (t - k * s)
                total += (-x) ** k / factorial * x.exp() if k else x.exp()
            return float((1 - r * s) * total) - share

        if below(0.0) >= 0:
            return service
        end = service
        while below(end) < 0:
            end *= 2
        return service + float(brentq(below, 0.0, end, xtol=1e-6 * service))
