"""The observer `samples`: CPU time by stacks of functions, of threads, loops and processes."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from scripts.analysis.why.stacks import stacks
from scripts.measuring.why.symbols import resolved
from tests.conftest import BUILD

COMPUTES = ("--workloads=spin", "--set=spin.duration=2ms", "--set=spin.tasks=40")
SLEEPS = ("--workloads=sleep", "--set=sleep.duration=1us", "--set=sleep.tasks=2000")


def seen(executor: str, *more: str, work: tuple[str, ...] = COMPUTES) -> dict[str, Any]:
    words = [f"--executors={executor}", "--observe=samples", "--benchmark_format=json", *work, *more]
    words += ["--benchmark_min_time=0.6s"]
    ended = subprocess.run([BUILD / "fanout-bench", *words], capture_output=True, text=True, check=True)
    (evidence,) = json.loads(ended.stdout)["evidence"]
    return dict(evidence)


@pytest.mark.parametrize(
    "executor",
    ["serial", "pool", "openmp_static", "tbb", "std_thread", "coroutines", "fork_pool", "fork_each"],
)
def test_tasks_that_compute_have_the_cpu_time(executor: str) -> None:
    """Ticks come each 1 to 10 ms of CPU time; a busy machine leaves a worker less of it than it lasts."""
    found = seen(executor, *([] if executor == "serial" else ["--workers=2"]))
    (of,) = stacks([found]).values()
    assert found["dropped"] == 0 and of.samples == found["samples"] >= 5
    assert sum(of.tasks.values()) > of.samples / 2, dict(of.counts)


def test_coroutines_are_sampled_on_their_workers_and_no_task_is_told_from_the_rest() -> None:
    found = resolved(seen("coroutines", "--workers=2", work=SLEEPS))
    workers = [stack for stack in found["stacks"] if "main" not in stack["frames"]]
    assert sum(stack["count"] for stack in workers) >= 5 and not found["bodies"]
    assert not any(stack["in_task"] for stack in found["stacks"])
    assert seen("coroutines", "--workers=1")["bodies"], "spin is no coroutine"


def test_functions_are_named_where_symbols_are() -> None:
    found = resolved(seen("pool", "--workers=2"))
    named = [stack["frames"] for stack in found["stacks"] if stack["in_task"]]
    assert any("fanout::Sampled::run" in name for names in named for name in names), named
    assert all(name and "(" not in name for names in named for name in names)
