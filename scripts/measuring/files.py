"""The files of a run: its directory, the journal of its samples, and documents that are written whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import json
import math
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import count, islice
from pathlib import Path

from scripts.measuring.catalogue import Json
from scripts.measuring.usage import UsageError

HOME = Path("results")  # where runs, duets and checks go, in the working directory
LATEST = HOME / "latest"  # a link to what ended last
RESULTS = "results.json"
SAMPLES = "samples.jsonl"  # the journal that they come from
_BEGIN = b'{"journal":1,'  # of the headers of those that can be gone on with
LARGEST = 1 << 30  # bytes of a journal: half a million samples


def directory(
    asked: Path | None, parent: Path, started: datetime, prefix: str = "", result: str = RESULTS
) -> Path:
    """The directory asked for, which must not hold a `result` yet, or a new one named after the time (UTC)."""
    try:
        if asked is None:
            return _create_new(parent, prefix + started.strftime("%Y-%m-%dT%H-%M-%SZ"))
        asked.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=asked).close()  # better known now than after an hour of measuring
    except OSError as error:
        raise UsageError(f"--output: cannot write to {asked or parent}: {error.strerror}") from error
    journal = asked / SAMPLES
    for path in (asked / result, journal):
        if path.exists() and not (path == journal and _command(journal) is None):
            held = f"--output: {asked} holds a {path.name} already; name another directory"
            raise UsageError(held + _go_on(journal, ", or "))
    return asked


def _go_on(journal: Path, before: str) -> str:
    """How to go on with it; "" where no command does."""
    of = _command(journal)
    return f"{before}go on with it: scripts/fanout {of} --resume={journal.parent}" if of else ""


def _command(journal: Path) -> str | None:
    """The command that goes on with a journal, "" where none does; None where its header is torn: nothing is in it."""
    if not journal.is_file():
        return ""
    with journal.open("rb") as file:
        line = file.readline()
    if not line.endswith(b"\n"):
        return None if _BEGIN.startswith(line[: len(_BEGIN)]) else ""
    of = (_object(line, str(journal)) or {}).get("of")
    return of if of in ("run", "duet") else ""


@contextmanager
def fresh_directory(
    asked: Path | None, parent: Path, started: datetime, prefix: str = "", result: str = RESULTS
) -> Iterator[Path]:
    """As directory() has it. A journal without a sample is removed at the end, and so is the directory, unless it was
    there before: neither --output nor --resume is to find half a beginning."""
    given = asked is not None and asked.exists()
    folder = directory(asked, parent, started, prefix, result)
    try:
        yield folder
    finally:
        with suppress(OSError, UsageError), Journal(folder / SAMPLES, _open(folder / SAMPLES)):
            with (folder / SAMPLES).open("rb") as file:
                if sum(line.endswith(b"\n") for line in islice(file, 2)) < 2:
                    (folder / SAMPLES).unlink()
        with suppress(OSError):
            if not given:
                folder.rmdir()
        lead_to(folder)


def lead_to(folder: Path) -> None:
    """By LATEST, from now on, if it is in HOME; where links are refused, or a directory has the name, there is none."""
    if (folder := folder.resolve()).parent == HOME.resolve() and folder.exists():
        with suppress(OSError), tempfile.TemporaryDirectory(dir=HOME, prefix=".latest-") as place:
            (link := Path(place) / "link").symlink_to(folder.name)
            link.replace(LATEST)


def _create_new(parent: Path, name: str) -> Path:
    """Numbered where two runs start within one second."""
    parent.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        path = parent / (name if number == 1 else f"{name}-{number}")
        with suppress(FileExistsError):
            path.mkdir()
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
    """A file of JSON objects, one a line, first a header. A line is on the disk before append() returns."""

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
    """In place of one whose header is torn, too. Raises FileExistsError where there is another."""
    journal = Journal(path, os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644))
    try:
        if _command(path) is not None:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        journal.cut(0)
        journal.append(header)
        directory = os.open(path.parent, os.O_RDONLY)
        os.fsync(directory)  # the file's name has to last as well
        os.close(directory)
    except BaseException:
        journal.__exit__()
        raise
    return journal


def read_journal(path: Path, of: str = "") -> list[Json]:
    """The objects of a journal that is left as it is, header first; `of` goes on with it, if any. Raises UsageError."""
    os.close(_open(path))
    records = _read(path)[0]
    if of and records[0].get("of", of) != of:
        raise UsageError(f"{path} is not of fanout {of}" + _go_on(path, "; "))
    return records


def texts(header: Json, key: str, path: Path) -> list[str]:
    """A list of texts in a journal's header. Raises UsageError."""
    found = header.get(key)
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise UsageError(f"{path}: line 1: {key} is no list of texts, so it does not say how it was started")
    return found


def _open(path: Path) -> int:
    """Raises UsageError on what is no file that could be a journal; one that is a pipe would never end."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise UsageError(f"{path} is no regular file, so no journal to go on with")
        if found.st_size > LARGEST:
            raise UsageError(f"{path} has {found.st_size} bytes; journals have at most {LARGEST}")
        return os.open(path, os.O_RDWR | os.O_APPEND)
    except OSError as error:
        raise UsageError(f"no journal to go on with: {path}: {error.strerror}") from error


def reopen_journal(path: Path) -> tuple[Journal, list[Json], int, int]:
    """The journal to go on with, its objects (the header first), the bytes that they take, and those of a torn last
    line, which is for the caller to cut.

    Whatever ended the writer can have torn the last line only. Raises UsageError where there is no journal,
    or where another line is no JSON object: then something else has written to it.
    """
    journal = Journal(path, _open(path))
    try:
        for partial in [*path.parent.glob(".results-*"), *path.parent.rglob(".*.[sp][vn]g.*")]:
            partial.unlink()  # of a writer that was killed
        return journal, *_read(path)
    except BaseException:
        journal.__exit__()
        raise


def _read(path: Path) -> tuple[list[Json], int, int]:
    """The objects, the bytes that they take, and the bytes behind them."""
    content = path.read_bytes()
    records, whole = list[Json](), 0
    while (end := content.find(b"\n", whole)) >= 0:
        record = _object(content[whole:end], f"{path}: line {len(records) + 1}")
        if record is None:
            break
        records.append(record)
        whole = end + 1
    if end not in (-1, len(content) - 1):
        raise UsageError(f"{path}: line {len(records) + 1} is no JSON object, and is not the last")
    if not records:
        raise UsageError(f"{path}: nothing was measured yet; start anew")
    return records, whole, len(content) - whole


def _object(line: bytes, where: str) -> Json | None:
    """None where it may be torn. Raises UsageError where nothing that writes journals can have left it so."""

    def number(text: str) -> float:
        if not math.isfinite(float(text)):
            raise UsageError(f"{where} has {text:.40}, which is no number")
        return float(text)

    try:
        record = json.loads(line, parse_constant=number, parse_float=number)
    except RecursionError:
        raise UsageError(f"{where} is nested too deeply") from None
    except ValueError:
        return None
    return record if isinstance(record, dict) else None
