"""Results go where the user stands, and what ended last is what commands read if nothing is named."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests import forked

RUN = ("--workloads=math", "--executors=serial,pool", "--workers=1", "--rounds=2")


def fanout(command: str, *arguments: str, here: Path) -> subprocess.CompletedProcess[str]:
    return forked.run(command, *arguments, cwd=here)


def test_a_run_is_in_the_callers_results_and_read_from_there(bench: Path, tmp_path: Path) -> None:
    ended = fanout("run", f"--bench={bench}", *RUN, here=tmp_path)
    assert ended.returncode == 0, ended.stderr
    (folder,) = (path for path in (tmp_path / "results").iterdir() if not path.is_symlink())
    assert (folder / "results.json").is_file()
    said = fanout("report", here=tmp_path)
    assert said.returncode == 0 and said.stdout.startswith(f"Results: {folder.name}\n"), said.stderr
    (tmp_path / "results/latest").unlink()  # as where the runner was killed
    on = fanout("run", f"--resume={folder.relative_to(tmp_path)}", "--rounds=3", here=tmp_path)
    assert on.returncode == 0, on.stderr
    (folder / "charts/comparison.svg").unlink()
    drawn = fanout("plot", here=tmp_path)
    assert drawn.returncode == 0 and (folder / "charts/comparison.svg").is_file()
    assert f"{folder}/charts/comparison.svg" in drawn.stdout


@pytest.mark.parametrize("command", ["report", "plot"])
def test_without_a_last_run_a_name_is_asked_for(command: str, tmp_path: Path) -> None:
    ended = fanout(command, here=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert f"fanout {command}: no FILE is named, and there is no results/latest here" in ended.stderr
