"""The observer `latency`, of batches and of tasks that arrive by themselves: its flags, and what it publishes."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import BUILD, Run
from tests.forked import PATIENCE

SERVICE = ("--workloads=service", "--set=service.duration=1ms", "--set=service.tasks=20")


def evidence_of(bench: Run, path: Path, *arguments: str) -> dict[str, Any]:
    result = bench("--observe=latency", "--benchmark_min_time=0.3", f"--benchmark_out={path}", *arguments)
    assert result.returncode == 0, result.stderr
    document = json.loads(path.read_text())
    assert document["benchmarks"] == [], "an observed process publishes no time"
    found: dict[str, Any] = document["evidence"][0]
    for name in ("lateness", "queueing", "service", "latency"):
        histogram = found[name]
        if histogram is None:
            continue
        assert sum(count for _, _, count in histogram["bins"]) == histogram["count"]
        lows = [low for low, _, _ in histogram["bins"]]
        assert lows == sorted(lows)
        for low, high, _ in histogram["bins"]:
            assert high - low <= max(1.01e-9, low / 100)
        assert histogram["min"] <= histogram["mean"] <= histogram["max"]
        assert lows[0] <= histogram["min"] and histogram["max"] <= histogram["bins"][-1][1]
    return found


@pytest.mark.parametrize("executor", ["pool", "coroutines", "asio_pool", "fork_pool", "std_thread"])
def test_arrivals(bench: Run, tmp_path: Path, executor: str) -> None:
    flags = (*SERVICE, f"--executors={executor}", "--workers=2", "--rate=200/s", "--seed=5")
    found = evidence_of(bench, tmp_path / "out.json", *flags)
    assert found["observer"] == "latency" and found["loop"] == "open"
    assert (found["rate"], found["arrivals"], found["seed"], found["workers"]) == (200, "poisson", 5, 2)
    assert 30 <= found["offered"] <= 90 and found["done"] == found["offered"] == found["latency"]["count"]
    assert found["queue"] == {**found["queue"], "capacity": None, "blocked": 0}
    assert found["service"]["min"] >= 0.001
    assert found["latency"]["mean"] == pytest.approx(found["queueing"]["mean"] + found["service"]["mean"])
    assert found["throughput"] * found["seconds"] == pytest.approx(found["done"])


def test_constant_arrivals_and_a_queue(bench: Run, tmp_path: Path) -> None:
    flags = (*SERVICE, "--executors=pool", "--workers=1", "--rate=4000/s", "--arrivals=constant")
    found = evidence_of(bench, tmp_path / "out.json", *flags, "--queue=3", "--overflow=drop")
    assert found["offered"] == 1200 and found["dropped"] > 100 and found["queue"]["most"] <= 3
    assert found["done"] + found["dropped"] == 1200


def test_batches(bench: Run, tmp_path: Path) -> None:
    found = evidence_of(bench, tmp_path / "out.json", *SERVICE, "--executors=openmp_static", "--workers=2")
    assert found["loop"] == "closed" and found["rate"] is None and found["lateness"] is None
    assert found["done"] == 20 * found["batches"] == found["service"]["count"]
    assert found["queueing"]["max"] >= 0.008, "the last task of a batch waits for nine others"


def test_executors_without_the_door_are_unavailable(bench: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    result = bench(
        *SERVICE,
        "--executors=openmp_static,serial",
        "--workers=2",
        "--observe=latency",
        "--rate=10",
        f"--benchmark_out={out}",
        "--benchmark_min_time=0.2",
    )
    assert result.returncode == 0
    failures = json.loads(out.read_text())["failures"]
    assert [failure["kind"] for failure in failures] == ["unavailable"] * 2
    assert "those that do: asio_pool, coroutines," in failures[0]["reason"]


def test_list_says_who_has_the_door(bench: Run) -> None:
    listed = {
        entry["name"]: entry["submits"] for entry in json.loads(bench("--list=json").stdout)["executors"]
    }
    assert listed["pool"] and listed["coroutines"] and not listed["openmp_static"] and not listed["serial"]
    assert bench("--list").stdout.count("takes tasks as they arrive") == sum(listed.values())


OBSERVED = ("--workloads=sleep", "--executors=pool", "--observe=latency")


@pytest.mark.parametrize(
    "flags, said",
    [
        ((*OBSERVED, "--rate=much"), "--rate=much: accepted: arrivals a second"),
        ((*OBSERVED, "--rate=-5/s"), "--rate=-5/s: accepted"),
        ((*OBSERVED, "--rate=1/s", "--benchmark_min_time=0.5"), "less than one arrival in 0.5 s"),
        (
            (*OBSERVED, "--rate=1e9/s", "--benchmark_min_time=100"),
            "more arrivals than this machine's memory holds",
        ),
        ((*OBSERVED, "--rate=9/s", "--queue=0"), "--queue=0: accepted: a number of tasks from 1 on, or none"),
        ((*OBSERVED, "--rate=9/s", "--overflow=drop"), "--overflow: only with --queue=N"),
        ((*OBSERVED, "--rate=9/s", "--overflow=wait"), "--overflow"),
        ((*OBSERVED, "--rate=9/s", "--arrivals=bursts"), "--arrivals"),
        ((*OBSERVED, "--rate=9/s", "--lifecycle=cold"), "--rate: only with --lifecycle=warm"),
        ((*OBSERVED, "--queue=9"), "--queue: only with --rate"),
        (("--workloads=sleep", "--rate=9/s"), "--rate: only with --observe=latency"),
        (("--workloads=sleep", "--rate=9/s", "--observe=states"), "--rate: only with --observe=latency"),
    ],
)
def test_refused(bench: Run, flags: tuple[str, ...], said: str) -> None:
    result = bench(*flags)
    assert result.returncode == 2 and said in result.stderr and result.stderr.count("\n") == 1


def test_an_interrupt_ends_the_window(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    command = [str(BUILD / "fanout-bench"), *SERVICE, "--executors=pool", "--workers=1", "--observe=latency"]
    command += ["--rate=5000/s", "--benchmark_min_time=60", f"--benchmark_out={out}"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + PATIENCE
        while (
            len(list(Path(f"/proc/{process.pid}/task").iterdir())) < 2
        ):  # the worker is there, signals are caught
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.01)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
    assert json.loads(out.read_text())["failures"][0]["kind"] == "interrupted"


def test_what_counts_by_itself_agrees(bench: Run, tmp_path: Path) -> None:
    """The queue's items are counted by batches: the rest of the last one is completed."""
    flags = (
        "--workloads=queue",
        "--set=queue.kind=fifo",
        "--set=queue.tasks=37",
        "--executors=pool",
        "--workers=2",
    )
    found = evidence_of(bench, tmp_path / "out.json", *flags, "--rate=1000/s")
    assert found["done"] == found["offered"] and found["done"] % 37
