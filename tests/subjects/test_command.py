"""A command as a subject: a sample of it, and every way in which it is none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from scripts.machine import leftovers
from scripts.measuring import process
from scripts.measuring.subject import Conditions
from scripts.subjects import output
from tests.scripts.conftest import _runs
from tests.subjects.commands import Measured, script


def test_a_sample_is_a_document_of_one_entry() -> None:
    measured = Measured("--workers=1", "--", "sh", "-c", "sleep 0.{workers}")
    outcome = measured()
    (entry,) = outcome.entries("command/sh -c sleep 0.{workers}/workers:1")
    assert outcome.kind == "" and entry["real_time"] > 0.1e9 > entry["cpu_time"] > 0
    assert (entry["time_unit"], entry["workers"]) == ("ns", 1) and entry["max_rss"] > 100_000
    assert outcome.disturbance["seconds"] > 0.1
    json.dumps(outcome.document, allow_nan=False)


def test_cpu_time_is_also_that_of_its_children() -> None:
    measured = Measured(
        "--command", "sh -c 'sh -c \"i=0; while [ \\$i -lt 100000 ]; do i=\\$((i+1)); done\"'"
    )
    (entry,) = measured().entries()
    assert entry["cpu_time"] > 10e6


def test_it_has_an_environment_with_padding_and_its_variables(tmp_path: Path) -> None:
    said = tmp_path / "said"
    body = script(tmp_path / "app", f'echo "$N $M ${{#FANOUT_PADDING}}" >>{said}')
    assert Measured("--ignore-output", "--workers=3", "--", "N={workers}", "M=a b", body)().kind == ""
    assert said.read_text() == "3 a b 10\n"


@pytest.mark.parametrize(
    ("body", "kind", "cause", "reason"),
    [
        ("echo first >&2; echo last >&2; exit 3", "crash", {"status": 3}, "exit status 3: last"),
        ("kill -SEGV $$", "crash", {"signal": 11}, "killed by SIGSEGV"),
        ("kill -9 $PPID", "crash", {"signal": 9}, "what times it was ended"),
    ],
)
def test_a_command_that_fails(
    tmp_path: Path, body: str, kind: str, cause: dict[str, int], reason: str
) -> None:
    outcome = Measured("--", script(tmp_path / "app", body))()
    assert (outcome.kind, outcome.cause, outcome.reason) == (kind, cause, reason)
    assert outcome.entries() == [] and outcome.disturbance["seconds"] > 0


def test_a_status_can_be_ignored_and_a_signal_cannot() -> None:
    assert Measured("--ignore-failure", "--", "false")().kind == ""
    assert Measured("--ignore-failure", "--", "sh", "-c", "kill -9 $$")().cause == {"signal": 9}


def test_one_that_hangs_is_ended_with_all_of_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    body = script(tmp_path / "app", f"sleep 600 & echo $! $$ >{pids}; echo last words >&2; wait")
    measured = Measured("--ignore-output", "--", body)
    outcome = measured(limit=3)
    assert (outcome.kind, outcome.reason) == ("timeout", "did not end within 3 s: last words")
    deadline = time.monotonic() + 60
    while any(map(_runs, pids.read_text().split())):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_interruption_ends_it() -> None:
    measured = Measured("--ignore-output", "--", "sleep", "600")
    wake, interrupt = os.pipe()
    os.write(interrupt, b"!")
    assert measured(wake=wake).kind == "interrupted"
    os.close(wake)
    os.close(interrupt)


def test_no_child_is_left_in_the_background(tmp_path: Path) -> None:
    """Neither in its group nor in a session of its own; and its sample stands."""
    pids = tmp_path / "pids"
    body = f"sleep 600 & echo $! >>{pids}; setsid sh -c 'echo $$ >>{pids}; exec sleep 600' &"
    wait = f"while [ $(wc -l <{pids}) -lt 2 ]; do sleep 0.01; done"
    assert Measured("--ignore-output", "--", script(tmp_path / "app", f"{body}\n{wait}"))().kind == ""
    assert len(pids.read_text().split()) == 2 and not any(map(_runs, pids.read_text().split()))


def test_much_on_standard_error_is_no_hindrance() -> None:
    text = "head -c 3000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo the end >&2; exit 1"
    outcome = Measured("--", "sh", "-c", text)()
    assert outcome.reason == "exit status 1: the end"


def test_an_endless_output_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "LARGEST", 1 << 20)
    outcome = Measured("--", "yes")()
    assert outcome.cause == {"signal": signal.SIGXFSZ} and "--ignore-output" in outcome.reason


def test_memory_that_the_kernel_refuses_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = Measured("--ignore-output", "--", "true")

    def refuse(*_: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(process, "run", refuse)
    outcome = measured()
    assert (outcome.kind, outcome.cause) == ("memory", {"errno": 12})


def test_a_program_that_goes_away_is_a_failure(tmp_path: Path) -> None:
    app = tmp_path / "app"
    measured = Measured("--", script(app, "true"))
    assert measured().kind == ""
    app.write_text("no program")
    assert measured().reason == "cannot be executed: Exec format error"
    app.unlink()
    assert measured().cause == {"errno": 2}


def test_a_process_on_other_cpus_is_refused() -> None:
    measured = Measured("--", "true")
    cpu = min(os.sched_getaffinity(0))
    how = Conditions(60.0, cpus=(cpu,))
    assert measured.subject.sample(measured.plan.cells[0], how).kind == ""
    wrong = Conditions(60.0, cpus=(cpu, 8191))
    outcome = measured.subject.sample(measured.plan.cells[0], wrong)
    assert outcome.kind == "placement" and "started on CPUs" in outcome.reason


def test_standard_input_is_read_anew_by_each_run(tmp_path: Path) -> None:
    words = tmp_path / "some words"
    words.write_text("b\na\n")
    measured = Measured(f"--stdin={words}", "--check", "grep -q '^a$' {output}", "--", "sort")
    assert measured().kind == "" and measured().kind == ""
    empty = Measured("--check", "test ! -s {output}", "--", "cat")
    assert empty().kind == "", "without a file there is nothing to read"


def test_input_that_goes_away_is_a_failure(tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("a")
    measured = Measured(f"--stdin={words}", "--", "cat")
    words.unlink()
    outcome = measured()
    assert (outcome.kind, outcome.cause) == ("crash", {"errno": 2}) and str(words) in outcome.reason


def test_no_descriptor_and_no_directory_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    measured = Measured("--check", "true {output}", "--prepare", "true", "--", "echo", "x")
    measured()
    before = os.listdir("/proc/self/fd")
    measured()
    assert os.listdir("/proc/self/fd") == before and not list(tmp_path.iterdir())


def test_a_runner_that_is_killed_takes_its_command_along(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    body = script(tmp_path / "app", f"echo $$ >{pid}; exec sleep 600")
    code = f"from tests.subjects.commands import Measured; Measured('--', {body!r})"
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(["/usr/bin/python3", "-c", code], env={**os.environ, "PYTHONPATH": root}) as runner:
        deadline = time.monotonic() + 60
        while not pid.exists() or not pid.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        runner.kill()
    while _runs(pid.read_text().strip()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    leftovers.remove()
