"""When requests come, as the binary has it (benchmarks/open_loop/load.hpp): computed once more, from the seed."""

from __future__ import annotations

from typing import Any

import numpy as np

_BLOCK = 4096  # gaps at a time


def mix(values: Any) -> Any:
    """splitmix64's finaliser. Source: G. L. Steele et al., Fast splittable pseudorandom number generators, OOPSLA 2014."""
    with np.errstate(over="ignore"):
        x = np.asarray(values, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def uniform(values: Any) -> Any:
    """Of random 64 bits, a number between 0 and 1, and neither."""
    return ((values >> np.uint64(11)).astype(float) + 0.5) * 2.0**-53


def arrivals(rate: float, seconds: float, seed: int, poisson: bool = True) -> Any:
    """Seconds since the begin of the window, ascending."""
    if not poisson:
        return np.arange(max(1, int(np.ceil(rate * seconds)))) / rate
    start, last, found = mix([seed])[0], 0.0, []
    for first in range(0, 2**40, _BLOCK):
        with np.errstate(over="ignore"):
            numbers = start + np.arange(first, first + _BLOCK, dtype=np.uint64)
        times = last + np.cumsum(-np.log(uniform(mix(numbers))) / rate)
        found.append(times)
        last = float(times[-1])
        if last >= seconds:
            break
    every = np.concatenate(found)
    return every[: max(1, int(np.searchsorted(every, seconds)))]
