"""A store that cannot be opened, read or written: one line that says what to do, and nothing half."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from scripts.store import recorded
from scripts.store.database import connection
from scripts.store.database.address import StoreError, address
from scripts.store.database.remedies import passing
from scripts.store.integrity import check
from tests.conftest import ROOT
from tests.store.conftest import Open
from tests.store.making import keep, run
from tests.store.server import LOCKED, PASSWORD, USER, Server

PATIENCE = 120.0  # seconds


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PATIENCE", 0.2)
    monkeypatch.setattr(connection, "FIRST", 0.2)


def test_its_directory_cannot_be_made(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file/folder cannot be made: .*; name another file by --store"):
        opened(f"sqlite:///{tmp_path}/file/folder/store.sqlite")


def test_it_is_a_directory(opened: Open, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open database file; .* name another file by --store"):
        opened(f"sqlite:///{tmp_path}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_it_may_not_be_written(opened: Open, tmp_path: Path) -> None:
    opened(f"sqlite:///{tmp_path}/store.sqlite")
    (tmp_path / "store.sqlite").chmod(0o400)
    with pytest.raises(StoreError, match="may not be written"):
        keep(opened(f"sqlite:///{tmp_path}/store.sqlite"), run(1))


@pytest.mark.parametrize("text", [b"no database at all, but a text of some length\n" * 99, b"{}"])
def test_it_is_another_file(opened: Open, tmp_path: Path, text: bytes) -> None:
    (tmp_path / "notes").write_bytes(text)
    with pytest.raises(StoreError, match="not a database; it is damaged, or another program's"):
        opened(f"sqlite:///{tmp_path}/notes")
    assert (tmp_path / "notes").read_bytes() == text


def test_it_is_damaged(opened: Open, tmp_path: Path) -> None:
    store = opened(url := f"sqlite:///{tmp_path}/store.sqlite")
    keep(store, *map(run, range(200)))
    path = store.address.path
    data = bytearray(path.read_bytes())
    data[4096 * 10 :] = b"\xff" * (len(data) - 4096 * 10)
    path.write_bytes(data)
    try:
        faults = check(opened(url), lambda _: None).faults
    except StoreError as error:
        assert "import an export into a new one" in str(error)
    else:
        assert faults


def test_another_one_writes_for_ever(opened: Open, tmp_path: Path, impatient: None) -> None:
    store = opened(url := f"sqlite:///{tmp_path}/store.sqlite")
    with sqlite3.connect(store.address.path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="database is locked; another process has been writing"):
            keep(opened(url), run(1))
        assert store.read(recorded.digests) == []  # readers go on
    other.close()
    assert keep(store, run(1)) == [True]


def test_the_disk_is_full(opened: Open, tmp_path: Path) -> None:
    """As a file that may not grow."""
    url = f"sqlite:///{tmp_path}/store.sqlite"
    assert keep(opened(url), run(0)) == [True]
    size = max(path.stat().st_size for path in tmp_path.iterdir()) + 100_000

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    command = [sys.executable, "-m", "tests.store.writer", url, "1", "50"]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, preexec_fn=limit
    )
    assert ended.returncode == 1 and "nothing of this was kept" in ended.stderr
    done = len(ended.stdout.splitlines())
    assert 0 < done < 50
    store = opened(url)
    assert len(store.read(recorded.digests)) == 1 + done and check(store, lambda _: None).faults == ()


def test_there_is_no_server(opened: Open, tmp_path: Path, impatient: None, heard: list[str]) -> None:
    with pytest.raises(StoreError, match="is the server running, and its address right"):
        opened(f"postgresql://me@/fanout?host={tmp_path}")
    assert len(heard) == 1 and "no connection; trying again" in heard[0]


def test_the_server_has_no_such_database(opened: Open, server: Server, heard: list[str]) -> None:
    with pytest.raises(StoreError, match='database "missing" does not exist; make it first'):
        opened(f"postgresql://{USER}@/missing?host={server.folder}")
    assert heard == []  # trying again would not help


def test_the_server_does_not_know_me(opened: Open, server: Server) -> None:
    with pytest.raises(StoreError, match='role "stranger" does not exist; make it first'):
        opened(f"postgresql://stranger@/postgres?host={server.folder}")


def test_the_user_may_not_write(opened: Open, server: Server) -> None:
    url = server.database()
    name = str(address(url).url.database)
    keep(opened(url), run(1))
    server.sql(
        f"CREATE ROLE reader_{name} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader_{name}", name
    )
    reader = opened(url.replace(f"{USER}@", f"reader_{name}@"), create=False)
    assert reader.read(recorded.digests) == [run(1).digest]
    with pytest.raises(StoreError, match="permission denied for table .*; ask its owner for it"):
        keep(reader, run(2))


def test_the_password_is_given_beside_the_url(
    opened: Open, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, heard: list[str]
) -> None:
    url = server.database().replace(f"{USER}@", f"{LOCKED}@")
    name = address(url).url.database
    monkeypatch.setenv("HOME", str(tmp_path))
    for wrong in ("", "wrong"):
        monkeypatch.setenv("PGPASSWORD", wrong)
        with pytest.raises(StoreError, match="give the password by PGPASSWORD or ~/.pgpass"):
            opened(url)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert keep(opened(url), run(1)) == [True]
    monkeypatch.delenv("PGPASSWORD")
    (file := tmp_path / "passwords").write_text(f"*:*:{name}:{LOCKED}:{PASSWORD}\n")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    assert keep(opened(url), run(1)) == [False] and heard == []


FATAL = "connection to server failed: FATAL:  "


@pytest.mark.parametrize(
    ("said", "first", "later"),
    [
        ("terminating connection due to administrator command", True, True),
        ("the database system is starting up", True, True),
        ('database "x" does not exist', False, True),
        ("Datenbank »x« existiert nicht", False, True),  # in the server's language
    ],
)
def test_a_server_that_was_there_is_waited_for(said: str, first: bool, later: bool) -> None:
    """While connecting, there is the text alone to tell by."""
    error = OperationalError("", {}, Exception(FATAL + said))
    assert (passing(error, seen=False), passing(error, seen=True)) == (first, later)
