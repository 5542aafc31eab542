"""fanout-time: what one command takes, however it ends; nothing of it is left, and nothing of ours is in it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import BUILD

TIME = str(BUILD / "fanout-time")
PATIENCE = 60.0  # seconds, far beyond need
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def took(path: Path, *words: str, flags: tuple[str, ...] = ()) -> dict[str, Any]:
    """What fanout-time says of a command, whose output goes to `path`.said."""
    out = path / "out.json"
    with (path / "said").open("wb") as said:
        subprocess.run(
            [TIME, f"--out={out}", *flags, "--", *words], check=True, timeout=PATIENCE, stdout=said
        )
    return dict(json.loads(out.read_text()))


def test_times_are_of_the_command(tmp_path: Path) -> None:
    spin = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"
    found = took(tmp_path, "sh", "-c", f"sleep 0.2; sh -c '{spin}'")
    assert found["status"] == 0
    cpu = found["user_time"] + found["system_time"]
    assert cpu > 20e6, "a child's time counts, once it has been waited for"
    assert found["real_time"] > 200e6 + 0.5 * cpu
    assert found["affinity"] == sorted(os.sched_getaffinity(0))


def test_memory_is_the_commands_alone(tmp_path: Path) -> None:
    """Not of who starts it: here, 64 MiB more than the command needs."""
    ballast = bytearray(os.urandom(64 << 20))
    found = took(tmp_path, "true")
    assert len(ballast) == 64 << 20
    assert 100 << 10 < found["max_rss"] < 16 << 20


def test_variables_come_first_as_in_a_shell(tmp_path: Path) -> None:
    assert took(tmp_path, "A=1 2", "B=", "sh", "-c", 'echo "$A.$B.$0"', "C=3")["status"] == 0
    assert (tmp_path / "said").read_text() == "1 2..C=3\n"


def test_the_path_may_be_one_of_them(tmp_path: Path) -> None:
    program = tmp_path / "mine"
    program.write_text("#!/bin/sh\nexit 7\n")
    program.chmod(0o755)
    assert took(tmp_path, f"PATH=/nowhere::{tmp_path}", "mine")["status"] == 7
    assert took(tmp_path, "PATH=/nowhere", "mine") == {"errno": 2}


@pytest.mark.parametrize(("words", "end"), [("exit 3", {"status": 3}), ("kill -SEGV $$", {"signal": 11})])
def test_how_it_ended(tmp_path: Path, words: str, end: dict[str, int]) -> None:
    assert took(tmp_path, "sh", "-c", words).items() >= end.items()


def test_what_cannot_be_executed_has_an_error_number(tmp_path: Path) -> None:
    assert took(tmp_path, str(tmp_path / "nowhere")) == {"errno": 2}
    assert took(tmp_path, "surely-not-there") == {"errno": 2}
    assert took(tmp_path, str(tmp_path)) == took(tmp_path, "/etc/passwd") == {"errno": 13}


def test_too_large_a_file_ends_it(tmp_path: Path) -> None:
    big = tmp_path / "big"
    found = took(tmp_path, "dd", "if=/dev/zero", f"of={big}", "bs=1k", flags=("--largest-file=5000",))
    assert found["signal"] == signal.SIGXFSZ and big.stat().st_size == 5000


def test_the_pipe_to_the_runner_is_not_the_commands(tmp_path: Path) -> None:
    read, write = os.pipe()
    command = [TIME, f"--out=/proc/self/fd/{write}", "--", "sh", "-c", "ls /proc/self/fd >&2"]
    ended = subprocess.run(command, pass_fds=[write], stderr=subprocess.PIPE, timeout=PATIENCE)
    os.close(write)
    with open(read, "rb") as pipe:
        assert json.loads(pipe.read())["status"] == 0
    assert ended.stderr.split() == [b"0", b"1", b"2", b"3"], "3 is what ls reads"


def test_an_orphan_in_a_session_of_its_own_is_ended(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = f"setsid sh -c 'echo $$ >{pid}; exec sleep 600' & while ! [ -s {pid} ]; do sleep 0.01; done"
    assert took(tmp_path, "sh", "-c", script)["real_time"] < PATIENCE * 1e9
    assert not Path("/proc", pid.read_text().strip()).exists()


def ordinary() -> None:
    """In a child: under nohup, or in the background of a script, these are ignored, and fanout-time leaves that so."""
    for number in FORWARDED:
        signal.signal(number, signal.SIG_DFL)


def begun(path: Path) -> tuple[subprocess.Popen[bytes], Path]:
    """fanout-time with a command that waits, and the process of that."""
    pid = path / "pid"
    command = [TIME, f"--out={path / 'out.json'}", "--", "sh", "-c", f"echo $$ >{pid}; exec sleep 600"]
    timing = subprocess.Popen(command, preexec_fn=ordinary)
    deadline = time.monotonic() + PATIENCE
    while not pid.exists() or "sleep" not in Path("/proc", pid.read_text().strip(), "comm").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return timing, Path("/proc", pid.read_text().strip())


@pytest.mark.parametrize("number", FORWARDED)
def test_a_signal_is_passed_on(tmp_path: Path, number: int) -> None:
    timing, command = begun(tmp_path)
    timing.send_signal(number)
    assert timing.wait(PATIENCE) == 0
    assert json.loads((tmp_path / "out.json").read_text())["signal"] == number and not command.exists()


def test_a_signal_at_once_is_passed_on(tmp_path: Path) -> None:
    """On one CPU the command runs before fanout-time goes on, in one of ten times."""
    pinned = ["taskset", "--cpu-list", str(min(os.sched_getaffinity(0))), TIME, f"--out={tmp_path / 'out'}"]
    for _ in range(40):
        words = ["sh", "-c", "kill -INT $PPID; exec sleep 600"]
        ended = subprocess.run([*pinned, "--", *words], timeout=PATIENCE, preexec_fn=ordinary)
        assert ended.returncode == 0
        assert json.loads((tmp_path / "out").read_text())["signal"] == signal.SIGINT


def test_the_command_dies_with_it(tmp_path: Path) -> None:
    timing, command = begun(tmp_path)
    timing.kill()
    timing.wait(PATIENCE)
    deadline = time.monotonic() + PATIENCE
    while command.exists() and (command / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX":
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        ([], "--out=PATH and -- COMMAND are needed"),
        (["--out=x"], "--out=PATH and -- COMMAND are needed"),
        (["--out=x", "--"], "no command follows --"),
        (["--out=x", "--", "A=1"], "no command follows --"),
        (["--out=/nowhere/x", "--", "true"], "/nowhere/x: No such file or directory"),
        (["--largest-file=1k", "--out=x", "--", "true"], "--largest-file=1k: no such size"),
        (["true"], "true is no flag of it"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path: Path, flags: list[str], why: str) -> None:
    ended = subprocess.run([TIME, *flags], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    assert (ended.returncode, ended.stderr) == (2, f"fanout-time: {why} (see fanout-time --help)\n")
    assert not list(tmp_path.iterdir())
