"""The proof that an executor does the work: a log of an untimed batch, which threads and processes write alike."""

import fcntl
import os
import struct
import threading
import time
from collections import Counter
from contextlib import contextmanager
from itertools import accumulate
from typing import Iterator, NamedTuple, Optional

_FORMAT = struct.Struct("<?qqq")
_PAUSE = 0.001  # seconds


class _Note(NamedTuple):
    enters: bool
    task: int
    thread: int  # unique among all processes
    when: int  # ns, monotonic


class Receipt:
    """Tasks note when they begin and end, in a file without a name whose appends are whole and in order.

    To count the workers even where tasks are too short, the first tasks wait for each other until `at_once` of them
    have begun, or patience runs out. To be made before the executor is opened.
    """

    def __init__(self, at_once: int, patience: float = 10.0) -> None:
        self.at_once = at_once  # tasks that a correct executor has under way at the same time
        self._patience = int(patience * 1e9)
        self._file = os.memfd_create("fanout-receipt")
        fcntl.fcntl(self._file, fcntl.F_SETFL, os.O_APPEND)

    def clear(self) -> None:
        """For another batch."""
        os.ftruncate(self._file, 0)

    def close(self) -> None:
        os.close(self._file)

    @contextmanager
    def visit(self, task: int) -> Iterator[None]:
        self._note(True, task)
        try:
            yield
        finally:
            self._note(False, task)

    def meet(self) -> None:
        while self._waits():
            time.sleep(_PAUSE)

    async def meet_async(self) -> None:
        import asyncio  # of event loops alone: it would make forks dearer

        while self._waits():
            await asyncio.sleep(_PAUSE)

    def wrong(self, tasks: int, workers: int, kept: bool) -> Optional[str]:
        """What is wrong with the batch; None where each task ran once, `at_once` of them at the same time.

        `kept`: the workers live on between tasks, so that exactly `workers` of them may be seen.
        """
        notes = self._notes()
        runs = Counter(note.task for note in notes if note.enters)
        for task in range(tasks):
            if runs[task] == 0:
                return f"task {task} never ran"
            if runs[task] > 1:
                return f"task {task} ran {runs[task]} times"
        under_way = accumulate(1 if note.enters else -1 for note in notes)
        most, seen = max(under_way, default=0), len({note.thread for note in notes})
        if most != self.at_once:
            return f"{most} tasks ran at the same time, not {self.at_once} as asked for"
        if kept and seen != workers:
            return f"{seen} workers ran tasks, not {workers} as asked for"
        return None

    def _note(self, enters: bool, task: int) -> None:
        os.write(self._file, _FORMAT.pack(enters, task, threading.get_native_id(), time.monotonic_ns()))

    def _waits(self) -> bool:
        """No task ends while this holds, so that all notes are of beginnings."""
        if os.fstat(self._file).st_size >= self.at_once * _FORMAT.size:
            return False
        first = _Note(*_FORMAT.unpack(os.pread(self._file, _FORMAT.size, 0)))
        return time.monotonic_ns() < first.when + self._patience

    def _notes(self) -> list[_Note]:
        data = os.pread(self._file, os.fstat(self._file).st_size, 0)
        return [_Note(*fields) for fields in _FORMAT.iter_unpack(data)]
