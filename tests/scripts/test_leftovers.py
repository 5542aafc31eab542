"""What a killed runner leaves: found by its mark, and removed by the next start; and where results come through."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from scripts.machine import leftovers
from scripts.measuring import process, sample
from scripts.measuring.sample import run_benchmark
from tests.conftest import BUILD, ROOT
from tests.scripts.conftest import PATIENCE, _runs

PYTHON = "/usr/bin/python3"
DEAF = "import os, time; os.fork() and os._exit(0); os.setsid(); open({!r}, 'w').write(str(os.getpid())); time.sleep(600)"
ENTRY = '{"name": "a", "real_time": 1, "cpu_time": 0, "time_unit": "us"}'
MATH = ["--workloads=math", "--executors=serial", "--workers=1", "--seed=1"]


def read_when_there(path: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while not path.exists() or not path.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return path.read_text()


@pytest.fixture
def orphan(tmp_path: Path) -> Any:
    """A runner, and the id of a process that it has started, in a session of its own, so that nothing ends it."""
    pid = tmp_path / "pid"
    command = ["/bin/sh", "-c", f'{PYTHON} -S -c "$0"; exec sleep 600', DEAF.format(str(pid))]
    code = f"import os\nfrom scripts.measuring import process\nprocess.run({command!r}, os.environ, 600)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([PYTHON, "-c", code], env=environment) as runner:
        yield runner, read_when_there(pid)
        runner.kill()
    leftovers.remove()


def test_the_next_start_ends_what_a_killed_runner_has_started(orphan: Any) -> None:
    runner, pid = orphan
    start = [PYTHON, "-c", "from scripts.measuring import process; process.adopt_orphans()"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(start, env=environment, check=True)
    assert _runs(pid), "its runner lives"
    runner.kill()
    runner.wait()
    assert _runs(pid), "nothing else ends it"
    subprocess.run(start, env=environment, check=True)
    assert not _runs(pid)


@pytest.mark.parametrize("child", ["sleep 600", "sh -c 'setsid sleep 600 & echo $! >>{0}; sleep 600'"])
def test_what_has_left_its_group_is_ended_too(tmp_path: Path, child: str) -> None:
    """Where its process runs out of time; and so are its own children, in another session again."""
    pids = tmp_path / "pids"
    script = f"setsid {child.format(pids)} & echo $! >>{pids}; sleep 600"
    code = (
        "import os\nfrom scripts.measuring import process\nprocess.adopt_orphans()\n"
        f"print(process.run(['/bin/sh', '-c', {script!r}], os.environ, 2).how)\n"
        "print(open(f'/proc/self/task/{os.getpid()}/children').read().split())"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run([PYTHON, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["timeout", "[]"]
    assert pids.read_text().split() and not any(map(_runs, pids.read_text().split()))


@pytest.mark.usefixtures("temporary")
def test_directories_of_dead_runners_are_removed_and_no_others(temporary: Path) -> None:
    number = os.getpid()
    mine, start = leftovers.mark().split("-")[0], leftovers.mark().split("-")[2]
    dead = temporary / f"fanout-{mine}-{number}-{int(start) + 1}-abc"
    kept = [f"fanout-{leftovers.mark()}-abc", f"fanout-1{mine}-{number}-1-abc", "fanout-a-b-c-d", "fanout-x"]
    for name in (*kept, dead.name):
        (temporary / name / "in").mkdir(parents=True)
    leftovers.remove()
    assert sorted(path.name for path in temporary.iterdir()) == sorted(kept)
    for name in kept:
        (temporary / name / "in").rmdir()
        (temporary / name).rmdir()


def program(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("names", [["fake_bench.py"], ["-S", "benchmarks/peers/fanout_peers.py"]])
def test_results_need_no_directory(
    bench: Path, names: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    if len(names) == 1:
        outcome = run_benchmark(bench, MATH, PATIENCE)
    else:
        own = ["--workloads=sleep", "--executors=py_serial", "--workers=1", "--set=sleep.duration=1ms"]
        words = ["-S", str(ROOT / names[1]), f"--bench={BUILD / 'fanout-bench'}", *own]
        outcome = run_benchmark(Path(PYTHON), words, PATIENCE)
    assert outcome.kind == "" and outcome.entries(), outcome.reason


def test_results_may_be_larger_than_a_pipe(tmp_path: Path) -> None:
    large = program(
        tmp_path / "large",
        f"""{{ printf '{{"x": "'; head -c 5000000 /dev/zero | tr '\\0' x; echo '", "benchmarks": [{ENTRY}]}}'; }} >${{1#*=}}""",
    )
    outcome = run_benchmark(large, [], PATIENCE)
    assert outcome.kind == "" and len(outcome.document["x"]) == 5_000_000, outcome.reason


@pytest.mark.usefixtures("temporary")
def test_a_binary_that_writes_into_no_pipe_gets_a_file(tmp_path: Path) -> None:
    """As those of older commits, which a duet may compare."""
    older = program(
        tmp_path / "older",
        f"[ -p ${{1#*=}} ] && {{ echo >&2 'cannot write : No such file'; exit 1; }}\n"
        f"""echo '{{"benchmarks": [{ENTRY}]}}' >${{1#*=}}""",
    )
    assert [run_benchmark(older, [], PATIENCE).time_of("a") for _ in range(2)] == [1e-6] * 2
    assert str(older) in sample._WITHOUT_PIPES


@pytest.mark.usefixtures("temporary")
@pytest.mark.skipif(not (BUILD / "fanout-bench").exists(), reason="not built")
def test_the_binary_itself_delivers() -> None:
    timing = ["--benchmark_min_time=0.001", "--warmup=0"]
    outcome = run_benchmark(BUILD / "fanout-bench", [*MATH, *timing], PATIENCE)
    assert outcome.kind == "" and outcome.entries(), outcome.reason


def test_the_end_of_a_process_comes_before_the_end_of_its_time() -> None:
    with subprocess.Popen(["true"], stderr=subprocess.PIPE) as ended:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        assert process._await(ended, [], 0.0, None) == "exit"
    with subprocess.Popen(["sleep", "600"]) as endless:
        assert process._await(endless, [], 0.0, None) == "timeout"
        endless.kill()


def test_time_for_which_the_runner_is_stopped_does_not_count(tmp_path: Path) -> None:
    """9 seconds, of which the runner is stopped for 6, are no more than 6."""
    code = (
        "import os, time\nfrom scripts.measuring import process\nbegin = time.monotonic(), process.clock()\n"
        f"command = ['/bin/sh', '-c', 'echo >{tmp_path / 'started'} x; sleep 9; exit 7']\n"
        "ended = process.run(command, os.environ, 6)\n"
        "print(ended.how, ended.status, time.monotonic() - begin[0] - process.clock() + begin[1] > 4.5)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [PYTHON, "-c", code]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True, process_group=0
    ) as runner:
        read_when_there(tmp_path / "started")
        os.killpg(runner.pid, 20)  # SIGTSTP, as Ctrl-Z does
        time.sleep(6)
        os.killpg(runner.pid, 18)
        assert runner.communicate(timeout=PATIENCE)[0] == "exit 7 True\n"
