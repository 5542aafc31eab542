#!/usr/bin/python3 -S
"""A fanout-bench whose executors add a known time to each task of `spin`: the fake one, with sizes of tasks."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.scripts import fake_bench, fake_cells

COSTS = {"serial": 0.0, "pool": 1.0, "std_thread": 10.0}  # nanoseconds
UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}


def number(text: str) -> float | str:
    match = re.fullmatch(r"([0-9.]+)(ns|us|ms|s)?", text)
    return float(match[1]) * UNITS[match[2] or "s"] if match else text


def amended(text: str) -> str:
    document = json.loads(text)
    (cell,) = document["cells"]
    tasks, workers = cell["roles"]["tasks"], cell["workers"]
    each = cell["roles"]["duration"] * 1e9 + COSTS.get(cell["executor"], 0.0)
    for entry in document["benchmarks"]:
        entry |= {"tasks": tasks, "real_time": tasks * each / min(workers, 2), "time_unit": "ns"}
    return json.dumps(document)


if __name__ == "__main__":
    parameters = {"tasks": "250", "duration": "10us", "rate": "0"}
    fake_cells.WORKLOADS["spin"] = {"waits": False, "parameters": parameters}
    fake_cells.EXECUTORS.append("std_thread")
    fake_cells.number = number
    fake_bench.amended = amended
    sys.exit(fake_bench.main())
