"""Times whose truth is known, with the noise that machines have: what the rules of judgement are tried on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Random = np.random.Generator
PULL = 0.7  # how much of a round's noise is the round before's, where noise follows itself


def arms(noise: str, scatter: float, count: int, rounds: int, random: Random) -> Any:
    """Seconds of `count` equal programs, one a row, in the same rounds; around 1. `noise` is a name in NOISES, `scatter`
    its standard deviation in logs where nothing special happens (0.01: 1 %)."""
    return NOISES[noise](np.exp(random.normal(0, scatter, (count, rounds))), scatter, random)


def _heavy(times: Any, scatter: float, random: Random) -> Any:
    """15 % of the samples are slowed 1.1 to 3 times."""
    return times * (1 + (random.random(times.shape) < 0.15) * random.uniform(0.1, 2, times.shape))


def _bimodal(times: Any, scatter: float, random: Random) -> Any:
    """40 % of the processes are 6 % slower, as an unlucky layout of memory makes them."""
    return times * (1 + 0.06 * (random.random(times.shape) < 0.4))


def _following(times: Any, scatter: float, random: Random) -> Any:
    """Each arm's noise is PULL of what it was in the round before, and new noise."""
    new = np.log(times) * np.sqrt(1 - PULL**2)
    found = np.log(times)
    for number in range(1, times.shape[1]):
        found[:, number] = PULL * found[:, number - 1] + new[:, number]
    return np.exp(found)


def _drift(times: Any, scatter: float, random: Random) -> Any:
    """What all arms share wanders by 1 % a round."""
    return times * np.exp(np.cumsum(random.normal(0, 0.01, times.shape[1])))


def _step(times: Any, scatter: float, random: Random) -> Any:
    """At some round the machine becomes 10 % slower."""
    return times * np.where(np.arange(times.shape[1]) < random.integers(times.shape[1]), 1, 1.1)


def _coarse(times: Any, scatter: float, random: Random) -> Any:
    """A clock with ticks of 2 % of what is timed."""
    return np.round(times / 0.02) * 0.02


NOISES: Mapping[str, Callable[[Any, float, Random], Any]] = {
    "log-normal": lambda times, scatter, random: times,
    "heavy tails": _heavy,
    "bimodal": _bimodal,
    "following": _following,
    "drift": _drift,
    "step": _step,
    "coarse clock": _coarse,
}
