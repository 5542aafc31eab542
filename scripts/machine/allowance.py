"""What a process may have: CPUs, threads, memory and disk; and what it is given that it should not."""

from __future__ import annotations

import resource
import shutil
from pathlib import Path

from scripts.machine.finding import UNKNOWN, Machine, Observation
from scripts.machine.kernel import groups, line, lines

WORKERS = 64  # the most that `fanout run` starts by itself
_GIB = 1 << 30
_RUNTIMES = ("OMP_", "GOMP_", "KMP_", "TBB_")
_PLACING = ("OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY", "KMP_AFFINITY")


def quota(machine: Machine) -> Observation:
    cpus = _quota(machine.root)
    if cpus is None or cpus >= len(machine.affinity):
        return "ok", "none below the CPUs"
    if cpus == int(cpus):
        granted = f"the cgroup grants {cpus:g} of {len(machine.affinity)} CPUs by time"
        remedy = "give it whole CPUs instead (a cpuset)"
        return "note", f"{granted}: more workers than that are stopped in turns; {remedy}"
    stopped = f"which is no whole number: {int(cpus) + 1} workers are stopped in every period"
    remedy = f"use --workers up to {max(1, int(cpus))}, or grant whole CPUs (a cpuset)"
    return "severe", f"the cgroup grants {cpus:g} CPUs, {stopped}; {remedy}"


def _quota(root: Path) -> float | None:
    """CPUs, the least that own group and ancestors grant; None where there is no limit."""
    found = []
    for group in groups("cpu", root):
        version_1 = f"{line(group / 'cpu.cfs_quota_us')} {line(group / 'cpu.cfs_period_us')}"
        words = (line(group / "cpu.max") or version_1).split()
        if len(words) == 2 and all(word.isdecimal() for word in words) and int(words[1]) > 0:
            found.append(int(words[0]) / int(words[1]))
    return min(found, default=None)


def online_cpus(machine: Machine) -> Observation:
    online = _listed(line(machine.root / "sys/devices/system/cpu/online"))
    if not online or online <= machine.affinity:
        return "ok", f"all {len(online)}" if online else UNKNOWN
    remedy = "if that is not meant, lift the affinity (taskset) or the cgroup's cpuset"
    return "note", f"this process may use {len(machine.affinity)} of {len(online)} CPUs; {remedy}"


def _listed(text: str) -> set[int]:
    """The kernel's lists: 0-3,8."""
    found: set[int] = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def load(machine: Machine) -> Observation:
    words = line(machine.root / "proc/loadavg").split()
    if not words:
        return "ok", UNKNOWN
    now, cpus = float(words[0]), len(machine.affinity)
    if now < 0.2 * cpus:
        return "ok", f"{now:g}"
    remedy = "wait, or find out with top who else works here"
    return "note", f"{now:g} in the last minute, on {cpus} CPUs: {remedy}"


def threads(machine: Machine) -> Observation:
    """The least that a user's limit, the cgroup's and the kernel's leave."""
    limits = [resource.getrlimit(resource.RLIMIT_NPROC)[0]]
    limits = [limit for limit in limits if limit != resource.RLIM_INFINITY]
    for group in groups("pids", machine.root):
        if (most := line(group / "pids.max")).isdecimal():
            limits.append(int(most) - int(line(group / "pids.current") or 0))
    least = min(limits, default=None)
    if least is None or least > 4 * WORKERS:
        return "ok", "no limit" if least is None else f"up to {least}"
    sentence = f"up to {least}, and a run has {WORKERS} workers: raise ulimit -u, or the cgroup's pids.max"
    return "severe" if least < WORKERS + 16 else "note", sentence


def memory(machine: Machine) -> Observation:
    """What is available without swapping, or the cgroup leaves."""
    available = _meminfo(machine.root, "MemAvailable")
    for group in groups("memory", machine.root):
        for most, used in ("max", "current"), ("limit_in_bytes", "usage_in_bytes"):
            if (limit := line(group / f"memory.{most}")).isdecimal():
                available.append(int(limit) - int(line(group / f"memory.{used}") or 0))
    if not available:
        return "ok", UNKNOWN
    least = min(available)
    if least >= 2 * _GIB:
        return "ok", f"{least / _GIB:.1f} GiB are free"
    remedy = "end what else needs memory, or raise the cgroup's limit"
    return "severe" if least < _GIB / 2 else "note", f"{least / _GIB:.1f} GiB are free: {remedy}"


def _meminfo(root: Path, key: str) -> list[int]:
    """Bytes; none where the kernel does not say."""
    found = dict(text.split(":", 1) for text in lines(root / "proc/meminfo") if ":" in text)
    return [int(found[key].split()[0]) << 10] if key in found else []


def whole_memory(root: Path) -> int | None:
    """Bytes that processes here can have: the machine's, or what the cgroup grants."""
    granted = [
        line(group / f"memory.{most}")
        for group in groups("memory", root)
        for most in ("max", "limit_in_bytes")
    ]
    return min(
        [*_meminfo(root, "MemTotal"), *(int(text) for text in granted if text.isdecimal())], default=None
    )


def disk(machine: Machine) -> Observation:
    """Where results are written: the nearest directory that there is."""
    wanted = machine.results.absolute()
    place = next(path for path in (wanted, *wanted.parents) if path.is_dir())
    free = shutil.disk_usage(place).free
    if free >= _GIB:
        return "ok", f"{free / _GIB:.0f} GiB are free"
    sentence = f"{free >> 20} MiB are free where results are written: make room, or name another --output"
    return "severe" if free < _GIB / 16 else "note", sentence


def environment(machine: Machine) -> Observation:
    found = sorted(name for name in machine.environment if name.startswith(_RUNTIMES))
    if not found:
        return "ok", "nothing steers the runtimes"
    names = ", ".join(found)
    if placing := " ".join(name for name in found if name in _PLACING):
        return "severe", f"{names}: with these libgomp binds workers of every executor; unset {placing}"
    return "note", f"{names}: these steer the runtimes, so that defaults are not what is measured; unset them"


def build(machine: Machine) -> Observation:
    if not machine.binary:
        return "ok", "there is no fanout-bench yet"
    kind, flags = str(machine.binary.get("build_type", "")), str(machine.binary.get("flags", ""))
    if "-fsanitize" in flags:
        return "severe", "fanout-bench has a sanitizer in it: build the preset `release`"
    if kind not in ("Release", "RelWithDebInfo") and "-O" not in flags:
        return "severe", f"fanout-bench is not optimised (build type '{kind}'): build the preset `release`"
    return "ok", kind or flags
