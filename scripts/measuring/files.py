"""Where a run's results go."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile

from scripts.measuring.usage import UsageError

RESULTS = "results.json"
SAMPLES = "samples.jsonl"  # the journal that they come from


def create(
    asked: Path | None, parent: Path, started: datetime, prefix: str = "", result: str = RESULTS
) -> Path:
    """The directory asked for, which must not hold a `result` already, or a new one named after the time (UTC)."""
    try:
        if asked is None:
            return _create_new(parent, prefix + started.strftime("%Y-%m-%dT%H-%M-%SZ"))
        asked.mkdir(parents=True, exist_ok=True)
        TemporaryFile(
            dir=asked
        ).close()  # whether it can be written to must be known before an hour of measuring
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
        directory = parent / (name if number == 1 else f"{name}-{number}")
        try:
            directory.mkdir()
        except FileExistsError:
            continue
        return directory
    raise AssertionError("unreachable")
