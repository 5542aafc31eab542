#!/usr/bin/python3 -S
"""A fanout-bench without work: it speaks the binary's flags and JSON, and fails as its executors are named.

Its effective CPUs are FAKE_CPUS (default 2). In the directory FAKE_LOGS, where that is set, every sample appends its cell
to the file `samples`, and the executor "hang" its own and its child's process ids to `pids`. "hang" behaves until
FAKE_HANG_AFTER samples are there. FAKE_KERNEL is what it runs on. "wander" leaves the CPUs that it was started on.
"""

from __future__ import annotations

import json
import os
import sys

sys.path.insert(0, os.path.abspath(f"{__file__}/../../.."))

from tests.scripts import fake_cells
from tests.scripts.fake_cells import Flags, usage

TYPE_CHECKING = False  # typing's own, and pathlib, are slow to load, and this is started a thousand times
if TYPE_CHECKING:
    from typing import Any

FAILURES = {
    "receipt": ("receipt", {"task": 3}, "task 3 ran twice"),
    "absent": ("unavailable", {}, "libabsent-dev is not installed"),
    "killed": ("run", {"signal": 9, "worker": 7}, "a worker was killed by signal 9 (Killed)"),
}
LOGS = os.environ.get("FAKE_LOGS") or os.devnull


def entry(cell: dict[str, Any], repetition: int, settings: Flags) -> dict[str, Any]:
    name = cell["name"]
    rate = float(settings.get("spin.rate", "0")) or 812.4
    return {
        "name": name,
        "run_name": name,
        "run_type": "iteration",
        "repetitions": 3,
        "repetition_index": repetition,
        "threads": 1,
        "iterations": 10,
        "real_time": [2.0, 1.0, 9.0][repetition],
        "cpu_time": [20.0, 30.0, 10.0][repetition],
        "time_unit": "us",
        "workers": float(cell["workers"]),
        "tasks": 8.0,
        "open_time": 0.5 + repetition,
        "close_time": 0.25,
        **({"rate": rate} if cell["workload"] == "spin" else {}),
    }


def log(name: str, line: str) -> int:
    """Appends a line, and says how many there are."""
    if not os.path.isdir(LOGS):
        return 0
    with open(f"{LOGS}/{name}", "a+") as file:
        file.write(line + "\n")
        file.seek(0)
        return len(file.readlines())


def end_as(executor: str, samples: int) -> None:
    """Ends the process, where that is what the executor does."""
    sys.stderr.write("a first line\nthe last words\n")
    sys.stderr.flush()
    if executor == "segv":
        import resource
        import signal

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.kill(os.getpid(), signal.SIGSEGV)
    if executor.startswith("exit"):
        sys.exit(int(executor.removeprefix("exit")))
    if executor == "orphan" or (executor == "hang" and samples > int(os.environ.get("FAKE_HANG_AFTER", "0"))):
        import signal
        import subprocess
        import time

        deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(600)"
        child = subprocess.Popen([sys.executable, "-S", "-c", deaf], stdout=subprocess.PIPE)
        assert child.stdout
        child.stdout.readline()
        log("pids", f"{os.getpid()} {child.pid}")
        if executor == "hang":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(600)


def amended(text: str) -> str:
    """The document of a sample, as other fakes have it."""
    return text


def run(flags: Flags, settings: Flags, cell: dict[str, Any]) -> int:
    name, executor = cell["name"], cell["executor"]
    samples = log("samples", f"{name} {len(os.environ['FANOUT_PADDING'])} {settings.get('spin.rate', '')}")
    log("affinity", f"{name} {sorted(os.sched_getaffinity(0))}")
    end_as(executor, samples)
    if executor == "wander":
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    document: dict[str, Any] = {
        "schema": 2,
        "context": {
            "seed": int(flags["seed"]),
            "num_cpus": 2,
            "affinity": sorted(os.sched_getaffinity(0)),
            "kernel": os.environ.get("FAKE_KERNEL", "Linux 1"),
        },
        "benchmarks": [],
        "cells": [{key: value for key, value in cell.items() if key != "arguments"}],
        "failures": [],
        "evidence": [{"observer": "placement", "version": 1, "cell": name}],
    }
    if executor in FAILURES:
        kind, cause, reason = FAILURES[executor]
        document["failures"] = [{"name": name, "kind": kind, "cause": cause, "reason": reason}]
    elif executor != "silent":
        document["benchmarks"] = [entry(cell, repetition, settings) for repetition in range(3)]
        document["benchmarks"].append(entry(cell, 0, settings) | {"run_type": "aggregate", "real_time": 99.0})
    if executor == "nan":
        document["benchmarks"][0]["real_time"] = float("nan")
    text = amended(json.dumps(document))
    with open(flags["benchmark_out"], "w") as file:
        file.write(text[: len(text) // 2] if executor == "torn" else text)
    return int(executor in ("receipt", "killed"))


def main() -> int:
    words = [word for word in sys.argv[1:] if not word.startswith("--set=")]
    flags = {flag: value for flag, _, value in (word.removeprefix("--").partition("=") for word in words)}
    given = [word.removeprefix("--set=").split("=", 1) for word in sys.argv[1:] if word.startswith("--set=")]
    settings = dict(given)
    if len(settings) < len(given):
        usage("a parameter is set twice")
    if flags.get("list") == "json":
        print(json.dumps(fake_cells.catalogue()))
        return 0
    found = list(fake_cells.cells(flags, settings))
    if flags.get("dry-run") == "json":
        print(json.dumps({"schema": 2, "effective_cpus": 2.0, "cpus": [], "cells": found}))
        return 0
    assert len(found) == 1, found
    return run(flags, settings, found[0])


if __name__ == "__main__":
    sys.exit(main())
