"""`fanout doctor`: every check on machines that are made up, in both states, and the command on this one."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.machine import doctor as health
from scripts.machine.allowance import whole_memory
from scripts.machine.finding import Finding, Machine
from tests import forked

CPU = "sys/devices/system/cpu"
BARE: dict[str, Any] = {"environment": {}, "affinity": frozenset({0, 1})}
GROUP = {"proc/self/cgroup": "0::/a\n"}
NAMES = {*health.STANDING, *(name for name, _ in health.WATCHED.values())}


def found(root: Path, check: str, files: dict[str, str], **known: Any) -> Finding:
    """What one check says of a machine of these files."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    machine = replace(Machine(root=root, results=root, **BARE), **known)
    return {finding.check: finding for finding in health.standing(machine)}[check]


@pytest.mark.parametrize(
    ("check", "files", "severity", "said"),
    [
        ("governor", {f"{CPU}/cpu0/cpufreq/scaling_governor": "performance"}, "ok", "performance"),
        (
            "governor",
            {f"{CPU}/cpu0/cpufreq/scaling_governor": "powersave"},
            "note",
            "cpupower frequency-set -g",
        ),
        ("turbo", {f"{CPU}/intel_pstate/no_turbo": "1"}, "ok", "off"),
        ("turbo", {f"{CPU}/intel_pstate/no_turbo": "0"}, "note", "echo 1 > /sys"),
        ("turbo", {f"{CPU}/cpufreq/boost": "0"}, "ok", "off"),
        ("turbo", {f"{CPU}/cpufreq/boost": "1"}, "note", "echo 0 > /sys"),
        ("SMT", {f"{CPU}/smt/active": "0"}, "ok", "off"),
        ("SMT", {f"{CPU}/smt/active": "1"}, "note", "--pin"),
        ("virtualisation", {"proc/cpuinfo": "flags : fpu sse\n"}, "ok", "none"),
        ("virtualisation", {"proc/cpuinfo": "model name : x\nflags\t: fpu hypervisor\n"}, "note", "duet"),
        ("ASLR", {"proc/sys/kernel/randomize_va_space": "2"}, "ok", "on"),
        ("ASLR", {"proc/sys/kernel/randomize_va_space": "0"}, "note", "randomize_va_space=2"),
        (
            "huge pages",
            {"sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never"},
            "ok",
            "madvise",
        ),
        (
            "huge pages",
            {"sys/kernel/mm/transparent_hugepage/enabled": "[always] madvise never"},
            "note",
            "echo madvise",
        ),
        (
            "clock source",
            {"sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc"},
            "ok",
            "tsc",
        ),
        (
            "clock source",
            {"sys/devices/system/clocksource/clocksource0/current_clocksource": "hpet"},
            "severe",
            "clocksource=tsc",
        ),
        ("CPU quota", {**GROUP, "sys/fs/cgroup/a/cpu.max": "max 100000"}, "ok", "none"),
        ("CPU quota", {**GROUP, "sys/fs/cgroup/a/cpu.max": "100000 100000"}, "note", "1 of 2 CPUs"),
        ("CPU quota", {**GROUP, "sys/fs/cgroup/a/cpu.max": "150000 100000"}, "severe", "--workers up to 1"),
        (
            "CPU quota",
            {
                "proc/self/cgroup": "2:cpu:/a\n",
                "sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "50000",
                "sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000",
            },
            "severe",
            "grants 0.5 CPUs",
        ),
        ("online CPUs", {f"{CPU}/online": "0-1"}, "ok", "all 2"),
        ("online CPUs", {f"{CPU}/online": "0-3,8"}, "note", "2 of 5 CPUs"),
        ("load", {"proc/loadavg": "0.10 0.2 0.3 1/100 1"}, "ok", "0.1"),
        ("load", {"proc/loadavg": "3.50 0.2 0.3 1/100 1"}, "note", "top"),
        ("threads", {**GROUP, "sys/fs/cgroup/a/pids.max": "max"}, "ok", ""),
        (
            "threads",
            {**GROUP, "sys/fs/cgroup/a/pids.max": "150", "sys/fs/cgroup/a/pids.current": "5"},
            "note",
            "145",
        ),
        ("threads", {**GROUP, "sys/fs/cgroup/a/pids.max": "20"}, "severe", "pids.max"),
        ("memory", {"proc/meminfo": "MemTotal: 9 kB\nMemAvailable:    8388608 kB\n"}, "ok", "8.0 GiB"),
        ("memory", {"proc/meminfo": "MemAvailable:    1048576 kB\n"}, "note", "1.0 GiB"),
        (
            "memory",
            {
                **GROUP,
                "proc/meminfo": "MemAvailable:    8388608 kB\n",
                "sys/fs/cgroup/a/memory.max": f"{1 << 29}",
                "sys/fs/cgroup/a/memory.current": f"{1 << 28}",
            },
            "severe",
            "raise the cgroup's limit",
        ),
    ],
)
def test_a_check_sees_both_states(
    tmp_path: Path, check: str, files: dict[str, str], severity: str, said: str
) -> None:
    finding = found(tmp_path, check, files)
    assert finding.severity == severity, finding
    assert said in finding.sentence


