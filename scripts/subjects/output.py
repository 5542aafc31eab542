"""What a command has written to standard output: kept outside of its measured time, and compared."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from os.path import commonprefix
from typing import IO

from scripts.analysis.text import printable, shortened

_HEAD = 16 << 20  # bytes that are kept to find the line that differs
_LINE = 400  # characters
_SHOWN, _BEFORE = 60, 20  # characters of a line, and how many of them come before what differs
# Of an output: it is in memory, and an endless one would take all of it, the runner's too.
LARGEST = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4


@dataclass(frozen=True)
class Output:
    """Of one process."""

    digest: str
    size: int
    head: bytes

    @property
    def first_line(self) -> str:
        return _text(self.head.partition(b"\n")[0], _LINE)

    def difference(self, other: Output, whose: str) -> str:
        """The first line that is not as in the other one, which is `whose`."""
        begin = 0
        lines = zip_longest(self.head.split(b"\n"), other.head.split(b"\n"))
        for number, (mine, theirs) in enumerate(lines, start=1):
            if mine != theirs:
                same = len(commonprefix([mine or b"", theirs or b""]))
                place = f"line {number}, byte {begin + same + 1} of its output"
                return f"{place}: {_shown(mine, same)}; of {whose}: {_shown(theirs, same)}"
            begin += len(mine or b"") + 1
        sizes = f"{self.size} and {other.size} bytes"
        return f"its output differs from that of {whose} beyond the first {_HEAD >> 20} MiB: {sizes}"


def _shown(line: bytes | None, same: int) -> str:
    """Where it differs from the other one, after as many bytes that are the same."""
    if line is None:
        return "none"
    begin = max(0, same - _BEFORE)
    return f"'{'…' if begin else ''}{_text(line[begin:])}'"


def _text(line: bytes, length: int = _SHOWN) -> str:
    return shortened(printable(line[: 4 * length].decode(errors="backslashreplace")), length)


@contextmanager
def file() -> Iterator[int]:
    """The descriptor of a file in memory, which writing to costs as little as it can."""
    descriptor = os.memfd_create("output")
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def opened(descriptor: int) -> IO[bytes]:
    """That file from its begin."""
    content = open(os.dup(descriptor), "rb")
    content.seek(0)
    return content


def read(descriptor: int) -> Output:
    """All that is in that file."""
    with opened(descriptor) as content:
        head = content.read(_HEAD)
        digest = hashlib.sha256(head)
        while chunk := content.read(1 << 20):
            digest.update(chunk)
        return Output(digest.hexdigest(), content.tell(), head)
