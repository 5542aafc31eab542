"""What the kernel does for a process: signals, the death of its workers with it, and CPU time."""

import ctypes
import os
import resource
import signal
import time
from types import FrameType
from typing import Optional, Sequence

_PR_SET_PDEATHSIG, _PR_SET_TIMERSLACK = 1, 29  # <linux/prctl.h>
_CPUCLOCK_SCHED = 2  # <linux/posix-timers.h>
_AGAIN = 1.0  # seconds: timeout(1) sends its signal twice at once, to the process and to its group

_libc = ctypes.CDLL(None)
_first: Optional[float] = None  # when the first signal came


def prepare_process() -> None:
    """To be called once, before any worker starts."""
    # As fanout-bench does: the default of 50 us would be most of what a short sleep overshoots.
    _libc.prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)
    os.register_at_fork(after_in_child=_prepare_child)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _note)


def interrupted() -> bool:
    return _first is not None


def _note(number: int, _frame: Optional[FrameType]) -> None:
    global _first
    now = time.monotonic()
    if _first is None:
        _first = now
        raise KeyboardInterrupt  # SIGTERM too: asyncio's loop lets nothing else pass
    if now - _first >= _AGAIN:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def _prepare_child() -> None:
    """A terminal's Ctrl-C reaches the workers too, and their parent deals with it. They die with it, however it ends:
    they hold both ends of the pipe that they wait at, and would wait for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def cpu_time(processes: Sequence[int]) -> float:
    """Seconds of this process, of its children that have been reaped, and of these living ones."""
    reaped = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + reaped.ru_utime + reaped.ru_stime + sum(map(_of, processes))


def _of(process: int) -> float:
    clock = ~process << 3 | _CPUCLOCK_SCHED  # as glibc's clock_getcpuclockid(3) makes it
    try:
        return time.clock_gettime(clock)
    except OSError:  # it has just ended: the next reading finds it reaped
        return 0.0
