"""Ctrl-C that keeps what is done."""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """Notes the first SIGINT, SIGTERM or SIGHUP, so that it never tears work in two; the next one raises KeyboardInterrupt.

    `wake` becomes readable at that moment: code that waits for something else selects on it too. The interpreter's
    wakeup descriptor is what writes there, since a Python handler alone would miss a signal that comes just before select().
    """

    requested = False

    def __enter__(self) -> Interruption:
        self.wake, self._write = os.pipe()
        os.set_blocking(self._write, False)
        self._wakeup = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self._handlers: dict[signal.Signals, Any] = {s: signal.signal(s, self._note) for s in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        os.close(self.wake)
        os.close(self._write)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True
        for number in _SIGNALS:
            signal.signal(number, signal.default_int_handler)
