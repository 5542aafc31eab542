"""One child process in a group of its own: bounded in time and output, and with no survivor when it has
ended."""

from __future__ import annotations

import ctypes
import errno
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any, Literal

from scripts.machine import leftovers

_SLICE = 1.0  # seconds of a wait, after which the clock is looked at
_STDERR_KEPT = 8192  # bytes, the last ones
_RESULTS_KEPT = 1 << 28  # bytes: far beyond those of any sample
_PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>
# So that a process dies with this one, even where that is killed and can end nothing. It is not done in the child before
# exec (preexec_fn): that takes a fork of this process with all its pages, where starting it takes a vfork.
_DIE_WITH_PARENT = ("/usr/bin/setpriv", "--pdeathsig=KILL", "--")


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit status (-N: by signal N), the end of its standard error, and its
    results."""

    how: Literal["exit", "timeout", "interrupted"]
    status: int
    stderr: str
    results: str = ""

    @property
    def last_line(self) -> str:
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        return lines[-1] if lines else ""


def adopt_orphans() -> None:
    """Makes this process the parent of its descendants' orphans, so that it can await their end, not just ask
    for it; and ends those of runners that were killed."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    leftovers.remove()


class _Clock:
    """Stands still while this process is stopped (Ctrl-Z): a wait that took longer than it was to take
    says so."""

    stopped = 0.0  # seconds

    def __call__(self) -> float:
        return time.monotonic() - self.stopped

    @contextmanager
    def waiting(self, seconds: float) -> Iterator[None]:
        before = time.monotonic()
        yield
        self.stopped += max(0.0, time.monotonic() - before - seconds)


clock = _Clock()


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


def misplaced(cpus: Sequence[int], context: Mapping[str, Any]) -> str | None:
    """Why a process that was started on these CPUs has not run there, by its affinity at its end; None
    where it has."""
    found = context.get("affinity")
    if not isinstance(found, list):
        return f"started on CPUs {_list(cpus)}, but its results do not say where it ran"
    if set(found) == set(cpus):
        return None
    return (
        f"started on CPUs {_list(cpus)}, but it ended on {_list(found)}: these were refused, or a runtime"
        " has moved it; unset OMP_PROC_BIND, OMP_PLACES and GOMP_CPU_AFFINITY, and look at the cgroup's cpuset"
    )


def _list(cpus: Sequence[int]) -> str:
    return ",".join(map(str, sorted(cpus))) or "none"


def _require_executable(program: str) -> None:
    """Raises the OSError that starting it would: behind setpriv it were only an exit status."""
    if "/" not in program:
        return
    if not os.path.exists(program):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), program)
    if os.path.isdir(program) or not os.access(program, os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), program)


class _Stream:
    """What a process writes; the last `kept` bytes of it."""

    def __init__(self, file: IO[bytes], kept: int) -> None:
        os.set_blocking(file.fileno(), False)
        self.file, self._kept = file, kept
        self._content = bytearray()

    def read(self) -> bool:
        """Reads what is there; False at the end of the stream."""
        while True:
            try:
                chunk = os.read(self.file.fileno(), 65536)
            except BlockingIOError:
                return True
            self._content += chunk
            del self._content[: -self._kept]
            if len(chunk) < 65536:
                return bool(chunk)

    def text(self) -> str:
        self.read()
        return self._content.decode(errors="replace")


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    limit: float,
    wake: int | None = None,
    cpus: Sequence[int] | None = None,
    results: str = "",
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
) -> Ended:
    """Runs a command for at most `limit` seconds, or until `wake` is readable; its whole group is gone
    afterwards.

    It starts on `cpus`, if given, as far as the kernel lets it, which raises nothing where it does not. Its
    flag `results`, if given ("--out="), gets the path of a pipe, and Ended has what is written there.
    Standard input is empty and standard output dropped, unless they are descriptors of files. Raises OSError where the
    command cannot be started.
    """
    _require_executable(command[0])
    with ExitStack() as stack:
        read, write = (
            stack.enter_context(open(number, mode, 0)) for number, mode in zip(os.pipe(), ("rb", "wb"))
        )
        told = list(command)
        if results:  # the first one is the program's own
            told[told.index(results)] += f"/proc/self/fd/{write.fileno()}"
        with _on(cpus):
            process = stack.enter_context(
                subprocess.Popen(
                    [*_DIE_WITH_PARENT, *told],
                    env={**environment, leftovers.VARIABLE: leftovers.mark()},
                    stdin=stdin,
                    stdout=stdout,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                    pass_fds=[write.fileno()] if results else [],
                )
            )
        write.close()
        assert process.stderr is not None
        streams = [_Stream(process.stderr, _STDERR_KEPT), _Stream(read, _RESULTS_KEPT)]
        try:
            how = _await(process, streams, limit, wake)
        finally:
            _end_group(process)
            leftovers.end_adopted()  # what has left the group
        texts = [stream.text() for stream in streams]
    return Ended(how, process.returncode, *texts)


def _await(
    process: subprocess.Popen[bytes], streams: Sequence[_Stream], limit: float, wake: int | None
) -> Literal["exit", "timeout", "interrupted"]:
    """Waits without reaping, and mostly without waking, which would disturb what is being measured. That the
    process has ended comes before that its time is up."""
    deadline = clock() + limit
    exited = os.pidfd_open(process.pid)
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(exited, selectors.EVENT_READ, "exit")
            for stream in streams:
                selector.register(stream.file, selectors.EVENT_READ, stream)
            if wake is not None:
                selector.register(wake, selectors.EVENT_READ, "interrupted")
            while True:
                left = max(0.0, deadline - clock())
                with clock.waiting(min(left, _SLICE)):
                    events = [key.data for key, _ in selector.select(min(left, _SLICE))]
                if "interrupted" in events:
                    return "interrupted"
                if "exit" in events:
                    return "exit"
                if not left:
                    return "timeout"
                for stream in events:
                    if not stream.read():
                        selector.unregister(stream.file)
    finally:
        os.close(exited)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Kills and reaps the group. The leader is not reaped before the kill: its number cannot have gone to
    another process. One that Ctrl-C has killed before it had a group is gone already."""
    with suppress(ProcessLookupError):
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
