"""Many write at once, some of them die, and the server is started again meanwhile: nothing is lost, half or twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.store import recorded
from scripts.store.integrity import check
from tests.conftest import ROOT
from tests.store.conftest import Open
from tests.store.server import Server
from tests.store.writer import CELLS, SAMPLES, made

PATIENCE = 240.0  # seconds: far beyond need, on a machine busy with something else
EACH = 6  # runs of a writer

Writer = subprocess.Popen[str]
Begin = Callable[..., Writer]


@pytest.fixture
def begin(url: str, tmp_path: Path) -> Begin:
    """begin(first, count, ...): a writer; what it has recorded is in the file of its name."""

    def begun(first: int, count: int, *more: str) -> Writer:
        command = [sys.executable, "-m", "tests.store.writer", url, str(first), str(count), *more]
        with log(tmp_path, first).open("w") as out:
            return subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.PIPE, text=True)

    return begun


def log(folder: Path, first: int) -> Path:
    return folder / f"writer-{first}"


def recorded_by(folder: Path, first: int) -> list[int]:
    return [int(line) for line in log(folder, first).read_text().splitlines()]


def await_records(folder: Path, first: int, count: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(recorded_by(folder, first)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def finish(*writers: Writer) -> list[str]:
    """Waits for them; what each had to say."""
    said = []
    for writer in writers:
        said.append(writer.communicate(timeout=PATIENCE)[1])
        assert writer.returncode == 0, said[-1]
    return said


def require(opened: Open, url: str, certain: set[int], possible: set[int]) -> None:
    """The store holds those, and of the others what it holds is whole."""
    store = opened(url, create=False)
    names = {made(number).digest: number for number in certain | possible}
    there = [names[digest] for digest in store.read(recorded.digests)]
    assert len(there) == len(set(there)) and certain <= set(there) <= certain | possible
    found = check(store, lambda _: None)
    assert found.faults == () and found.samples == len(there) * CELLS * SAMPLES


def test_eight_writers_and_one_of_them_is_killed(
    url: str, begin: Begin, opened: Open, tmp_path: Path
) -> None:
    """Neighbours have half of their runs in common; nobody has made the store for them."""
    firsts = [100 + place * EACH // 2 for place in range(8)]
    writers = [begin(first, EACH) for first in firsts]
    await_records(tmp_path, firsts[3], 2)
    writers[3].kill()
    assert writers[3].wait(PATIENCE) == -signal.SIGKILL
    finish(*writers[:3], *writers[4:])
    certain = {number for first in firsts for number in recorded_by(tmp_path, first)}
    assert {number for first in firsts[:3] + firsts[4:] for number in range(first, first + EACH)} <= certain
    require(opened, url, certain, set(range(firsts[3], firsts[3] + EACH)))


def test_killed_before_the_end_of_its_transaction(
    url: str, begin: Begin, opened: Open, tmp_path: Path
) -> None:
    writer = begin(1, 2, "fatal")
    assert writer.wait(PATIENCE) == -signal.SIGKILL and recorded_by(tmp_path, 1) == [1]
    require(opened, url, {1}, set())
    finish(begin(2, 1))  # and nothing is in its way
    require(opened, url, {1, 2}, set())


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("crash", [False, True])
def test_the_server_is_started_again(
    url: str, begin: Begin, opened: Open, server: Server, tmp_path: Path, crash: bool
) -> None:
    firsts = [100 * place for place in range(1, 9)]
    writers = [begin(first, EACH) for first in firsts]
    for first in firsts:
        await_records(tmp_path, first, 1)
    server.stop(crash)
    try:
        time.sleep(0.3)
        os.kill(writers[0].pid, signal.SIGKILL)
    finally:
        server.start()
    said = finish(*writers[1:])
    writers[0].wait(PATIENCE)
    assert any("no connection; trying again" in text for text in said)
    certain = {number for first in firsts for number in recorded_by(tmp_path, first)}
    require(opened, url, certain, set(range(firsts[0], firsts[0] + EACH)))
    assert len(certain) >= 7 * EACH
