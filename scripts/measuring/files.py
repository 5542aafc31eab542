"""The files of a run: its directory, the journal of its samples, and documents that are written whole or not at all."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from datetime import datetime
from itertools import count
from pathlib import Path

from scripts.measuring.catalogue import Json
from scripts.measuring.usage import UsageError

RESULTS = "results.json"
SAMPLES = "samples.jsonl"  # the journal that they come from


def directory(
    asked: Path | None, parent: Path, started: datetime, prefix: str = "", result: str = RESULTS
) -> Path:
    """The directory asked for, which must not hold a `result` already, or a new one named after the time (UTC)."""
    try:
        if asked is None:
            return _create_new(parent, prefix + started.strftime("%Y-%m-%dT%H-%M-%SZ"))
        asked.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=asked).close()  # better known now than after an hour of measuring
    except OSError as error:
        raise UsageError(f"--output: cannot write to {asked or parent}: {error.strerror}") from error
    for name in (result, SAMPLES):
        if (asked / name).exists():
            raise UsageError(
                f"--output: {asked} holds a {name} already; name another directory, or go on with it: --resume={asked}"
            )
    return asked


def _create_new(parent: Path, name: str) -> Path:
    """Numbered where two runs start within one second."""
    parent.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        path = parent / (name if number == 1 else f"{name}-{number}")
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path
    raise AssertionError("unreachable")


def write(path: Path, document: Json) -> None:
    """Writes all or nothing: a reader never meets half a file."""
    text = json.dumps(document, indent=1, allow_nan=False) + "\n"
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".results-")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())  # or a power cut may leave the new name with nothing in it
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


class Journal:
    """A file of JSON objects, one a line, the first of them a header. A line is on the disk before append() returns."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise UsageError(f"{path} is being written by another fanout; wait for its end") from None

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def append(self, record: Json) -> None:
        """Raises OSError, which names the file, where the disk is full."""
        line = json.dumps(record, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        try:
            while line:  # a nearly full disk takes a part of it
                line = line[os.write(self._descriptor, line) :]
            os.fdatasync(self._descriptor)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self._path)) from error

    def cut(self, length: int) -> None:
        """Drops what is behind `length` bytes: a torn last line."""
        os.ftruncate(self._descriptor, length)


def create_journal(path: Path, header: Json) -> Journal:
    """Raises FileExistsError where there is one."""
    journal = Journal(path, os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o644))
    journal.append(header)
    directory = os.open(path.parent, os.O_RDONLY)
    os.fsync(directory)  # the file's name has to last as well
    os.close(directory)
    return journal


def read_journal(path: Path) -> list[Json]:
    """The objects of a journal that is left as it is, the header first. Raises UsageError."""
    try:
        return _read(path)[0]
    except OSError as error:
        raise UsageError(f"no journal to go on with: {path}: {error.strerror}") from error


def reopen_journal(path: Path) -> tuple[Journal, list[Json], int, int]:
    """The journal to go on with, its objects (the header first), the bytes that they take, and those of a torn last line,
    which is for the caller to cut.

    Whatever ended the writer can have torn the last line only. Raises UsageError where there is no journal, or where
    another line is no JSON object: then something else has written to it.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
    except OSError as error:
        raise UsageError(f"no journal to go on with: {path}: {error.strerror}") from error
    journal = Journal(path, descriptor)
    try:
        return journal, *_read(path)
    except BaseException:
        os.close(descriptor)
        raise


def _read(path: Path) -> tuple[list[Json], int, int]:
    """The objects, the bytes that they take, and the bytes behind them."""
    content = path.read_bytes()
    records: list[Json] = []
    whole = 0
    while (end := content.find(b"\n", whole)) >= 0:
        record = _object(content[whole:end])
        if record is None:
            break
        records.append(record)
        whole = end + 1
    if end not in (-1, len(content) - 1):
        raise UsageError(f"{path}: line {len(records) + 1} is no JSON object, and is not the last")
    if not records:
        raise UsageError(f"{path}: nothing was measured yet; start anew")
    return records, whole, len(content) - whole


def _object(line: bytes) -> Json | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None
