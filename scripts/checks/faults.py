"""Faults that are made on purpose, each with the cause that it has: what the advisor is held to."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.machine import kernel

THREADS = ("pool", "pool_guided", "tbb", "tbb_tasks", "openmp_dynamic", "asio_pool", "fork_pool")
ENDS_WITH_US = ("setpriv", "--pdeathsig=KILL", "--")
BUSY = "while :; do :; done"
ENTER = 'echo $$ > "$1/cgroup.procs" && shift && exec "$@"'  # the group, and the command
PERIOD = 100_000  # us, of a quota


class NotHere(Exception):
    """Why a fault cannot be made on this machine."""


@dataclass(frozen=True)
class Fault:
    """`settings` has the cells of one `why` each; `cause` is what it has to say, "" nothing at all. Workers are times the
    effective CPUs."""

    cause: str
    workload: str
    settings: Sequence[Sequence[str]]
    executors: Sequence[str]
    times: int = 1
    quota: float = 0.0  # share of the effective CPUs that a control group leaves; 0: all
    foreign: bool = False  # whether another program computes on each CPU

    def flags(self, variant: int, cpus: float) -> list[str]:
        """Of the `why` of a variant."""
        workers = max(2, int(cpus)) * self.times
        settings = self.settings[variant % len(self.settings)]
        return [
            f"--workloads={self.workload}",
            f"--executors={','.join(self.executors)}",
            f"--workers={workers}",
            *(f"--set={self.workload}.{setting}" for setting in settings),
        ]


def _spun(*durations: str, tasks: int = 64) -> list[list[str]]:
    return [[f"duration={duration}", f"tasks={tasks}"] for duration in durations]


FAULTS = {
    "oversubscription": Fault("oversubscription", "math", [["tasks=256"], ["tasks=128"]], THREADS[:4], 2),
    "quota": Fault("quota", "math", [["tasks=256"], ["tasks=512"]], THREADS, quota=0.5),
    "foreign load": Fault("busy host", "math", [["tasks=256"], ["tasks=512"]], THREADS, foreign=True),
    "long lock": Fault(
        "lock",
        "lock",
        [["inside=100", "work=20000", "tasks=200", "sections=1"], ["inside=90", "work=10000", "tasks=200"]],
        THREADS,
    ),
    "short lock": Fault("lock", "lock", [["inside=50", "work=20"], ["inside=80", "work=50"]], THREADS),
    "packed counters": Fault(
        "false sharing",
        "lock",
        [["kind=adjacent", "work=0", "sections=1000"], ["kind=adjacent", "work=2", "sections=1000"]],
        THREADS[:-1],
    ),
    "active waiting": Fault(
        "spinning",
        "math",
        [["tasks=8"], ["tasks=16"]],
        ("openmp_static", "openmp_dynamic", "openmp_tasks"),
        2,
    ),
    "imbalance": Fault(
        "imbalance",
        "math",
        [["kernel=mandelbrot", "tasks=4"], ["kernel=mandelbrot", "tasks=6"]],
        ("openmp_static",),
    ),
    "tiny tasks": Fault(
        "tiny tasks", "spin", _spun("100ns", "300ns", tasks=2000), ("asio_pool", "futures", "tbb_tasks")
    ),
    "start-up": Fault("start up", "spin", _spun("50us", "20us"), ("std_thread", "std_async", "fork_each")),
    "nothing": Fault("", "spin", _spun("1ms", "500us", "2ms"), THREADS),
    "nothing, waiting": Fault("", "sleep", [["duration=2ms"], ["duration=5ms"]], THREADS),
}


@contextmanager
def made(fault: Fault, cpus: float) -> Iterator[Sequence[str]]:
    """The words before the command that is to meet the fault. Raises NotHere."""
    with ExitStack() as stack:
        for cpu in os.sched_getaffinity(0) if fault.foreign else ():
            # Of the same priority as what is measured, in a session of its own, which autogroup counts as one more.
            words = [*ENDS_WITH_US, "taskset", "-c", str(cpu), "sh", "-c", BUSY]
            spinner = subprocess.Popen(words, start_new_session=True)
            stack.callback(spinner.wait)
            stack.callback(spinner.kill)
        yield stack.enter_context(_limited(fault.quota * cpus)) if fault.quota else []


@contextmanager
def _limited(cpus: float) -> Iterator[list[str]]:
    """A control group with a quota, which commands enter by themselves. Raises NotHere."""
    groups = kernel.groups("cpu")
    version_1 = [group for group in groups if (group / "cpu.cfs_quota_us").exists()]
    parent = version_1[0] if version_1 else groups[0] if groups else Path("/nonexistent")
    group = parent / f"fanout-check-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        raise NotHere(f"no control group can be made in {parent}: {error.strerror}") from error
    try:
        try:
            _set_quota(group, bool(version_1), int(cpus * PERIOD))
        except OSError as error:
            raise NotHere(f"{group} takes no quota: {error.strerror}") from error
        yield ["sh", "-c", ENTER, "sh", str(group)]
    finally:
        group.rmdir()


def _set_quota(group: Path, version_1: bool, quota: int) -> None:
    if version_1:
        (group / "cpu.cfs_period_us").write_text(str(PERIOD))
        (group / "cpu.cfs_quota_us").write_text(str(quota))
    else:
        (group / "cpu.max").write_text(f"{quota} {PERIOD}")