@pytest.mark.parametrize(
    ("environment", "severity", "said"),
    [
        ({"PATH": "/bin"}, "ok", "nothing"),
        ({"OMP_WAIT_POLICY": "passive", "TBB_X": "1"}, "note", "OMP_WAIT_POLICY, TBB_X: these steer"),
        ({"OMP_PROC_BIND": "true"}, "severe", "unset OMP_PROC_BIND"),
    ],
)
def test_the_environment(tmp_path: Path, environment: dict[str, str], severity: str, said: str) -> None:
    finding = found(tmp_path, "environment", {}, environment=environment)
    assert finding.severity == severity and said in finding.sentence


@pytest.mark.parametrize(
    ("context", "severity"),
    [
        ({}, "ok"),
        ({"build_type": "Release", "flags": "-O3 -DNDEBUG"}, "ok"),
        ({"build_type": "", "flags": "-O2"}, "ok"),
        ({"build_type": "Debug", "flags": "-g"}, "severe"),
        ({"build_type": "Release", "flags": "-O3 -fsanitize=thread"}, "severe"),
    ],
)
def test_the_build(tmp_path: Path, context: dict[str, str], severity: str) -> None:
    assert found(tmp_path, "build", {}, binary=context).severity == severity


@pytest.mark.parametrize(("free", "severity"), [(5 << 30, "ok"), (300 << 20, "note"), (1 << 20, "severe")])
def test_the_disk(tmp_path: Path, free: int, severity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []

    class Usage:
        def __init__(self, path: Path) -> None:
            asked.append(path)
            self.free = free

    monkeypatch.setattr("shutil.disk_usage", Usage)
    assert found(tmp_path, "disk", {}, results=tmp_path / "not/yet").severity == severity
    assert asked == [tmp_path]


@pytest.mark.parametrize(
    "files", [{}, {f"{CPU}/online": "", "proc/meminfo": "", "proc/self/cgroup": "nonsense"}]
)
def test_a_machine_that_tells_nothing_has_nothing_severe(tmp_path: Path, files: dict[str, str]) -> None:
    found(tmp_path, "load", files)
    machine = Machine(root=tmp_path, results=tmp_path, **BARE)
    assert {finding.severity for finding in health.standing(machine)} == {"ok"}


@pytest.mark.parametrize(
    ("disturbance", "severe"),
    [
        ({}, []),
        (
            {"seconds": 2.0, "tick": 0.0025, "steal": 0.003, "foreign": 0.02, "throttled": 0, "drift": 0.01},
            [],
        ),
        ({"seconds": 2.0, "tick": 0.0025, "steal": 0.05, "foreign": 0.5}, ["steal", "foreign load"]),
        ({"seconds": 2.0, "throttled": 0.2, "drift": -0.2}, ["throttling", "frequency"]),
    ],
)
def test_what_is_watched(disturbance: dict[str, float], severe: list[str]) -> None:
    findings = health.watched(disturbance)
    assert [finding.check for finding in findings if finding.severity == "severe"] == severe
    assert len(findings) == len(health.WATCHED)


@pytest.mark.parametrize(
    ("files", "granted"),
    [
        ({}, None),
        ({"proc/meminfo": "MemTotal: 8 kB\nMemFree: 1 kB\n"}, 8192),
        ({"proc/meminfo": "MemTotal: 8 kB\n", "sys/fs/cgroup/mine/memory.max": "4096\n"}, 4096),
        ({"proc/meminfo": "MemTotal: 8 kB\n", "sys/fs/cgroup/mine/memory.max": "max\n"}, 8192),
        ({"proc/meminfo": "MemTotal: 8 kB\n", "sys/fs/cgroup/mine/memory.max": "99999\n"}, 8192),
    ],
)
def test_the_memory_that_there_is(tmp_path: Path, files: dict[str, str], granted: int | None) -> None:
    for name, text in (files | {"proc/self/cgroup": "0::/mine\n"}).items():
        (path := tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert whole_memory(tmp_path) == granted


def doctor(*arguments: str) -> subprocess.CompletedProcess[str]:
    return forked.run("doctor", *arguments)


def test_this_machine_is_told_of_in_full() -> None:
    ended = doctor("--seconds=0.2", "--json")
    findings = json.loads(ended.stdout)
    assert {finding["check"] for finding in findings} == NAMES
    severe = [finding for finding in findings if finding["severity"] == "severe"]
    assert ended.returncode == int(bool(severe)), ended.stderr


def test_without_a_binary_there_is_no_frequency(tmp_path: Path) -> None:
    ended = doctor("--seconds=0.1", f"--bench={tmp_path / 'none'}")
    assert ended.returncode in (0, 1), ended.stderr
    _, _, *lines, last = ended.stdout.splitlines()
    said = {name: line for name in NAMES for line in lines if line[9:].startswith(f"{name} ")}
    assert said.keys() == NAMES
    assert said["frequency"].endswith("not known here") and "no fanout-bench" in said["build"]
    assert last.startswith(("FIT", "SEVERE"))


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "long", "1e9"])
def test_wrong_usage(seconds: str) -> None:
    ended = doctor(f"--seconds={seconds}")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"fanout doctor: argument --seconds: '{seconds}' is not a number")
