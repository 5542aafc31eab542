"""One child process in a group of its own: bounded in time and output, and with no survivor when it has ended."""

from __future__ import annotations

import ctypes
import errno
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Literal

_STDERR_KEPT = 8192  # bytes, the last ones
_PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>
# So that a process dies with this one, even where that is killed and can end nothing. It is not done in the child before
# exec (preexec_fn): that takes a fork of this process with all its pages, where starting it takes a vfork.
_DIE_WITH_PARENT = ("/usr/bin/setpriv", "--pdeathsig=KILL", "--")


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
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@contextmanager
def _on(cpus: Sequence[int] | None) -> Iterator[None]:
    """This thread on these CPUs, as far as the kernel grants them: what it starts meanwhile inherits them."""
    if cpus is None:
        yield
        return
    before = os.sched_getaffinity(0)
    with suppress(OSError):  # the caller looks where the process ran: the kernel may grant a part
        os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _require_executable(program: str) -> None:
    """Raises the OSError that starting it would: behind setpriv it were only an exit status."""
    if "/" not in program:
        return
    if not os.path.exists(program):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), program)
    if os.path.isdir(program) or not os.access(program, os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), program)


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
    _require_executable(command[0])
    with _on(cpus):
        process = subprocess.Popen(
            [*_DIE_WITH_PARENT, *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    with process:
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
