"""Why a cell has no number: a reason for people, a cause for programs."""

import errno
from contextlib import contextmanager
from typing import Iterator, Mapping

_KINDS = {errno.ENOMEM: "memory", errno.EAGAIN: "threads"}  # where the system has none left


class Failure(Exception):
    """`kind` is a stage of the cell's life (build, open, receipt, run), or what was wrong in any stage (unavailable,
    impossible, memory, threads, interrupted); "" until during() fills it in."""

    def __init__(self, reason: str, cause: Mapping[str, int] = {}, kind: str = "") -> None:
        super().__init__(reason, cause, kind)  # all of them: pickle makes another from these
        self.reason = reason
        self.cause = dict(cause)  # what is known of: signal, status, errno, worker (process id), task
        self.kind = kind

    def __str__(self) -> str:
        return self.reason


def caught(error: Exception, stage: str = "") -> Failure:
    """The error as a Failure of this stage."""
    known = error if isinstance(error, Failure) else Failure(f"{error}" or type(error).__name__)
    number = error.errno if isinstance(error, OSError) else known.cause.get("errno")
    if isinstance(error, MemoryError):
        number = errno.ENOMEM
    elif isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        number = errno.EAGAIN  # CPython drops it
    cause = known.cause if number is None else {**known.cause, "errno": number}
    return Failure(known.reason, cause, known.kind or _KINDS.get(number or 0, stage))


@contextmanager
def during(stage: str) -> Iterator[None]:
    """Any exception within becomes a Failure of this stage."""
    try:
        yield
    except Exception as error:
        raise caught(error, stage) from error
