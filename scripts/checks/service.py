"""Servers of known times, and the knee of one of them."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from scripts.analysis.load.arrivals import mix
from scripts.analysis.load.latency import Latency, latencies
from scripts.analysis.text import plural
from scripts.checks import CheckFailed
from scripts.machine import leftovers, probes
from scripts.measuring import process
from scripts.measuring.sample import run_benchmark

SERVICE = 5e-3  # seconds: waking up takes a worker some 50 us, which is to be little beside it
SHORT = 1e-3  # seconds, where a knee is looked for: that takes many requests
FEW = 100  # service times there
TASKS = 400  # service times, which come again: each is run before arrivals begin, for the receipt
LIMIT = 300.0  # seconds of a process, beside three times those of its arrivals
ROOT = Path(__file__).resolve().parents[2]


def settings(exponential: bool, service: float = SERVICE, tasks: int = TASKS) -> list[str]:
    """Of the workload."""
    times = "exponential" if exponential else "constant"
    values = {"tasks": tasks, "duration": f"{service * 1e6:g}us", "times": times}
    return [f"--set=service.{name}={value}" for name, value in values.items()]


def services(seed: int, count: int, exponential: bool) -> Any:
    """As workloads/service.cpp has them: request k is its task k modulo TASKS; exponential ones are quantiles, shuffled."""
    if not exponential:
        return np.full(count, SERVICE)
    ranks = np.argsort(np.argsort(mix(np.uint64(seed) ^ np.arange(TASKS, dtype=np.uint64))))
    quantiles = -np.log1p(-(ranks + 0.5) / TASKS)
    return SERVICE * (quantiles / quantiles.mean())[np.arange(count) % TASKS]


def measured(
    arguments: argparse.Namespace,
    wake: int,
    servers: int,
    exponential: bool,
    rate: float | None,
    seconds: float,
) -> Latency | None:
    """One process; without a rate the closed loop, of a request after the other. None where it was interrupted. Raises
    CheckFailed."""
    which = ["--workloads=service", f"--executors={arguments.executor}", f"--workers={servers}"]
    words = [*which, f"--seed={arguments.seed}", *settings(exponential, tasks=TASKS if rate else 1)]
    how = [
        "--observe=latency",
        f"--benchmark_min_time={seconds:g}",
        *([f"--rate={rate:.15g}/s"] if rate else []),
    ]
    outcome = run_benchmark(arguments.bench.resolve(), [*words, *how], LIMIT + 3 * seconds, wake=wake)
    if outcome.kind == "interrupted":
        return None
    try:
        marks = {"marks": probes.marked(outcome.disturbance)}
        found = latencies([one | marks for one in outcome.evidence])
    except ValueError as error:
        raise CheckFailed(str(error)) from error
    if not found:
        why = outcome.reason or "; ".join(str(failure["reason"]) for failure in outcome.failures)
        raise CheckFailed(f"{plural(servers, 'server')} at {rate or 0:g}/s: {why or 'no evidence'}")
    return found[0]


def recording(arguments: argparse.Namespace, wake: int) -> dict[str, float] | None:
    """What the observer costs, in ns a task: filling histograms, reading the clock, all of it. None where it was interrupted.
    Raises CheckFailed."""
    program = arguments.bench.resolve().with_name("fanout-recording")
    with tempfile.TemporaryFile() as said:
        try:
            ended = process.run([str(program)], os.environ, LIMIT, wake, stdout=said.fileno())
            said.seek(0)
            return (
                None
                if ended.how == "interrupted"
                else {key: float(ns) for key, ns in json.load(said).items()}
            )
        except (OSError, ValueError) as error:
            raise CheckFailed(f"{program} does not say what recording costs ({error})") from error


def knee(arguments: argparse.Namespace, wake: int, seed: int) -> float | None:
    """Of one server of exponential times: requests a second with p99 within ten services; no number where there was no time to
    find it. None where it was interrupted. Raises CheckFailed."""
    with leftovers.temporary_directory() as directory:
        out = Path(directory, "knee")
        program = [
            sys.executable,
            str(ROOT / "scripts/load.py"),
            "--workloads=service",
            *settings(True, SHORT),
        ]
        cell = [f"--executors={arguments.executor}", "--workers=1", f"--seed={seed}"]
        limit = [f"--slo={10e3 * SHORT:g}ms", f"--bench={arguments.bench.resolve()}", f"--output={out}"]
        ended = process.run([*program, *cell, *limit], os.environ, LIMIT, wake)
        if ended.how == "interrupted":
            return None
        try:
            (found,) = json.loads((out / "load.json").read_text())["knees"]
        except (OSError, ValueError) as error:
            raise CheckFailed(f"no knee: {ended.last_line}") from error
    return math.nan if found["rate"] is None else float(found["rate"])
