"""One fresh process: what it said, or how it failed; and nothing of it is left."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from scripts.measuring import process
from scripts.measuring.sample import Outcome, of_starved, _outcome, run_benchmark
from tests.conftest import ROOT
from tests.scripts.conftest import _runs

PYTHON = "/usr/bin/python3"


def sample(bench: Path, executor: str, limit: float = 60.0, wake: int | None = None) -> Outcome:
    arguments = ["--workloads=math", f"--executors={executor}", "--workers=2", "--seed=1"]
    return run_benchmark(bench, arguments, limit, padding=10, wake=wake)


@pytest.mark.usefixtures("temporary")
class TestOutcome:
    def test_of_a_good_process_is_its_repetitions_without_aggregates(self, bench: Path) -> None:
        outcome = sample(bench, "pool")
        assert outcome.kind == ""
        assert [
            entry["real_time"] for entry in outcome.entries("math/pool/workers:2/kernel:primes/tasks:8")
        ] == [2, 1, 9]
        assert len(outcome.entries()) == 3
        assert outcome.entries("math/pool") == []
        assert outcome.context["num_cpus"] == 2

    @pytest.mark.parametrize(
        ("executor", "reason"),
        [
            ("segv", "killed by SIGSEGV: the last words"),
            ("exit1", "exit status 1 and no results: the last words"),
            ("exit137", "exit status 137 and no results: the last words"),
            ("torn", "torn JSON"),
            ("nan", "NaN is not JSON"),
        ],
    )
    def test_of_a_broken_process_is_a_crash(self, bench: Path, executor: str, reason: str) -> None:
        outcome = sample(bench, executor)
        assert outcome.kind == "crash"
        assert reason in outcome.reason
        assert outcome.entries() == []

    def test_of_failed_cells_is_the_binarys_own_word(self, bench: Path) -> None:
        outcome = sample(bench, "receipt")
        assert outcome.kind == ""
        (failure,) = outcome.failures
        assert (failure["kind"], failure["cause"], failure["reason"]) == (
            "receipt",
            {"task": 3},
            "task 3 ran twice",
        )

    def test_of_a_binary_that_cannot_start_is_a_crash(self, tmp_path: Path) -> None:
        outcome = run_benchmark(tmp_path / "nowhere", [], 60)
        assert (outcome.kind, outcome.reason) == ("crash", "cannot be started: No such file or directory")


@pytest.mark.usefixtures("temporary")
class TestEnd:
    def test_the_time_limit_ends_the_process_and_its_children(self, bench: Path, logs: Any) -> None:
        outcome = sample(bench, "hang", limit=3)
        assert outcome.kind == "timeout"
        assert outcome.reason == "did not end within 3 s: the last words"
        assert logs.survivors() == []

    def test_what_a_process_leaves_behind_is_ended(self, bench: Path, logs: Any) -> None:
        outcome = sample(bench, "orphan")
        assert len(outcome.entries()) == 3
        assert logs.survivors() == []

    def test_an_interruption_ends_it_at_once(self, bench: Path, logs: Any) -> None:
        wake, interrupt = os.pipe()
        os.write(interrupt, b"!")
        assert sample(bench, "hang", limit=90, wake=wake).kind == "interrupted"
        os.close(wake)
        os.close(interrupt)


def test_much_said_is_read_and_its_end_kept() -> None:
    script = "import sys; sys.stderr.write('x' * 3_000_000 + '\\nlast\\n')"
    ended = process.run([PYTHON, "-c", script], os.environ, limit=60)
    assert (ended.how, ended.status, ended.last_line) == ("exit", 0, "last")
    assert len(ended.stderr) <= 8192


def test_no_descriptor_is_left_open(bench: Path) -> None:
    sample(bench, "pool")
    before = os.listdir("/proc/self/fd")
    sample(bench, "pool")
    assert os.listdir("/proc/self/fd") == before


def test_a_closed_standard_error_is_not_the_end() -> None:
    script = "import os, time; os.close(2); time.sleep(0.2); os._exit(3)"
    ended = process.run([PYTHON, "-c", script], os.environ, limit=60)
    assert (ended.how, ended.status, ended.stderr) == ("exit", 3, "")


def test_the_process_reads_nothing_and_has_its_own_session() -> None:
    script = "import os, sys; sys.exit(0 if sys.stdin.read() == '' and os.getsid(0) == os.getpid() else 1)"
    assert process.run([PYTHON, "-c", script], os.environ, limit=60).status == 0


def test_it_reads_and_writes_what_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("some words\n")
    with (tmp_path / "in").open("rb") as given, (tmp_path / "out").open("wb") as said:
        command = ["/bin/sh", "-c", "tr a-z A-Z; echo no >&2"]
        ended = process.run(command, os.environ, limit=60, stdin=given.fileno(), stdout=said.fileno())
    assert (ended.status, ended.stderr) == (0, "no\n")
    assert (tmp_path / "out").read_text() == "SOME WORDS\n"


ENTRY = {"name": "a", "run_type": "iteration", "real_time": 1.0, "cpu_time": 0.0, "time_unit": "us"}
FAILURE = {"name": "a", "kind": "run", "reason": "because"}


def of(document: object) -> Outcome:
    return _outcome(process.Ended("exit", 0, ""), json.dumps(document))


@pytest.mark.parametrize(
    "change",
    [
        {"real_time": 0},
        {"real_time": -1.0},
        {"real_time": "soon"},
        {"real_time": None},
        {"real_time": True},
        {"real_time": 10**400},
        {"tasks": "many"},
        {"cpu_time": -0.1},
        {"time_unit": "h"},
        {"name": 5},
    ],
)
def test_an_entry_without_a_time_is_no_result(change: dict[str, object]) -> None:
    assert of({"benchmarks": [ENTRY]}).kind == ""
    assert of({"benchmarks": [ENTRY | change]}).kind == "crash"


@pytest.mark.parametrize(
    "document",
    [
        {"context": []},
        {"benchmarks": 5},
        {"benchmarks": [[]]},
        {"benchmarks": [{"run_type": "iteration"}]},
        {"failures": [{"name": "a", "kind": "run"}]},
        {"failures": [FAILURE | {"reason": 3}]},
        {"failures": "none"},
    ],
)
def test_a_document_of_another_shape_is_no_result(document: object) -> None:
    assert of({"failures": [FAILURE]}).failures == [FAILURE]
    outcome = of(document)
    assert outcome.kind == "crash" and "torn JSON" in outcome.reason


@pytest.mark.parametrize(
    ("executor", "cause"), [("segv", {"signal": 11}), ("exit137", {"status": 137}), ("torn", {"status": 0})]
)
def test_a_crash_has_a_cause(bench: Path, executor: str, cause: dict[str, int]) -> None:
    assert sample(bench, executor).cause == cause


def test_a_program_that_cannot_be_run_has_an_error_number(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("")
    assert run_benchmark(tmp_path / "nowhere", [], 60).cause == {"errno": 2}
    assert run_benchmark(plain, [], 60).cause == run_benchmark(tmp_path, [], 60).cause == {"errno": 13}


class TestStarved:
    """The kernel has killed for want of memory: by the cause, whatever the words."""

    def test_a_killed_process_was(self) -> None:
        killed = Outcome(kind="crash", reason="x", cause={"signal": 9})
        assert of_starved(killed).kind == "memory" and "memory limit" in of_starved(killed).reason
        other = Outcome(kind="crash", reason="killed by SIGKILL", cause={"signal": 11})
        assert of_starved(other) is other

    def test_a_worker_of_it_was(self, bench: Path) -> None:
        (failure,) = of_starved(sample(bench, "killed")).failures
        assert failure["kind"] == "memory"
        (receipt,) = of_starved(sample(bench, "receipt")).failures
        assert receipt["kind"] == "receipt"


def test_a_process_dies_with_the_runner(tmp_path: Path) -> None:
    """Even where that is killed and can end nothing."""
    script = tmp_path / "runner.py"
    command = [
        PYTHON,
        "-S",
        "-c",
        f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)",
    ]
    script.write_text(
        f"import os\nfrom scripts.measuring import process\nprocess.run({command!r}, os.environ, 600)\n"
    )
    with subprocess.Popen([PYTHON, str(script)], env={**os.environ, "PYTHONPATH": str(ROOT)}) as runner:
        while not (tmp_path / "pid").exists() or not (pid := (tmp_path / "pid").read_text()):
            assert runner.poll() is None
            time.sleep(0.01)
        runner.kill()
    deadline = time.monotonic() + 60
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _runs(pid)


def test_what_died_before_it_had_a_group_was_started() -> None:
    """As where the terminal's Ctrl-C comes between fork and setsid."""
    child = subprocess.Popen(["true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    process._end_group(child)
    assert child.returncode == 0
