"""One child process in a group of its own: bounded in time and output, and with no survivor when it has ended."""

from __future__ import annotations

import ctypes
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import IO, Literal

_STDERR_KEPT = 8192  # bytes, the last ones
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36  # <linux/prctl.h>
_LIBC = ctypes.CDLL(None)


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit status (-N: by signal N), and the end of its standard error."""

    how: Literal["exit", "timeout", "interrupted"]
    status: int
    stderr: str

    @property
    def last_line(self) -> str:
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        return lines[-1] if lines else ""


def adopt_orphans() -> None:
    """Makes this process the parent of its descendants' orphans, so that it can await their end, not just ask for it."""
    _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _prepare(cpus: Sequence[int] | None) -> None:
    """In the child: dies with this process, even where that is killed and can end nobody; runs on these CPUs only."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if cpus is not None:
        with suppress(OSError):  # who asked has to look what came of it anyway: the kernel may grant a part
            os.sched_setaffinity(0, cpus)


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    limit: float,
    wake: int | None = None,
    cpus: Sequence[int] | None = None,
) -> Ended:
    """Runs a command for at most `limit` seconds, or until `wake` is readable; its whole group is gone afterwards.

    It starts on `cpus`, if given, as far as the kernel lets it, which raises nothing where it does not.
    Standard input is empty, standard output dropped. Raises OSError where the command cannot be started.
    """
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=partial(_prepare, cpus),
    ) as process:
        assert process.stderr is not None
        tail = bytearray()
        try:
            how = _await(process, process.stderr, tail, limit, wake)
        finally:
            _end_group(process)
        _read(process.stderr, tail)
    return Ended(how, process.returncode, tail.decode(errors="replace"))


def _await(
    process: subprocess.Popen[bytes], stderr: IO[bytes], tail: bytearray, limit: float, wake: int | None
) -> Literal["exit", "timeout", "interrupted"]:
    """Waits without reaping, and without polling, which would disturb what is being measured."""
    os.set_blocking(stderr.fileno(), False)
    deadline = time.monotonic() + limit
    exited = os.pidfd_open(process.pid)
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(exited, selectors.EVENT_READ, "exit")
            selector.register(stderr, selectors.EVENT_READ, "stderr")
            if wake is not None:
                selector.register(wake, selectors.EVENT_READ, "interrupted")
            while (left := deadline - time.monotonic()) > 0:
                events = {key.data for key, _ in selector.select(left)}
                if "interrupted" in events:
                    return "interrupted"
                if "exit" in events:
                    return "exit"
                if "stderr" in events and not _read(stderr, tail):
                    selector.unregister(stderr)
    finally:
        os.close(exited)
    return "timeout"


def _read(stream: IO[bytes], tail: bytearray) -> bool:
    """Reads what is there, keeping the end of it; False at the end of the stream."""
    while True:
        try:
            chunk = os.read(stream.fileno(), 65536)
        except BlockingIOError:
            return True
        tail += chunk
        del tail[:-_STDERR_KEPT]
        if len(chunk) < 65536:
            return bool(chunk)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Kills and reaps the group. The leader is not reaped before the kill: its number cannot have gone to another process."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            reaped, _ = os.waitpid(-process.pid, os.WNOHANG)
        except ChildProcessError:
            return
        if not reaped:
            time.sleep(0.001)
