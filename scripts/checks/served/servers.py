"""Sleeping tasks as servers of known times, and the knee of one of them."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from scripts.analysis.load.arrivals import mix, uniform
from scripts.analysis.load.latency import Latency, latencies
from scripts.checks import CheckFailed
from scripts.machine import leftovers
from scripts.measuring import process
from scripts.measuring.sample import run_benchmark

SERVICE = 2e-3  # seconds
SAMPLE = 2000  # service times, which come again: each is run before arrivals begin, to check the receipt
LIMIT = 300.0  # seconds of a process
ROOT = Path(__file__).resolve().parents[3]


def settings(exponential: bool) -> list[str]:
    """Of the workload."""
    times = "exponential" if exponential else "constant"
    values = {"tasks": SAMPLE, "duration": f"{SERVICE * 1e6:g}us", "times": times, "exact": "yes"}
    return [f"--set=sleep.{name}={value}" for name, value in values.items()]


def services(seed: int, count: int, exponential: bool) -> Any:
    """As workloads/sleep.cpp draws them: request k is its task k modulo SAMPLE."""
    if not exponential:
        return np.full(count, SERVICE)
    with np.errstate(over="ignore"):
        draws = -np.log(uniform(mix(mix([seed])[0] + np.arange(SAMPLE, dtype=np.uint64))))
    return SERVICE * draws[np.arange(count) % SAMPLE]


def measured(
    arguments: argparse.Namespace,
    wake: int,
    servers: int,
    exponential: bool,
    rate: float | None,
    seconds: float,
) -> Latency | None:
    """One process; the closed loop where there is no rate. None where it was interrupted. Raises CheckFailed."""
    which = ["--workloads=sleep", f"--executors={arguments.executor}", f"--workers={servers}"]
    words = [*which, f"--seed={arguments.seed}", *settings(exponential)]
    how = [
        "--observe=latency",
        f"--benchmark_min_time={seconds:g}",
        *([f"--rate={rate:.15g}/s"] if rate else []),
    ]
    outcome = run_benchmark(arguments.bench.resolve(), [*words, *how], LIMIT, wake=wake)
    if outcome.kind == "interrupted":
        return None
    try:
        found = latencies(outcome.evidence)
    except ValueError as error:
        raise CheckFailed(str(error)) from error
    if not found:
        why = outcome.reason or "; ".join(str(failure["reason"]) for failure in outcome.failures)
        raise CheckFailed(f"{servers} servers at {rate or 0:g}/s: {why or 'no evidence'}")
    return found[0]


def knee(arguments: argparse.Namespace, wake: int, seed: int) -> float | None:
    """Of one server of exponential times: requests a second with p99 within ten services. None where it was interrupted. Raises
    CheckFailed."""
    with leftovers.temporary_directory() as directory:
        out = Path(directory, "knee")
        program = ["/usr/bin/python3", str(ROOT / "scripts/load.py"), "--workloads=sleep", *settings(True)]
        cell = [f"--executors={arguments.executor}", "--workers=1", f"--seed={seed}"]
        limit = [f"--slo={10e3 * SERVICE:g}ms", f"--bench={arguments.bench.resolve()}", f"--output={out}"]
        ended = process.run([*program, *cell, *limit], os.environ, LIMIT, wake)
        if ended.how == "interrupted":
            return None
        try:
            (found,) = json.loads((out / "load.json").read_text())["knees"]
        except (OSError, ValueError) as error:
            raise CheckFailed(f"no knee: {ended.last_line}") from error
    if found["rate"] is None:
        raise CheckFailed(f"no knee: {found['state']}")
    return float(found["rate"])
