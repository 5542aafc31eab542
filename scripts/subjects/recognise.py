"""What kind of subject a path is, found without running it."""

from __future__ import annotations

import mmap
import os
import re
import stat
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from scripts.measuring.usage import UsageError

Kind = Literal["plug-in", "benchmark"]
KINDS: tuple[Kind, ...] = ("plug-in", "benchmark")

_SUFFIXES: dict[str, Kind] = {
    ".c": "plug-in",
    ".cc": "plug-in",
    ".cpp": "plug-in",
    ".cxx": "plug-in",
}
_PLUGIN = b"fanout_plugin_entry"  # the symbol that a plug-in exports
# A flag of the library, where it is linked in, or the library's name among those that are loaded.
_BENCHMARK = re.compile(rb"benchmark_list_tests|\0libbenchmark(_main)?\.so")
_OWN = b"fanout-bench"
_FIXED = 2  # ET_EXEC, a program that is not moved
_PT_DYNAMIC, _PT_INTERP, _SHT_DYNSYM = 2, 3, 11
_DT_FLAGS_1, _DF_1_PIE = 0x6FFFFFFB, 0x08000000


def recognise(path: Path) -> Kind:
    """The kind by the suffix or by what is inside. Raises UsageError, which says what was found and what to do."""
    _require_file(path)
    if kind := _SUFFIXES.get(path.suffix):
        return kind
    if path.suffix == ".py":
        raise UsageError(f"SUBJECT: {path} is a Python program; measure it as a command: -- python3 {path}")
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            found = _inside(content)
    except (OSError, ValueError):  # one that is empty cannot be mapped
        raise _unknown(path, "an empty file") from None
    except struct.error:
        raise _unknown(path, "a torn ELF file") from None
    if found not in KINDS:
        raise _unknown(path, found)
    if found == "benchmark" and not os.access(path, os.X_OK):
        raise UsageError(f"SUBJECT: {path} is a benchmark that may not be executed; chmod +x {path}")
    return found  # type: ignore[return-value]


def _require_file(path: Path) -> None:
    """Raises UsageError unless it can be read. What is no regular file could block whoever opens it."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"SUBJECT: {str(path)!r} cannot be measured: {reason}") from None
    if stat.S_ISDIR(mode):
        raise UsageError(f"SUBJECT: {path} is a directory; name a program, a plug-in or a source in it")
    if not stat.S_ISREG(mode):
        raise UsageError(
            f"SUBJECT: {path} is neither a program nor a source: it is a device, a pipe or a socket"
        )
    if not os.access(path, os.R_OK):
        raise UsageError(f"SUBJECT: {path} may not be read (Permission denied); --as=KIND says what it is")


def _unknown(path: Path, found: str) -> UsageError:
    return UsageError(
        f"SUBJECT: {path} is {found}; say by --as=KIND what it is, or measure it as a command: -- {path}"
    )


def _inside(content: mmap.mmap) -> str:
    """The kind, or what else it is. Raises struct.error where it is torn."""
    if content[:2] == b"#!":
        return "a script"
    if content[:4] != b"\x7fELF":
        return "neither a program nor a source in C or C++"
    if content[4:6] != b"\x02\x01":
        return "an ELF file for machines other than 64-bit little-endian ones"
    headers, sections = [*_table(content, "<I4xQ16xQ", 32, 54)], [*_table(content, "<4xI16xQQI", 40, 58)]
    if content.find(b"\0" + _PLUGIN + b"\0") >= 0 and _PLUGIN in _exported(content, sections):
        return "plug-in"
    if not _is_program(content, headers):
        return "a shared library or object file that does not export fanout_plugin_entry"
    if _BENCHMARK.search(content) is None:
        return "a program without the flags of Google Benchmark"
    if content.find(_OWN) >= 0:
        return "fanout-bench, whose workloads fanout run measures without a SUBJECT"
    return "benchmark"


def _table(content: mmap.mmap, form: str, place: int, size: int) -> Iterator[tuple[int, ...]]:
    """The program headers (their place at 32, width and count at 54 of the ELF header) or the section headers (40, 58)."""
    (start,) = struct.unpack_from("<Q", content, place)
    width, count = struct.unpack_from("<HH", content, size)
    for index in range(count):
        yield struct.unpack_from(form, content, start + index * width)


def _is_program(content: mmap.mmap, headers: Sequence[tuple[int, ...]]) -> bool:
    """Shared libraries alone are moved, ask for no loader, and do not say that they are programs which can be moved."""
    if struct.unpack_from("<H", content, 16) == (_FIXED,) or _PT_INTERP in [kind for kind, *_ in headers]:
        return True
    for kind, start, size in headers:
        for place in range(start, start + size, 16) if kind == _PT_DYNAMIC else ():
            tag, value = struct.unpack_from("<QQ", content, place)
            if tag == _DT_FLAGS_1 and value & _DF_1_PIE:
                return True
    return False


def _exported(content: mmap.mmap, sections: Sequence[tuple[int, ...]]) -> Iterator[bytes]:
    """The names of the dynamic symbols that are defined here. Sections are their type, place, size and link."""
    for kind, start, size, link in sections:
        if kind != _SHT_DYNSYM:
            continue
        if link >= len(sections):
            raise struct.error("symbols without names")
        names = sections[link][1]
        for place in range(start, start + size, 24):
            name, section = struct.unpack_from("<I2xH", content, place)
            end = content.find(b"\0", names + name)
            if section and end >= 0:
                yield content[names + name : end]
