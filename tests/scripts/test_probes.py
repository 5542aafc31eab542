"""What disturbs a sample: read from kernels of every kind, judged with the rounding of their counters."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from scripts.machine import probes
from scripts.measuring.sample import run_benchmark
from tests.scripts.conftest import PATIENCE

STAT = "cpu  {user} 0 0 {idle} 0 0 0 {steal} 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n"


def write(root: Path, **files: str) -> None:
    """Files by path, with __ for a slash."""
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def marks(disturbance: Any) -> tuple[str, ...]:
    return tuple(probes.marked(disturbance).values())


def between(before: dict[str, Any], after: dict[str, Any], document: Any = None) -> Any:
    """The disturbance between two readings, of which only what matters is said."""
    nothing: dict[str, Any] = {"when": 0.0, "all": None, "busy": 0, "steal": 0, "own": 0.0, "involuntary": 0}
    nothing |= {"throttled": (), "killed": ()}
    return probes.disturbance(
        probes.Reading(**{**nothing, **before}), probes.Reading(**{**nothing, **after}), document
    )


def test_a_machine_that_tells_nothing_disturbs_nobody(tmp_path: Path) -> None:
    reading = probes.read(tmp_path)
    assert (reading.all, reading.throttled, reading.killed) == (None, (), ())
    found = probes.disturbance(reading, probes.read(tmp_path))
    assert found.keys() == {"seconds", "involuntary"}
    assert marks(found) == marks({}) == ()


@pytest.mark.parametrize("text", ["", "cpu\n", "cpu a b c d e f g h\n", "intr 1 2 3 4 5 6 7 8 9\n"])
def test_what_is_no_count_is_not_counted(tmp_path: Path, text: str) -> None:
    write(tmp_path, proc__stat=text, proc__self__cgroup="0::/a\nnonsense\n", sys__fs__cgroup__a="x")
    assert probes.read(tmp_path).all is None


def test_ticks_are_of_all_cpus(tmp_path: Path) -> None:
    write(tmp_path, proc__stat=STAT.format(user=100, idle=300, steal=4))
    reading = probes.read(tmp_path)
    assert (reading.all, reading.busy, reading.steal) == (404, 100, 4)


def test_throttling_is_that_of_the_tightest_group_in_either_version(tmp_path: Path) -> None:
    write(tmp_path, proc__self__cgroup="3:memory:/\n2:cpu,cpuacct:/one\n0::/own/inner\n")
    files = {
        "own/inner": "nr_throttled 1\nthrottled_usec 1000000\n",
        "own": "throttled_usec 5000000\n",
        "cpu,cpuacct/one": "throttled_time 7000000000\n",
    }
    for group, text in files.items():
        directory = tmp_path / "sys/fs/cgroup" / group
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "cpu.stat").write_text(text)
    before = probes.read(tmp_path)
    assert before.throttled == (1.0, 5.0, 7.0)
    (tmp_path / "sys/fs/cgroup/own/cpu.stat").write_text("throttled_usec 5250000\n")
    found = probes.disturbance(before, probes.read(tmp_path))
    assert found["throttled"] == pytest.approx(0.25)
    assert marks(found) == ("throttled 0.25 s",)


def test_a_group_that_only_the_host_knows_is_found_at_its_mount(tmp_path: Path) -> None:
    write(tmp_path, proc__self__cgroup="0::/host/container/7\n")
    (tmp_path / "sys/fs/cgroup").mkdir(parents=True)
    (tmp_path / "sys/fs/cgroup/cpu.stat").write_text("throttled_usec 3\n")
    assert probes.read(tmp_path).throttled == (3e-6,)


def test_a_kill_for_want_of_memory_is_seen(tmp_path: Path) -> None:
    write(tmp_path, proc__self__cgroup="4:memory:/m\n", sys__fs__cgroup__memory__m__x="")
    control = tmp_path / "sys/fs/cgroup/memory/m/memory.oom_control"
    control.write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n")
    before = probes.read(tmp_path)
    assert not probes.starved(before, probes.read(tmp_path))
    control.write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n")
    assert probes.starved(before, probes.read(tmp_path))


class TestMarks:
    """Two CPUs, watched for 0.1 s (20 ticks in all) or for 10 s (2000)."""

    @pytest.mark.parametrize(
        ("seconds", "steal", "marked"),
        [(0.1, 0, ()), (0.1, 1, ()), (0.1, 2, ("steal 10 %",)), (10, 20, ()), (10, 62, ("steal 3.1 %",))],
    )
    def test_of_steal(self, seconds: float, steal: int, marked: tuple[str, ...]) -> None:
        ticks = round(200 * seconds)
        found = between({"all": 1000}, {"when": seconds, "all": 1000 + ticks, "steal": steal})
        assert marks(found) == marked

    @pytest.mark.parametrize(
        ("seconds", "busy", "own", "marked"),
        [
            (0.1, 20, 0.2, ()),  # the sample's own work
            (0.1, 6, 0.0, ()),
            (0.1, 7, 0.0, ("foreign 35 %",)),
            (10, 1200, 10.0, ()),
            (10, 1300, 10.0, ("foreign 15 %",)),
            (10, 900, 10.0, ()),  # ticks have missed what the process counts
        ],
    )
    def test_of_foreign_use(self, seconds: float, busy: int, own: float, marked: tuple[str, ...]) -> None:
        ticks = round(200 * seconds)
        found = between({"all": 1000}, {"when": seconds, "all": 1000 + ticks, "busy": busy, "own": own})
        assert found["foreign"] >= 0
        assert marks(found) == marked

    @pytest.mark.parametrize(
        ("after", "marked"),
        [(970.1, ()), (1029, ()), (960, ("frequency -4.0 %",)), (1100, ("frequency 10 %",))],
    )
    def test_of_the_frequency(self, after: float, marked: tuple[str, ...]) -> None:
        document = {"context": {"frequency_probe": {"before": 1000.0, "after": after}}}
        found = between({}, {"when": 1.0}, document)
        assert found["frequency"] == after
        assert marks(found) == marked

    @pytest.mark.parametrize(
        ("workers", "ready", "marked"),
        [(2, 0.05, ()), (2, 0.5, ("0.5 workers waited for a CPU",)), (4, 2.0, ())],  # more workers than CPUs
    )
    def test_of_workers_that_wait(self, workers: int, ready: float, marked: tuple[str, ...]) -> None:
        entry = {"workers": workers, "ready_share": ready}
        document = {"context": {"effective_cpus": 2.0}, "benchmarks": [entry]}
        assert marks(between({}, {"when": 1.0}, document)) == marked


def test_switches_are_told_and_are_no_mark() -> None:
    found = between({"involuntary": 3}, {"when": 1.0, "involuntary": 13})
    assert found["involuntary"] == 10
    assert marks(found) == ()


@pytest.mark.usefixtures("temporary")
def test_every_sample_knows_what_disturbed_it(bench: Path) -> None:
    arguments = ["--workloads=math", "--executors=pool", "--workers=2", "--seed=1"]
    good, bad = (run_benchmark(bench, each, PATIENCE) for each in (arguments, ["--executors=pool"]))
    assert (good.kind, bad.kind) == ("", "crash")
    for outcome in (good, bad):
        assert outcome.disturbance["seconds"] > 0
        assert outcome.disturbance["involuntary"] >= 0
        assert all(isinstance(value, (int, float)) for value in outcome.disturbance.values())


def test_real_foreign_load_is_seen_and_own_is_not() -> None:
    if probes.read().all is None:
        pytest.skip("this system has no /proc/stat")
    burn = ["/usr/bin/python3", "-S", "-c", "import time\nwhile time.process_time() < 1: pass"]
    before = probes.read()
    with subprocess.Popen(burn) as foreign:
        foreign.wait()
        while_it_ran = between(vars(before), vars(probes.read()) | {"own": before.own})
    reaped = probes.disturbance(before, probes.read())
    told_apart = (while_it_ran["foreign"] - reaped["foreign"]) / reaped["tick"] / 100  # seconds
    assert told_apart > 0.5
