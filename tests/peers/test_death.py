"""Workers that die, servers that are gone, and Ctrl-C: a reason in time, and nothing left over."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.peers import registry, workload
from benchmarks.peers.workloads import http
from tests.conftest import ROOT
from tests.peers.conftest import Squares, case_of, cell, command, measured, only_failure

EXECUTORS = registry.executor_names()
APART = [name for name in EXECUTORS if registry.executor(name).kind == "processes"]
PATIENCE = 60.0  # seconds, far beyond need


class Dies(Squares):
    def run(self, task: int) -> Any:
        if task == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return task * task


class DiesLater(Squares):
    """In a timed batch, when the receipt is long given."""

    def run(self, task: int) -> Any:
        return Dies.run(self, task)  # type: ignore[arg-type]

    def digest(self, task: int) -> Any:
        return task * task


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    assert multiprocessing.active_children() == []
    assert children(os.getpid()) == []


def children(process: int) -> list[int]:
    """Living processes whose parent is this one."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == process and state not in "ZX":
            found.append(int(path.parent.name))
    return found


@pytest.mark.parametrize("executor", APART)
@pytest.mark.parametrize(("dies", "kind"), [(Dies, "receipt"), (DiesLater, "run")])
def test_a_worker_process_that_is_killed_is_a_failure(
    executor: str, dies: type[workload.Workload], kind: str
) -> None:
    start = time.monotonic()
    report = measured(cell(dies, executor))
    found, reason = only_failure(report)
    assert found == kind and "killed by SIGKILL" in reason, reason
    cause = report.failures[0]["cause"]
    assert cause["signal"] == signal.SIGKILL and cause["worker"] > 0
    assert cause.get("task") == (3 if executor == "py_process" else None)
    assert time.monotonic() - start < PATIENCE


@pytest.mark.parametrize("executor", [name for name in EXECUTORS if name not in APART])
def test_where_workers_are_threads_it_is_the_processs_end(executor: str) -> None:
    code = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
from tests.peers.conftest import cell, measured
from tests.peers.test_death import Dies
measured(cell(Dies, {executor!r}))"""
    ended = subprocess.run([sys.executable, "-c", code], timeout=PATIENCE)
    assert ended.returncode == -signal.SIGKILL


class Deserted(http.Peer):
    """The server is gone before the first fetch, and no independent count fails first."""

    def __init__(self, case: workload.Case) -> None:
        super().__init__(case)
        self._server.close()

    def completed(self) -> Any:
        return None


class Leaving(Deserted):
    """The server leaves after the receipt, connections being open."""

    def __init__(self, case: workload.Case) -> None:
        http.Peer.__init__(self, case)

    def wrong_digests(self, digests: Any) -> Any:
        self._server.close()
        return super().wrong_digests(digests)


def http_case() -> workload.Case:
    flags = ("--set=http.requests=6", "--set=http.latency=0ms", "--set=http.size=1KiB")
    return case_of("http", *flags)


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize(("peer", "kind"), [(Deserted, "receipt"), (Leaving, "run")])
def test_a_server_that_is_gone_is_a_failure(executor: str, peer: type[http.Peer], kind: str) -> None:
    report = measured(cell(peer, executor, of=http_case()))
    found, reason = only_failure(report)
    assert found == kind and "http://127.0.0.1:" in reason and "/image/" in reason
    if peer is Deserted:
        assert report.failures[0]["cause"] == {"errno": errno.ECONNREFUSED}


def test_a_server_that_is_not_built_is_named(tmp_path: Path) -> None:
    asked = replace(http_case(), programs=tmp_path)
    kind, reason = only_failure(measured(cell(http.Peer, "py_serial", of=asked)))
    assert kind == "build" and "fanout-server is missing; build the target" in reason


def test_a_damaged_body_is_found_in_the_timed_batches_too() -> None:
    class Damaged(http.Peer):
        def run(self, task: int) -> Any:
            length, crc = super().run(task)
            return length, crc ^ (task == 2)

    kind, reason = only_failure(measured(cell(Damaged, "py_thread_pool", of=http_case())))
    assert kind == "run" and "in the last timed batch: task 2 gave" in reason


def test_a_wrong_body_is_found_by_its_true_digest() -> None:
    case = http_case()
    wrong = replace(case, expected=[case.expected[0] ^ 1, *case.expected[1:]])
    kind, reason = only_failure(measured(cell(http.Peer, "py_serial", of=wrong)))
    assert kind == "receipt" and reason.startswith("task 0 gave the digest")


def start(executor: str, out: Path) -> subprocess.Popen[str]:
    """A cell that ends, and one that lasts."""
    return subprocess.Popen(
        command(
            "--workloads=sleep",
            f"--executors={executor}",
            "--workers=2",
            "--set=sleep.duration=1ms,500ms",
            "--set=sleep.tasks=8",
            "--benchmark_repetitions=3",
            "--benchmark_min_time=0.0001",
            f"--benchmark_out={out}",
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def await_second_cell(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    for number, line in enumerate(process.stdout):
        assert "duration:1ms" in line
        if number == 2:
            break
    time.sleep(0.3)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("executor", EXECUTORS)
def test_an_interrupt_keeps_what_is_done(executor: str, number: signal.Signals, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    with start(executor, out) as process:
        await_second_cell(process)
        workers = children(process.pid)
        assert len(workers) >= 1 or executor not in APART
        for each in (process.pid, *workers):  # as a terminal does
            with suppress(ProcessLookupError):  # one a task, it may have ended
                os.kill(each, number)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    document = json.loads(out.read_text())
    assert document["context"]["interrupted"] is True
    assert {entry["name"].rpartition(":")[2] for entry in document["benchmarks"]} == {"1ms"}
    assert [failure["kind"] for failure in document["failures"]] == ["interrupted"]
    assert len(document["cells"]) == 2
    assert list(tmp_path.iterdir()) == [out]
    assert_gone(workers)


@pytest.mark.parametrize("executor", APART)
def test_workers_do_not_outlive_a_parent_that_is_killed(executor: str, tmp_path: Path) -> None:
    with start(executor, tmp_path / "out.json") as process:
        await_second_cell(process)
        workers = children(process.pid)
        assert workers
        process.kill()
        process.communicate(timeout=PATIENCE)
    assert_gone(workers)


def assert_gone(workers: list[int]) -> None:
    deadline = time.monotonic() + PATIENCE
    while living := [pid for pid in workers if runs(pid)]:
        assert time.monotonic() < deadline, f"{living} live on"
        time.sleep(0.01)


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
