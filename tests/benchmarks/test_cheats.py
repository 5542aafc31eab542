"""Executors that do not do their work have no number: the binary itself refuses them, under every workload."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import BUILD

BINARY = BUILD / "fanout-cheats"
SHORT = {
    "disk": ["disk.tasks=8", "disk.size=4KiB"],
    "exec": ["exec.tasks=8"],
    "http": ["http.requests=8", "http.latency=1ms"],
    "lock": ["lock.tasks=50"],
    "map": ["map.tasks=50"],
    "math": ["math.tasks=16"],
    "overhead": ["overhead.tasks=50"],
    "pipeline": ["pipeline.items=12", "pipeline.size=1KiB"],
    "queue": ["queue.tasks=50"],
    "search": ["search.tasks=16", "search.size=100000"],
    "service": ["service.tasks=8", "service.duration=1ms"],
    "sleep": ["sleep.tasks=8", "sleep.duration=1ms"],
    "spin": ["spin.tasks=50", "spin.rate=500"],
    "stream": ["stream.tasks=8", "stream.size=64KiB"],
    "tree": ["tree.tasks=8", "tree.size=10"],
}

pytestmark = pytest.mark.skipif(not BINARY.exists(), reason="not built")


def listed(kind: str) -> list[str]:
    text = subprocess.run([BINARY, "--list=json"], capture_output=True, check=True).stdout
    return [entry["name"] for entry in json.loads(text)[kind]]


def results(workload: str, executors: str, *more: str) -> dict[str, Any]:
    command: list[str | Path] = [
        BINARY,
        f"--workloads={workload}",
        f"--executors={executors}",
        "--workers=2",
        *more,
    ]
    command += [f"--set={setting}" for setting in SHORT[workload]]
    command += ["--warmup=0.005", "--benchmark_min_time=0.005", "--benchmark_format=json"]
    ended = subprocess.run(command, capture_output=True, timeout=300)
    assert ended.returncode in (0, 1), ended.stderr
    return dict(json.loads(ended.stdout))


@pytest.mark.parametrize("workload", SHORT)
def test_cheats_have_no_number(workload: str) -> None:
    document = results(workload, "cheat_*")
    assert document["benchmarks"] == []
    refused = {failure["name"].split("/")[1]: failure for failure in document["failures"]}
    assert sorted(refused) == [name for name in listed("executors") if name.startswith("cheat_")]
    assert {failure["kind"] for failure in refused.values()} <= {"receipt", "run", "impossible"}, refused


def test_every_workload_is_tried() -> None:
    assert sorted(SHORT) == listed("workloads")


def test_the_same_binary_lets_honest_executors_pass() -> None:
    """Or it would refuse for another reason."""
    for workload in SHORT:
        document = results(workload, "pool,futures" if workload == "tree" else "std_thread,fork_pool")
        assert document["failures"] == [] and len(document["benchmarks"]) == 2, workload


def test_cold_cheats_have_no_number_either() -> None:
    """Each batch has workers of its own, all in their first batch: what is wrong there is wrong in the receipt's."""
    document = results("math", "cheat_threads", "--lifecycle=cold")
    assert document["benchmarks"] == [] and document["failures"][0]["kind"] == "receipt"


def test_the_law_is_in_the_reason(tmp_path: Path) -> None:
    reasons = {
        failure["name"].split("/")[1]: failure["reason"] for failure in results("math", "cheat_*")["failures"]
    }
    for name in ("copies", "adds", "poisoned", "half", "every_second", "random", "early"):
        assert "was not done exactly once in each of the first" in reasons[f"cheat_{name}"]
    assert "1 workers ran at the same time, not 2" in reasons["cheat_fewer_workers"]
    assert "in the process that called run()" in reasons["cheat_threads"]
