"""CPU time of this process and its children."""

from __future__ import annotations

import resource
import time
from typing import Sequence

_CPUCLOCK_SCHED = 2  # <linux/posix-timers.h>


def cpu_time(processes: Sequence[int]) -> float:
    """Seconds of this process, of its children that have been reaped, and of these living ones."""
    reaped = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + reaped.ru_utime + reaped.ru_stime + sum(map(_of, processes))


def _of(process: int) -> float:
    try:
        return time.clock_gettime(
            ~process << 3 | _CPUCLOCK_SCHED
        )  # as glibc's clock_getcpuclockid(3) makes it
    except OSError:  # it has just ended: the next reading finds it reaped
        return 0.0
