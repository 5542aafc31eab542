"""`report` and `plot` open what duets and checks leave, as they open runs; and CSV."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path

import pytest

from tests import forked
from tests.conftest import ROOT
from tests.scripts.duets import Stage

DATA = [ROOT / "tests/data/two_cpus.json", ROOT / "tests/data/rebuilt.json"]


def fanout(command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return forked.run(command, *arguments)


def table(*arguments: str | Path) -> list[dict[str, str]]:
    ended = fanout("report", *arguments, "--format=csv")
    assert ended.returncode == 0, ended.stderr
    return list(csv.DictReader(io.StringIO(ended.stdout)))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_a_duet_is_reported_and_drawn_as_it_was(stage: Stage) -> None:
    ended = stage.run(stage.base, stage.new(slower={"*": 20.0}))
    assert ended.returncode == 1, ended.stderr
    again = fanout("report", stage.output)
    assert (again.returncode, again.stdout) == (0, ended.stdout), again.stderr
    chart = (stage.output / "ratios.svg").read_bytes()
    (stage.output / "ratios.svg").unlink()
    assert fanout("plot", stage.output / "duet.json", "--format=svg").returncode == 0
    assert (stage.output / "ratios.svg").read_bytes() == chart
    assert json.loads(fanout("report", stage.output, "--format=json").stdout) == stage.document()
    rows = {row["name"]: row for row in table(stage.output)}
    assert {name: row["state"] for name, row in rows.items()} == stage.states()
    (cell,) = stage.document()["cells"]
    assert float(rows[cell["name"]]["ratio"]) == cell["ratio"] > 1.1


def test_a_duet_without_numbers_is_reported_too(tmp_path: Path) -> None:
    cell = {"name": "a", "state": "invalid", "reason": "missing in NEW: {why}", "samples": [0], "lag1": 0.0}
    numbers = dict.fromkeys(("ratio", "low", "high", "error", "method", "detectable", "needed"))
    document = {
        "title": "T",
        "margin": 0.03,
        "error": 0.01,
        "notes": ["meaning", "a note"],
        "cells": [cell | numbers],
    }
    (tmp_path / "duet.json").write_text(json.dumps(document))
    ended = fanout("report", tmp_path)
    assert ended.returncode == 0 and "missing in NEW: {why}" in ended.stdout and "a note" in ended.stdout
    assert "NOT COMPARABLE: 1 invalid of 1." in ended.stdout and "meaning\n" not in ended.stdout


def test_a_check_of_the_machine_is_reported_too(tmp_path: Path) -> None:
    share = {"share": 0.01, "low": 0.0, "high": 0.02}
    found = {"rounds": 200, "trials": 1000, "cells": {}, "unequal": [], "shapes": {}, "false_alarms": share}
    found |= {"false_alarms_after_confirmation": {}, "suites": {"0.03": share, "0.01": share}}
    found |= {"mann_whitney": {"all": share, "suites": share}}
    (tmp_path / "check-machine.json").write_text(json.dumps(found))
    ended = fanout("report", tmp_path)
    assert ended.returncode == 0 and ended.stdout.startswith("This machine against itself\n"), ended.stderr
    assert (
        "1 % of duets of equals raise a false alarm" in ended.stdout and "200 rounds recorded" in ended.stdout
    )


@pytest.mark.parametrize("text", ["{}", "[]", "{", '{"cells": [{}], "margin": 0.03, "notes": []}'])
@pytest.mark.parametrize("command", ["report", "plot"])
def test_what_is_no_duet_is_one_line(command: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "duet.json").write_text(text)
    ended = fanout(command, tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert str(tmp_path) in ended.stderr


def test_a_row_for_each_cell_of_all_files() -> None:
    rows = table(*DATA)
    assert {row["results"] for row in rows} == {"two_cpus", "rebuilt"}
    document = json.loads(DATA[0].read_text())
    names = [cell["name"] for cell in document["cells"]]
    assert sorted(row["name"] for row in rows if row["results"] == "two_cpus") == sorted(names)
    timed = [row for row in rows if not row["failure"]]
    assert all(
        float(row["seconds_low"]) <= float(row["seconds"]) <= float(row["seconds_high"]) for row in timed
    )
    serial = [row for row in timed if row["contender"] == "serial"]
    assert serial and all(float(row["speedup"]) == 1 and row["workers"] == "1" for row in serial)
    failed = {row["reason"] for row in rows if row["failure"]}
    assert failed and not any(row["seconds"] for row in rows if row["failure"])
