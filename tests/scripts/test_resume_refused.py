"""Journals with which nothing goes on, each refused by its line; and beginnings that are in nobody's way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.measuring import files
from scripts.measuring.usage import UsageError
from scripts.run import main
from tests.conftest import ROOT
from tests.scripts.runner import PATIENCE, run

Json = dict[str, Any]
WHICH = ("--workloads=math", "--executors=serial", "--workers=1", "--rounds=3")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that ended well."""
    output = tmp_path_factory.mktemp("whole") / "out"
    ended = main([f"--bench={Path(__file__).with_name('fake_bench.py')}", *WHICH, f"--output={output}"])
    assert ended == 0
    return output


@pytest.fixture
def done(whole: Path, tmp_path: Path) -> Path:
    """One of its own for each test."""
    shutil.copytree(whole, tmp_path / "done")
    return tmp_path / "done"


def refused(directory: Path, *words: str) -> None:
    """A resumption says so, and leaves the journal as it is."""
    before = os.stat(directory / "samples.jsonl").st_size
    with pytest.raises(UsageError) as caught:
        main([f"--resume={directory}"])
    assert os.stat(directory / "samples.jsonl").st_size == before
    assert "\n" not in str(caught.value) and all(word in str(caught.value) for word in words), caught.value


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), os.mkdir])
def test_what_is_no_file_is_no_journal(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "samples.jsonl")
    refused(tmp_path, "no regular file")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "samples.jsonl").open("wb") as file:
        file.truncate(files.LARGEST + 1)
    refused(tmp_path, f"has {files.LARGEST + 1} bytes", f"at most {files.LARGEST}")


def altered(**values: Any) -> Callable[[Json], Any]:
    def alter(record: Json) -> None:
        record.update(values)

    return alter


def of_repetitions(count: int = 3, **values: Any) -> Callable[[Json], Any]:
    def alter(record: Json) -> None:
        for entry in record["repetitions"][:count]:
            entry.update(values)

    return alter


@pytest.mark.parametrize(
    "alter",
    [
        altered(round="2"),
        altered(round=2.0),
        altered(round=True),
        altered(round=-1),
        altered(round=77),
        altered(order=None),
        altered(padding=[]),
        altered(arm="base"),
        altered(arm=7),
        altered(cell=["a"]),
        altered(repetitions=[]),
        altered(repetitions={}),
        altered(context=[]),
        altered(context={"seed": {}, "affinity": 1, "environment": 1}, disturbance=[]),
        altered(disturbance={"seconds": -1.0}),
        altered(disturbance={"seconds": "long"}),
        altered(disturbance={"seconds": 1.0, "steal": "much"}),
        altered(evidence={}),
        altered(evidence=["seen"]),
        altered(failure="crash"),
        altered(failure={"name": "another", "kind": "crash", "cause": {}, "reason": "x"}),
        altered(strange=1),
        of_repetitions(time_unit="ms"),
        of_repetitions(1, time_unit="ns"),
        of_repetitions(real_time="2.0"),
        of_repetitions(real_time=True),
        of_repetitions(real_time=10**400),
        of_repetitions(cpu_time=None),
        of_repetitions(tasks="many"),
        of_repetitions(name="math/another"),
    ],
)
def test_a_line_of_another_shape_is_refused_by_its_number(done: Path, alter: Callable[[Json], None]) -> None:
    journal = done / "samples.jsonl"
    lines = journal.read_text().splitlines(True)
    record = json.loads(lines[3])
    alter(record)
    lines[3] = json.dumps(record) + "\n"
    journal.write_text("".join(lines))
    refused(done, "line 4 is no sample of this run: ")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"cell": NaN}', "line 4 has NaN, which is no number"),
        ('{"cell": -Infinity}', "line 4 has -Infinity, which is no number"),
        ('{"cell": 1e999}', "line 4 has 1e999, which is no number"),
        ('{"cell": ' + "[" * 100_000 + "]" * 100_000 + "}", "line 4 is nested too deeply"),
    ],
    ids=["NaN", "Infinity", "1e999", "deep"],
)
def test_a_line_that_no_writer_can_have_torn_is_refused_wherever_it_is(
    done: Path, line: str, why: str
) -> None:
    journal = done / "samples.jsonl"
    whole = journal.read_text().splitlines(True)
    ends: list[list[str]] = [[], whole[3:]]
    for after in ends:
        journal.write_text("".join([*whole[:3], f"{line}\n", *after]))
        refused(done, why)


@pytest.mark.parametrize(
    "header", [{"argv": 7}, {"argv": [7]}, {"shared": 7}, {"cells": 7}, {"programs": []}]
)
def test_a_header_of_another_shape_is_refused(done: Path, header: Json) -> None:
    journal = done / "samples.jsonl"
    first, *others = journal.read_text().splitlines(True)
    journal.write_text("".join([json.dumps(json.loads(first) | header) + "\n", *others]))
    refused(done)


@pytest.mark.parametrize("blocks", [0, 1])  # of 512 bytes: nothing of the header, and a part of it
def test_a_disk_that_is_full_at_the_start_leaves_nothing_in_the_way(
    bench: Path, tmp_path: Path, blocks: int
) -> None:
    output = tmp_path / "out"
    words = [*WHICH, f"--bench={bench}", f"--output={output}"]
    full = [
        "/bin/sh",
        "-c",
        f'ulimit -f {blocks}; exec "$@"',
        "sh",
        "/usr/bin/python3",
        str(ROOT / "scripts/run.py"),
    ]
    for place in ("missing", "there"):
        ended = subprocess.run([*full, *words], capture_output=True, text=True, timeout=PATIENCE)
        assert ended.returncode == 5 and "File too large" in ended.stderr.splitlines()[-1], ended.stderr
        assert list(output.iterdir()) == [] if place == "there" else not output.exists()
        output.mkdir(exist_ok=True)
    assert run(*words).returncode == 0


@pytest.mark.parametrize("begun", ["", '{"journal":1,"of":"ru'])
def test_a_journal_without_a_whole_header_is_in_nobodys_way(bench: Path, tmp_path: Path, begun: str) -> None:
    """Its writer was killed."""
    (tmp_path / "samples.jsonl").write_text(begun)
    refused(tmp_path, "nothing was measured yet; start anew")
    ended = run(*WHICH, f"--bench={bench}", f"--output={tmp_path}")
    assert ended.returncode == 0, ended.stderr
    assert run(f"--resume={tmp_path}").returncode == 0


@pytest.mark.parametrize("name", ["results.json", "samples.jsonl"])
def test_no_message_advises_what_cannot_be_done(bench: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"check": "machine"}\n')
    ended = run(*WHICH, f"--bench={bench}", f"--output={tmp_path}")
    assert ended.returncode == 2 and f"holds a {name} already" in ended.stderr
    assert "--resume" not in ended.stderr


def test_what_a_killed_writer_has_half_written_is_removed(done: Path) -> None:
    left = [done / ".results-abc", done / "charts/.speedup.svg.123", done / "charts/.speedup.png.123"]
    for path in left:
        path.write_text("half")
    assert run(f"--resume={done}").returncode == 0
    assert not any(path.exists() for path in left)
