"""Ctrl-C that keeps what is done, and workers that never outlive this process."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from types import FrameType
from typing import Optional

_PR_SET_PDEATHSIG, _PR_SET_TIMERSLACK = 1, 29  # <linux/prctl.h>
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_AGAIN = 1.0  # seconds: timeout(1) sends its signal twice at once, to the process and to its group

_libc = ctypes.CDLL(None)
_first: Optional[float] = None


class Interrupted(KeyboardInterrupt):
    """The user wants an end. As asyncio lets only a KeyboardInterrupt pass through its loop, it is one."""


def prepare_process() -> None:
    """To be called once, before any worker starts."""
    # As fanout-bench does: the default of 50 us would be most of what a short sleep overshoots.
    _libc.prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)
    os.register_at_fork(after_in_child=_prepare_child)
    for number in _SIGNALS:
        signal.signal(number, _note)


def interrupted() -> bool:
    return _first is not None


def _note(number: int, _frame: Optional[FrameType]) -> None:
    global _first
    now = time.monotonic()
    if _first is None:
        _first = now
        raise Interrupted()
    if now - _first >= _AGAIN:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def _prepare_child() -> None:
    """A terminal's Ctrl-C reaches the workers too, and is their parent's affair. They die with it, however it ends:
    they hold both ends of the pipe that they wait at, and would wait for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
