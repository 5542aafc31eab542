"""The workflow and the shell script that docs/ci.md gives, run step by step in a small repository of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.scripts.repository import Repository

WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/performance.yml").read_text())
PAGE = (ROOT / "docs/ci.md").read_text()
STEPS: list[dict[str, Any]] = WORKFLOW["jobs"]["duet"]["steps"]
PATIENCE = 300.0  # seconds


class Project:
    """A repository with this harness in it; its main is where a pull request left, HEAD is the request's."""

    def __init__(self, root: Path) -> None:
        self.repository = Repository(root)
        for room in ("scripts", "plots"):
            shutil.copytree(ROOT / room, root / room, ignore=shutil.ignore_patterns("__pycache__"))
        self.base = self.repository.commit("base")
        self.summary = root.parent / "summary.md"
        self.tools = root.parent / "tools"
        self.tools.mkdir()
        everything_is_installed = self.tools / "dpkg-query"
        everything_is_installed.write_text('#!/bin/bash\nprintf "<%s installed>" "${@:3}"\n')
        everything_is_installed.chmod(0o755)

    def request(self, **behaviour: Any) -> str:
        """Main goes on; the head branches off, and behaves so."""
        self.repository.git("checkout", "--quiet", "-b", "request")
        head = self.repository.commit("request", **behaviour)
        self.repository.git("checkout", "--quiet", "main")
        self.repository.commit("main goes on", slower={"*": 50.0})
        self.repository.git("checkout", "--quiet", "request")
        return head

    def bash(self, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-c", script],
            cwd=self.repository.root,
            env={
                **os.environ,
                "PATH": f"{self.tools}:{os.environ['PATH']}",
                "GITHUB_STEP_SUMMARY": str(self.summary),
                **environment,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )


Job = Callable[[Project, str], "tuple[subprocess.CompletedProcess[str], str]"]


def workflow(project: Project, head: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """Its one step that runs anything, and the job summary."""
    (step,) = [step for step in STEPS if "run" in step]
    event = {
        "${{ github.event.pull_request.base.sha }}": project.repository.git("rev-parse", "main"),
        "${{ github.event.pull_request.head.sha }}": head,
    }
    ended = project.bash(step["run"], **{name: event[value] for name, value in step["env"].items()})
    return ended, project.summary.read_text()


def shell(project: Project, head: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """The page's one script, and the summary that it writes."""
    (script,) = re.findall(r"```sh\n(#!/bin/sh\n.*?)```", PAGE, re.DOTALL)
    ended = project.bash(script, BASE="main")
    return ended, (project.repository.root / "results/summary.md").read_text()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


@pytest.mark.parametrize("job", [workflow, shell])
def test_a_request_that_changes_nothing_is_green_however_main_went_on(project: Project, job: Job) -> None:
    ended, summary = job(project, project.request())
    assert ended.returncode == 0, ended.stderr
    assert "**PASS: " in summary and "| same |" in summary
    assert "::error" not in ended.stdout


@pytest.mark.parametrize("job", [workflow, shell])
def test_a_slower_head_is_red(project: Project, job: Job) -> None:
    ended, summary = job(project, project.request(slower={"math/pool/*": 20.0}))
    assert ended.returncode == 1, ended.stderr
    assert "**REGRESSION: " in summary
    assert re.search(r"^\| math/pool/.* \| slower \|", summary, re.M), summary
    assert (project.repository.root / "results/duet/duet.json").is_file()
    annotated = re.search(r"^::error title=fanout::math/pool/\S+: slower", ended.stdout, re.M)
    assert bool(annotated) == (job is workflow)


def test_the_workflow_may_only_read() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert set(WORKFLOW["jobs"]) == {"duet"} and "permissions" not in WORKFLOW["jobs"]["duet"]
    assert list(WORKFLOW[True]) == ["pull_request"]  # YAML 1.1 reads `on` as a truth


def test_no_name_from_an_event_is_in_a_script() -> None:
    assert [step for step in STEPS if "${{" in step.get("run", "")] == []


def test_actions_are_pinned_and_results_kept_even_when_red() -> None:
    used = [step for step in STEPS if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"]) for step in used)
    upload = next(step for step in used if "upload-artifact" in step["uses"])
    assert upload["if"] == "${{ !cancelled() }}"
    assert f"--output={upload['with']['path']}" in next(step["run"] for step in STEPS if "run" in step)
