"""What a runner leaves that was killed and could end nothing: processes and directories that bear its
mark."""

from __future__ import annotations

import os
import select
import shutil
import signal
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

VARIABLE = (
    "FANOUT_RUNNER"  # in the environment of all processes that a runner starts, and of what these start
)
_PREFIX = "fanout-"  # of temporary directories
_PATIENCE = 5.0  # seconds for a process to be gone that was killed


def mark() -> str:
    """This process: its PID namespace, its id, and when it started. No other process ever has the same."""
    return f"{_namespace()}-{os.getpid()}-{_start(os.getpid())}"


def temporary_directory() -> tempfile.TemporaryDirectory[str]:
    """One that the next start removes where this process cannot."""
    return tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{mark()}-")


def remove() -> None:
    """Ends and removes all that bears the mark of a process that is no more."""
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            with suppress(OSError):  # it has ended, or is another user's
                _end(int(process.name), _gone)
    with suppress(OSError):  # there may be no directory for temporary files
        for directory in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*-*-*"):
            if _gone(directory.name.removeprefix(_PREFIX).rpartition("-")[0]):
                shutil.rmtree(directory, ignore_errors=True)


def end_adopted() -> None:
    """Ends what this process has started and become the parent of since, and in turn what that leaves."""
    children, own = Path(f"/proc/self/task/{os.getpid()}/children"), mark()
    with suppress(OSError):
        while ended := [pid for pid in map(int, children.read_text().split()) if _end(pid, own.__eq__)]:
            for pid in ended:
                os.waitpid(pid, os.WNOHANG)


def _end(process: int, whose: Callable[[str], bool]) -> bool:
    """Whether it is theirs, and was ended. By a descriptor: meanwhile the number cannot go to another
    process."""
    descriptor = os.pidfd_open(process)
    try:
        variables = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
        marks = [text for text in variables if text.startswith(VARIABLE.encode() + b"=")]
        theirs = bool(marks) and whose(marks[0].decode(errors="replace").partition("=")[2])
        if theirs:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            select.select([descriptor], [], [], _PATIENCE)
        return theirs
    finally:
        os.close(descriptor)


def _gone(text: str) -> bool:
    """Whether it is the mark of a process of this PID namespace that runs no more."""
    namespace, _, rest = text.partition("-")
    number, _, start = rest.partition("-")
    known = namespace == _namespace() and number.isdecimal() and start.isdecimal()
    return known and _start(int(number)) != start


def _namespace() -> str:
    return os.readlink("/proc/self/ns/pid").strip("pid:[]")


def _start(process: int) -> str:
    """In ticks since the machine's own; "" where there is no such process, or only its exit status."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return fields[19] if fields[0] not in "ZX" else ""
