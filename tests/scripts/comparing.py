"""Results files as tests of comparisons write them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.cells import cell_of

ROOT = Path(__file__).resolve().parents[2]
CONTEXT: dict[str, Any] = {
    "cpu_model": "Model", "effective_cpus": 2.0, "kernel": "Linux 6.1", "compiler": "GNU 12", "flags": "-O3",
    "build_type": "Release", "seed": 1, "rounds": 10, "commit": "abc",
}  # fmt: skip
HOSTILE = "w|<script>\x1b[31m::error::$x$/pool_/workers:1/a:100%"
A, B, C = (f"math/pool/workers:{workers}/size:1" for workers in (1, 2, 4))
Write = Callable[..., str]
Compare = Callable[..., tuple[int, dict[str, Any]]]


def times(middle: float, seed: int, count: int = 10, scatter: float = 0.005) -> list[float]:
    """Microseconds."""
    scattered = random.Random(seed)
    return [middle * scattered.lognormvariate(0, scatter) for _ in range(count)]


def entry(name: str, number: int, time: float, more: Mapping[str, Any]) -> dict[str, Any]:
    workers = int(name.split("workers:")[1].split("/")[0])
    stages = {"open_time": 0.0, "close_time": 0.0, "run_time": time * 1e-6}
    return {
        "name": name, "run_type": "iteration", "repetition_index": number, "real_time": time, "cpu_time": time,
        "time_unit": "us", "workers": float(workers), "tasks": 100.0, **stages, **more,
    }  # fmt: skip


def document(
    cells: Mapping[str, Sequence[float]],
    failures: Mapping[str, tuple[str, str]] = {},
    context: Mapping[str, Any] = {},
    statistics: Mapping[str, Any] = {},
    more: Mapping[str, Any] = {},
) -> dict[str, Any]:
    """A results file of these times in microseconds; `statistics` are of cells[], `more` of every sample."""
    return {
        "context": {**CONTEXT, **context},
        "benchmarks": [
            entry(name, i, time, more) for name, all in cells.items() for i, time in enumerate(all)
        ],
        "failures": [{"name": n, "kind": kind, "reason": why} for n, (kind, why) in failures.items()],
        "schema": 2,
        "cells": [
            {**cell_of(name), **statistics.get(name, {})} for name in dict.fromkeys([*cells, *failures])
        ],
    }


def states(said: Mapping[str, Any]) -> dict[str, str]:
    return {cell["name"]: cell["state"] for cell in said["cells"]}
