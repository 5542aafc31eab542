"""What the tests of the commands share."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.compare import main
from tests.scripts.comparing import Write, document

PATIENCE = 60.0  # seconds: far beyond need, on a machine busy with something else


@dataclass(frozen=True)
class Logs:
    """What the fake fanout-bench says that it ran."""

    directory: Path

    def samples(self) -> list[list[str]]:
        """Name, padding in bytes and the spin rate given, in the order of running."""
        return [line.split(" ") for line in self._lines("samples")]

    def await_child(self) -> None:
        """Returns once a sample has a child that ignores SIGTERM."""
        deadline = time.monotonic() + PATIENCE
        while not self._lines("pids"):
            assert time.monotonic() < deadline, "no sample has started a child"
            time.sleep(0.01)

    def survivors(self) -> list[str]:
        """The samples and their children that run still; at least one must have been started."""
        pids = [pid for line in self._lines("pids") for pid in line.split()]
        assert pids
        deadline = time.monotonic() + PATIENCE
        while (running := [pid for pid in pids if _runs(pid)]) and time.monotonic() < deadline:
            time.sleep(0.01)
        return running

    def _lines(self, name: str) -> list[str]:
        path = self.directory / name
        return path.read_text().splitlines() if path.exists() else []


def _runs(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def bench() -> Path:
    """The fake fanout-bench."""
    return Path(__file__).with_name("fake_bench.py")


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Logs:
    directory = tmp_path / "logs"
    directory.mkdir()
    monkeypatch.setenv("FAKE_LOGS", str(directory))
    return Logs(directory)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The directory of temporary files, which has to be empty again at the end of the test."""
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setenv("TMPDIR", str(directory))
    monkeypatch.setattr("tempfile.tempdir", str(directory))
    yield directory
    assert list(directory.iterdir()) == []


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """write(name, cells, failures, context=..., statistics=..., more=...): a results file; its path."""

    def write(
        file: str,
        cells: Mapping[str, Sequence[float]],
        failures: Mapping[str, tuple[str, str]] = {},
        context: Mapping[str, Any] = {},
        **more: Mapping[str, Any],
    ) -> str:
        path = tmp_path / f"{file}.json"
        path.write_text(json.dumps(document(cells, failures, {"commit": file, **context}, **more)))
        return str(path)

    return write


@pytest.fixture
def compare(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, dict[str, Any]]]:
    """compare(base, new, ...): the exit status and the JSON."""

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        status = main([*arguments, "--format=json"])
        return status, json.loads(capsys.readouterr().out)

    return run
