"""The file of the peers' results: whole or not at all, and nothing else is replaced by it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.peers.selection import UsageError
from benchmarks.peers.report import output_file
from tests.conftest import ROOT


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    with output_file(out):
        assert not out.exists()
    assert list(tmp_path.iterdir()) == []
    with output_file(out) as commit:
        commit("{}")
    assert list(tmp_path.iterdir()) == [out] and out.read_text() == "{}"


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    with output_file(tmp_path / "link") as commit:
        commit("{}")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "target").read_text() == "{}"


def test_a_pipe_is_written_to_as_it_is(tmp_path: Path) -> None:
    """As root, a rename over /dev/null would put a file in the device's place."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with output_file(pipe) as commit:
        commit("{}")
    assert os.read(reader, 10) == b"{}" and pipe.is_fifo()
    os.close(reader)


def test_a_full_device_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="cannot write: No space left"), output_file(Path("/dev/full")):
        raise AssertionError("something was measured")


FULL = """
import resource, signal, sys; sys.path.insert(0, {root!r})
from pathlib import Path
from benchmarks.peers.report import output_file
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
with output_file(Path({out!r})) as commit:
    commit("x" * 30_000)
"""


@pytest.mark.parametrize(("limit", "error"), [(1000, "UsageError"), (20_000, "OSError")])
def test_a_full_disk_is_an_error_and_leaves_the_old_file(tmp_path: Path, limit: int, error: str) -> None:
    """The limit of a file's size stands in for the disk's: there is no room at all, or too little for the results."""
    out = tmp_path / "out.json"
    out.write_text("old")
    code = FULL.format(root=str(ROOT), limit=limit, out=str(out))
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    last = ended.stderr.splitlines()[-1]
    assert ended.returncode == 1 and error in last and "cannot write" in last and str(out) in last
    assert list(tmp_path.iterdir()) == [out] and out.read_text() == "old"
