"""The recursions and closed forms of queueing theory agree, where they are of the same queue."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scripts.analysis.load import queues

COUNT = 400_000
SERVICE = 1e-3


def arrivals(rate: float, seed: int = 1) -> Any:
    return np.cumsum(np.random.default_rng(seed).exponential(1 / rate, COUNT))


def test_by_hand() -> None:
    waits = queues.lindley([0.0, 1.0, 2.0, 10.0], [3.0, 1.0, 1.0, 1.0])
    assert waits.tolist() == [0.0, 2.0, 2.0, 0.0]
    assert queues.kiefer_wolfowitz([0.0, 1.0, 2.0, 2.5], [3.0, 3.0, 1.0, 1.0], 2).tolist() == [0, 0, 1, 1.5]


def test_one_server_is_lindleys() -> None:
    due, services = arrivals(800.0)[:5000], np.random.default_rng(2).exponential(SERVICE, 5000)
    one = queues.kiefer_wolfowitz(due, services, 1)
    assert np.allclose(one, queues.lindley(due, services), atol=1e-9)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (1, 0.7), (4, 0.7)])
def test_exponential_services_are_as_theory_has_them(servers: int, load: float) -> None:
    rate = servers * load / SERVICE
    services = np.random.default_rng(2).exponential(SERVICE, COUNT)
    times = queues.kiefer_wolfowitz(arrivals(rate), services, servers) + services
    assert times.mean() == pytest.approx(queues.mmc_mean(rate, SERVICE, servers), rel=0.03)
    theory = queues.mmc_percentile(0.99, rate, SERVICE, servers)
    assert np.quantile(times, 0.99) == pytest.approx(theory, rel=0.05)


@pytest.mark.parametrize("load", [0.5, 0.7])
def test_constant_services_are_as_theory_has_them(load: float) -> None:
    rate = load / SERVICE
    times = queues.lindley(arrivals(rate), np.full(COUNT, SERVICE)) + SERVICE
    assert times.mean() == pytest.approx(queues.md1_mean(rate, SERVICE), rel=0.02)
    assert np.quantile(times, 0.99) == pytest.approx(queues.md1_percentile(0.99, rate, SERVICE), rel=0.03)


def test_closed_forms_agree_with_each_other() -> None:
    assert queues.erlang_c(0.7, 1) == pytest.approx(0.7)
    rate = 700.0
    assert queues.mmc_mean(rate, SERVICE) == pytest.approx(1 / 300)
    assert queues.mmc_percentile(0.99, rate, SERVICE) == pytest.approx(-np.log(0.01) / 300)
    assert queues.mmc_percentile(0.99, 1000.0, SERVICE, 2) == pytest.approx(
        queues.mmc_percentile(0.99, 1000.001, SERVICE, 2), rel=1e-4
    ), "where the wait ends as fast as the service"
    assert (
        queues.md1_percentile(0.3, 500.0, SERVICE) == SERVICE
    ), "half of the requests find nobody before them"
