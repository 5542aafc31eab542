"""Commands whose work grows with their workers: the user's care, told and compared as weak scaling."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

import pytest

from scripts.measuring.usage import UsageError
from tests.subjects.commands import CATALOGUE, Measured, make, script, selection
from tests.subjects.test_command_run import run


def test_cells_of_one_case_do_as_many_times_the_work_as_they_have_workers() -> None:
    arguments = ("--scaling=weak", "--workers=1,2,4", "--set=mode=a", "--", "echo", "{workers}", "{mode}")
    cells = make(*arguments).plan(selection(*arguments), CATALOGUE).cells
    assert {cell.case for cell in cells} == {"command/scaling:weak/mode:a"}
    assert [(cell.entry["scaling"], cell.entry["work"]) for cell in cells] == [("weak", n) for n in (1, 2, 4)]
    assert cells[1].name == "command/echo {workers} {mode}/workers:2/scaling:weak/mode:a"


def test_a_command_without_workers_cannot_grow() -> None:
    for words in (("--", "true"), ("--command=true", "--command=echo 1")):
        arguments = ("--scaling=weak", *words)
        with pytest.raises(UsageError, match=r"--scaling=weak: no command has \{workers\}"):
            make(*arguments).plan(selection(*arguments), CATALOGUE)


def test_the_output_is_held_to_that_of_the_same_work(tmp_path: Path) -> None:
    """Which another number of workers has not; another contender has."""
    app = script(tmp_path / "app", 'seq "$1"')
    other = script(tmp_path / "other", 'seq "$1"; [ "$1" = 2 ] && echo more; exit 0')
    commands = [f"--command={path} {{workers}}" for path in (app, other)]
    measured = Measured("--scaling=weak", "--workers=1,2", "--label=app", "--label=other", *commands)
    assert [measured(cell).kind for cell in range(4)] == ["", "", "", "receipt"]


def by_workers(document: dict[str, Any]) -> dict[int, dict[int, float]]:
    """The times by workers and round."""
    found: dict[int, dict[int, float]] = {}
    for entry in document["benchmarks"]:
        found.setdefault(int(entry["workers"]), {})[entry["round"]] = entry["real_time"]
    return found


def test_a_run_tells_t1_over_tn(tmp_path: Path) -> None:
    app = script(tmp_path / "app", 'seq "$1"')
    flags = ["--rounds=6", "--output=r", "--scaling=weak", "--workers=1,3"]
    ended = run(tmp_path, *flags, "--", str(app), "{workers}")
    assert ended.returncode == 0, ended.stderr
    found = json.loads((tmp_path / "r/summary.json").read_text())
    (answer,) = found["answers"]
    times = by_workers(json.loads((tmp_path / "r/results.json").read_text()))
    ratios = [times[1][number] / times[answer["use"]["workers"]][number] for number in times[1]]
    assert answer["scaling"] == "weak"
    assert answer["efficiency"]["median"] == pytest.approx(statistics.median(ratios))
    assert "Weak scaling: N workers" in " ".join(ended.stdout.split())
