"""A worker process that is killed from outside takes its cell's number with it, whenever that happens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import BUILD

PATIENCE = 60.0  # seconds, far beyond need


def children(process: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def bench(executor: str, workers: int, *more: str) -> subprocess.Popen[str]:
    command = [str(BUILD / "fanout-bench"), f"--executors={executor}", f"--workers={workers}", *more]
    return subprocess.Popen([*command, "--benchmark_format=json"], stdout=subprocess.PIPE, text=True)


def only_death(process: subprocess.Popen[str]) -> dict[str, int]:
    """The cause of the one failure, which has no result beside it."""
    document = json.loads(process.communicate(timeout=PATIENCE)[0])
    assert process.returncode == 1 and document["benchmarks"] == []
    (failure,) = document["failures"]
    assert "was killed by signal 9 (Killed)" in failure["reason"]
    return dict(failure["cause"])


@pytest.mark.parametrize("executor", ["fork_pool", "fork_pipe"])
def test_of_a_worker_that_has_nothing_to_do(executor: str) -> None:
    """One empty task for 64 workers: hardly a batch needs this one."""
    empty = ("--workloads=overhead", "--set=overhead.tasks=1", "--benchmark_min_time=1")
    with bench(executor, 64, *empty) as process:
        deadline = time.monotonic() + PATIENCE
        while len(workers := children(process.pid)) < 64:
            assert time.monotonic() < deadline
        time.sleep(0.3)
        os.kill(workers[-1], signal.SIGKILL)
        assert only_death(process).items() >= {"signal": 9, "worker": workers[-1]}.items()


def test_of_a_process_for_a_task() -> None:
    """It may end by itself before the signal comes: then the next."""
    with bench("fork_each", 2, "--workloads=sleep", "--set=sleep.duration=200ms") as process:
        killed = set()
        while process.poll() is None:
            with suppress(FileNotFoundError, ProcessLookupError):
                for child in children(process.pid):
                    os.kill(child, signal.SIGKILL)
                    killed.add(child)
            time.sleep(0.01)
        assert only_death(process)["worker"] in killed
