"""The observer `calls`: what workers are blocked in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import Run

SLEEP = ("--workloads=sleep", "--set=sleep.tasks=20", "--set=sleep.duration=5ms")


def observed(bench: Run, *which: str) -> dict[str, Any]:
    """The evidence of one cell; skipped where the kernel does not let us look."""
    asked = (*which, "--observe=calls", "--benchmark_format=json", "--benchmark_min_time=0.2")
    document = json.loads(bench(*asked).stdout)
    assert document["benchmarks"] == [] and document["failures"] == []
    (found,) = document["evidence"]
    evidence: dict[str, Any] = found
    if evidence["unreadable"]:
        assert evidence["reason"].startswith("/proc/PID/task/TID/syscall: ")
        pytest.skip(evidence["reason"])
    total = sum(evidence["blocked"].values()) + evidence["running"]
    assert evidence["looks"] == total and evidence["reason"] == ""
    assert list(evidence["blocked"].values()) == sorted(evidence["blocked"].values(), reverse=True)
    assert 0.001 <= evidence["interval"] < 0.1
    return evidence


@pytest.mark.parametrize("executor", ["pool", "std_thread", "fork_pool", "fork_each"])
def test_sleepers_sleep(bench: Run, executor: str) -> None:
    seen = observed(bench, *SLEEP, f"--executors={executor}", "--workers=2")
    assert seen["looks"] >= 10 and seen["blocked"]["clock_nanosleep"] > seen["looks"] / 2


@pytest.mark.parametrize("executor", ["serial", "fork_pool"])
def test_only_workers_are_looked_at(bench: Run, executor: str) -> None:
    """Neither the thread that looks nor the process that waits for its workers."""
    seen = observed(bench, *SLEEP, f"--executors={executor}", "--workers=1")
    assert seen["looks"] <= seen["seconds"] / seen["interval"] + 1, "one worker a round"
    assert "poll" not in seen["blocked"] and "ppoll" not in seen["blocked"]


def test_a_lock_is_a_futex(bench: Run) -> None:
    lock = ("--workloads=lock", "--set=lock.kind=mutex", "--set=lock.inside=100", "--set=lock.work=20000")
    seen = observed(bench, *lock, "--set=lock.tasks=50", "--executors=pool", "--workers=4")
    assert seen["blocked"]["futex"] > 0 and seen["running"] > 0


def test_coroutines_wait_in_their_event_loop(bench: Run) -> None:
    seen = observed(bench, *SLEEP, "--executors=coroutines", "--workers=1")
    loops = sum(seen["blocked"].get(name, 0) for name in ("epoll_wait", "epoll_pwait", "futex"))
    assert loops > seen["looks"] / 2 and "clock_nanosleep" not in seen["blocked"]
