"""action.yml, its one step run as a workflow of another repository would."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.forked import PATIENCE
from tests.projects.project import Project

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
(STEP,) = ACTION["runs"]["steps"]
LAUNCHER = """#!/bin/bash
command=$1; shift
exec /usr/bin/python3 "$ROOT/scripts/$command.py" "$@" "--bench=$FANOUT_BUILD/fanout-bench"
"""


def step(project: Project, **inputs: str) -> tuple[int, str, str]:
    """Its status, what it printed, and the job's summary. The launcher is one that installs nothing and builds nothing."""
    action = project.root.parent / "action/scripts"
    action.mkdir(parents=True, exist_ok=True)
    (action / "fanout").write_text(LAUNCHER)
    (action / "fanout").chmod(0o755)
    summary = project.root.parent / "summary.md"
    given = {
        name: inputs.get(name, "" if name != "output" else value["default"])
        for name, value in ACTION["inputs"].items()
    }
    environment = {key: given[value.split("inputs.")[1].split(" ")[0]] for key, value in STEP["env"].items()}
    own = {"ROOT": str(ROOT), "XDG_CACHE_HOME": str(project.cache), "GITHUB_STEP_SUMMARY": str(summary)}
    ended = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", STEP["run"]],
        cwd=project.root,
        env={**os.environ, **own, **environment, "GITHUB_ACTION_PATH": str(action.parent)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return ended.returncode, ended.stdout + ended.stderr, summary.read_text() if summary.exists() else ""


@pytest.mark.parametrize(("sleeps", "status", "said"), [("0.1", 0, "PASS"), ("0.12", 1, "REGRESSION")])
def test_a_change_is_judged(tmp_path: Path, sleeps: str, status: int, said: str) -> None:
    project = Project(tmp_path / "theirs")
    base = project.commit("base")
    project.git("checkout", "--quiet", "-b", "topic")
    project.commit("new", sleeps)
    ended, text, summary = step(project, base=base, flags="--margin=6%")
    assert ended == status, text
    assert f"**{said}" in summary and ("::error" in text) == bool(status)
    assert (project.root / "results/duet/duet.json").exists()


def test_no_input_is_in_the_script() -> None:
    assert "${{" not in STEP["run"]


def test_what_is_given_is_one_word_each(tmp_path: Path) -> None:
    project = Project(tmp_path / "theirs")
    project.commit("base")
    project.commit("new")
    ended, text, _ = step(project, base="$(touch evil)", flags="--margin=5%\n--label=a b; touch evil")
    assert ended == 2 and "no commit is called $(touch evil)" in text
    assert not (project.root / "evil").exists()
