"""Lines that outlive whatever happens."""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone
from pathlib import Path

import pytest

from scripts.measuring import files
from scripts.measuring.catalogue import Json
from scripts.measuring.usage import UsageError

RECORDS: list[Json] = [{"journal": 1}, {"cell": "a"}, {"cell": "µ\n", "seconds": 0.5}]


def written(path: Path) -> bytes:
    with files.create_journal(path, RECORDS[0]) as kept:
        for record in RECORDS[1:]:
            kept.append(record)
    return path.read_bytes()


def test_a_journal_has_a_line_for_each_record(tmp_path: Path) -> None:
    lines = written(tmp_path / "j").splitlines()
    assert [json.loads(line) for line in lines] == RECORDS


def test_a_line_is_in_the_file_before_the_next(tmp_path: Path) -> None:
    with files.create_journal(tmp_path / "j", RECORDS[0]) as kept:
        kept.append(RECORDS[1])
        assert len((tmp_path / "j").read_bytes().splitlines()) == 2


def test_a_cut_at_any_byte_loses_the_torn_line_alone(tmp_path: Path) -> None:
    path = tmp_path / "j"
    content = written(path)
    for cut in range(len(content) + 1):
        path.write_bytes(content[:cut])
        whole = content[:cut].count(b"\n")
        if whole == 0:
            with pytest.raises(UsageError, match="nothing was measured yet"):
                files.reopen_journal(path)
            continue
        kept, records, end, torn = files.reopen_journal(path)
        with kept:
            assert records == RECORDS[:whole]
            assert path.read_bytes() == content[:cut], "as it is, until it is known to be the same run"
            kept.cut(end)
            assert torn == cut - len(b"".join(content.splitlines(True)[:whole]))
            kept.append({"cell": "later"})
        assert [json.loads(line) for line in path.read_bytes().splitlines()] == [
            *RECORDS[:whole],
            {"cell": "later"},
        ]


@pytest.mark.parametrize("tail", [b"\0\0\0\0", b"\0\0\n", b'{"cell":', b"[1]\n", b"\xff\xfe"])
def test_what_a_power_cut_leaves_behind_is_dropped(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "j"
    content = written(path)
    path.write_bytes(content + tail)
    kept, records, end, torn = files.reopen_journal(path)
    with kept:
        assert (records, torn) == (RECORDS, len(tail))
        kept.cut(end)
    assert path.read_bytes() == content


def test_damage_in_the_middle_is_no_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "j"
    lines = written(path).splitlines(True)
    damaged = b"".join([lines[0], b"{oops}\n", lines[2]])
    path.write_bytes(damaged)
    with pytest.raises(UsageError, match="line 2 is no JSON object, and is not the last"):
        files.reopen_journal(path)
    assert path.read_bytes() == damaged


def test_two_writers_at_once_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with files.create_journal(path, RECORDS[0]), pytest.raises(UsageError, match="being written by another"):
        files.reopen_journal(path)
    files.reopen_journal(path)[0].__exit__()


def test_no_journal_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no journal to go on with: .*: No such file"):
        files.reopen_journal(tmp_path / "j")


def test_nothing_that_is_no_number_gets_in(tmp_path: Path) -> None:
    with files.create_journal(tmp_path / "j", RECORDS[0]) as kept:
        with pytest.raises(ValueError):
            kept.append({"seconds": float("nan")})
    assert len((tmp_path / "j").read_bytes().splitlines()) == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_is_an_error(tmp_path: Path) -> None:
    full = files.Journal(tmp_path / "j", os.open("/dev/full", os.O_WRONLY))
    with full, pytest.raises(OSError, match="No space left"):
        full.append({})


def test_runs_within_one_second_have_directories_of_their_own(tmp_path: Path) -> None:
    now = datetime(2031, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
    made = [files.directory(None, tmp_path / "results", now).name for _ in range(3)]
    assert made == ["2031-02-03T04-05-06Z", "2031-02-03T04-05-06Z-2", "2031-02-03T04-05-06Z-3"]


def ended(parent: Path, asked: Path | None = None, lines: int = 2) -> Path:
    """The directory of a run that has ended, with so many lines in its journal."""
    with files.fresh_directory(asked, parent, datetime(2031, 2, 3, tzinfo=timezone.utc)) as folder:
        with files.create_journal(folder / files.SAMPLES, RECORDS[0]) as kept:
            for record in RECORDS[1:lines]:
                kept.append(record)
    return folder


def test_latest_leads_to_what_ended_last_and_measured_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for asked in (None, None, files.HOME / "mine"):
        folder = ended(files.HOME, asked)
        assert files.LATEST.is_symlink() and files.LATEST.resolve() == folder.resolve()
    ended(files.HOME, tmp_path / "elsewhere")
    assert not ended(files.HOME, lines=1).exists()
    assert os.readlink(files.LATEST) == "mine", "relative: results may be moved as a whole"
    files.lead_to(files.LATEST)
    assert files.LATEST.resolve() == folder.resolve(), "not to itself"
    assert not list(files.HOME.glob(".*")) and not (tmp_path / "latest").exists()


def test_without_links_a_run_is_as_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "symlink_to", refuse)
        folder = ended(files.HOME)
    files.LATEST.mkdir()  # the user's own
    assert ended(files.HOME).exists() and not files.LATEST.is_symlink()
    assert len(list(files.HOME.iterdir())) == 3 and (folder / files.SAMPLES).exists()
