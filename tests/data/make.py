"""Writes the checked-in sample results, two_cpus.json and rebuilt.json: a model of a 2-CPU machine, seeded.

    /usr/bin/python3 tests/data/make.py

The model is simple enough to know the answers: a batch takes its tasks' time over the CPUs that the workers really
have (over the workers, where tasks wait), a cost a task, and a cost a batch.
"""

from __future__ import annotations

import json
import math
import random
import sys
import zlib
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.cells import cell_of  # noqa: E402

CPUS = 2
ROUNDS = 5
TASK_COST = {  # seconds a task
    "serial": 0.0,
    "pool": 7e-9,
    "std_thread": 3.6e-5,
    "std_async": 4.1e-5,
    "tbb": 3e-9,
    "tbb_grain1": 5.2e-8,
    "tbb_tasks": 1.6e-7,
    "openmp_static": 2e-9,
    "openmp_dynamic": 4e-8,
    "openmp_tasks": 2e-7,
    "fork_each": 1.8e-4,
    "fork_pool": 3.6e-8,
}
UNEVEN = {"openmp_static": 1.25, "tbb": 1.04}  # what one range a worker loses on uneven tasks
CASES = {  # workload: (parameters, tasks, seconds a task, waits, uneven)
    "sleep": ("tasks:16/duration:5ms", 16, 5e-3, True, False),
    "http": ("requests:26/latency:20ms/size:64KiB", 26, 2.05e-2, True, False),
    "math": ("kernel:primes/tasks:256/size:2000", 256, 2.4e-5, False, False),
    "search": ("algorithm:nqueens/tasks:90/size:9", 90, 1.5e-5, False, True),
    "overhead": ("tasks:10000", 10_000, 1.2e-9, False, False),
    "spin": ("tasks:1000/duration:10us", 1000, 1e-5, False, False),
}
FAILED = {  # (workload, executor, workers): (kind, reason)
    ("math", "openmp_tasks", 4): ("crash", "killed by SIGSEGV in round 3, `tasks` | 17..32"),
    ("http", "std_async", 64): (
        "run",
        "http://127.0.0.1:8080/<script>alert(1)</script>: cost $x^2$\nrefused",
    ),
    ("search", "fork_each", 1): ("timeout", "no result after 60 s"),
    ("search", "fork_each", 2): ("timeout", "no result after 60 s"),
    ("search", "fork_each", 4): ("timeout", "no result after 60 s"),
    ("sleep", "a|b<script>$x$`_", 4): ("unavailable", "library $y_1$ not found | \x1b[31mred\x1b[0m"),
}
IMPOSSIBLE = ("spin", "tbb_tasks", 2)  # skips most of its work, as a receipt would have noticed


def batch(workload: str, executor: str, workers: int) -> tuple[float, float]:
    """Real and CPU seconds of one batch, without noise."""
    _, tasks, task, waits, uneven = CASES[workload]
    cost = TASK_COST[executor] * (1 + 0.15 * max(0, workers - CPUS))
    if waits:
        real = math.ceil(tasks / workers) * task + tasks * cost / min(workers, CPUS)
        return real, tasks * (cost + 4e-6)
    share = tasks * task / min(workers, CPUS) * (UNEVEN.get(executor, 1.0) if uneven and workers > 1 else 1.0)
    real = share + tasks * cost / min(workers, CPUS) + (3e-6 if workers > CPUS else 2e-7)
    return real, tasks * (task + cost)


def sample(
    workload: str, executor: str, workers: int, number: int, order: int, slower: float
) -> dict[str, Any]:
    name = f"{workload}/{executor}/workers:{workers}/{CASES[workload][0]}"
    machine = random.Random(f"{workload} {number}").lognormvariate(
        0, 0.02
    )  # shared by the round: pairing removes it
    noise = machine * random.Random(f"{name} {number} {slower}").lognormvariate(0, 0.012) * slower
    real, cpu = (noise * seconds for seconds in batch(workload, executor, workers))
    real *= 0.2 if (workload, executor, workers) == IMPOSSIBLE else 1.0
    unit, size = ("ms", 1e-3) if CASES[workload][3] else ("us", 1e-6)
    return {
        "name": name,
        "run_name": name,
        "run_type": "iteration",
        "repetitions": ROUNDS,
        "repetition_index": number,
        "threads": 1,
        "iterations": 1 + zlib.crc32(name.encode()) % 50,
        "real_time": float(f"{real / size:.6g}"),
        "cpu_time": float(f"{cpu / size:.6g}"),
        "time_unit": unit,
        "workers": float(workers),  # a counter of Google Benchmark: floating point
        "tasks": float(CASES[workload][1]),
        "open_time": 4e-5 * workers,
        "close_time": 2e-5 * workers,
        "order": order,
    }


def results(workloads: list[str], commit: str, slower: dict[str, float]) -> dict[str, Any]:
    cells = [
        (workload, executor, workers)
        for workload in workloads
        for executor in TASK_COST
        for workers in ([1] if executor == "serial" else [1, 4, 16, 64] if CASES[workload][3] else [1, 2, 4])
    ]
    timed = [cell for cell in cells if cell not in FAILED]
    names = [f"{w}/{e}/workers:{k}/{CASES[w][0]}" for w, e, k in cells]
    names += [f"{w}/{e}/workers:{k}/{CASES[w][0]}" for w, e, k in FAILED if w in workloads]
    return {
        "schema": 2,
        "context": {
            "date": "2025-01-31T12:00:00+00:00",
            "num_cpus": 2,
            "library_build_type": "release",
            "seed": 1,
            "effective_cpus": float(CPUS),
            "cpu_model": "Model of 2 CPUs",
            "compiler": "GNU 12.2.0",
            "flags": "-O3 -DNDEBUG",
            "build_type": "Release",
            "commit": commit,
            "command": ["scripts/fanout", "run", "--workers=1,2,max"],
            "rounds": ROUNDS,
            "order_seed": 1,
            "started": "2025-01-31T12:00:00Z",
            "wall_seconds": 161.2,
            "interrupted": False,
        },
        "benchmarks": [
            sample(*cell, number, order, slower.get(cell[1], 1.0))
            for number in range(ROUNDS)
            for order, cell in enumerate(timed)
        ],
        "failures": [
            {
                "name": f"{workload}/{executor}/workers:{workers}/{CASES[workload][0]}",
                "kind": kind,
                "cause": {},
                "reason": reason,
            }
            for (workload, executor, workers), (kind, reason) in FAILED.items()
            if workload in workloads
        ],
        "cells": [cell_of(name) for name in dict.fromkeys(names)],
        "evidence": [],
    }


def write(path: Path, document: dict[str, Any]) -> None:
    """JSON with one entry a line, so that a change of the model reads well as a difference."""
    rows = ",\n".join(json.dumps(entry) for entry in document["benchmarks"])
    cells = ",\n".join(json.dumps(entry) for entry in document["cells"])
    head = f'{{"schema": 2, "context": {json.dumps(document["context"], indent=1)},\n"benchmarks": [\n{rows}\n],\n'
    failures = json.dumps(document["failures"], indent=1)
    path.write_text(
        head + f'"cells": [\n{cells}\n],\n"failures": {failures},\n"evidence": []}}\n', encoding="utf-8"
    )


if __name__ == "__main__":
    here = Path(__file__).parent
    write(here / "two_cpus.json", results(list(CASES), "abc1234", {}))
    write(here / "rebuilt.json", results(["http", "math"], "def5678", {"tbb": 1.3, "fork_pool": 0.8}))
