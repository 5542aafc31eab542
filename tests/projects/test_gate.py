"""`fanout gate` in a repository of somebody else's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.projects.project import TOML, Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "theirs")


def judged(project: Project) -> Any:
    return json.loads((project.root / "results/latest/duet.json").read_text())


def test_of_ten_commits_the_slow_one_alone_is_red(tmp_path: Path) -> None:
    """It takes nearly twice as long, so that short ones are told apart on a busy machine, too."""
    project = Project(tmp_path / "theirs", TOML.replace('"5%"', '"25%"'))
    commits = [project.commit(f"number {n}", "0.02" if n < 6 else "0.04") for n in range(10)]
    found = {}
    for number, commit in list(enumerate(commits))[1:]:
        project.git("checkout", "--quiet", "--detach", commit)
        ended = project.run("gate")
        found[number] = ended.returncode
        assert ended.returncode in (0, 1), ended.stderr
    assert {number for number, status in found.items() if status} == {6}, found
    assert project.git("status", "--porcelain") == "", "nothing is left in their tree"
    assert len(list(project.cache.rglob("*.built"))) == 10, "each is built once"


def test_a_branch_is_judged_from_where_it_began(project: Project) -> None:
    base = project.commit("base")
    project.git("checkout", "--quiet", "-b", "topic")
    project.commit("one")
    head = project.commit("two")
    (project.root / "deep").mkdir()
    ended = project.run("gate", "--dry-run", directory="deep")
    assert ended.returncode == 0, ended.stderr
    assert f"BASE {base[:12]}, NEW {head[:12]}" in ended.stdout
    assert "command/work {workers}/workers:1" in ended.stdout


def test_it_goes_on_as_a_duet(project: Project) -> None:
    project.commit("base")
    project.commit("new")
    ended = project.run("gate", "--max-time=1s")
    assert ended.returncode == 0 and "INCONCLUSIVE" in ended.stdout, ended.stderr
    samples = project.root / "results/latest/samples.jsonl"
    before = len(samples.read_text().splitlines())
    ended = project.run("duet", f"--resume={samples.parent}", "--max-time=60s")
    assert ended.returncode == 0, ended.stderr
    assert len(samples.read_text().splitlines()) > before


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (TOML.replace("margin", "margni"), "fanout.toml:8: nothing is called 'margni' (did you mean margin?)"),
        (TOML.replace("command =", "commands ="), "fanout.toml:2: nothing is called 'commands'"),
        (TOML.replace("[gate]", "[gates]"), "fanout.toml:5: [gates] is none of [build], [gate], [run]"),
        (TOML.replace("subject", "#"), "fanout.toml:1: [build] has no subject"),
        (TOML.replace('"5%"', "{a = 1}"), "fanout.toml:8: margin is no text, number, list or true"),
        (TOML.replace('"cp {source}/work.sh {build}/work"', "'cp \"x'"), "fanout.toml:2: command: No closing quotation"),
        (TOML.replace('"5%"', '"five"'), "'five' is not a percentage"),
        (TOML.replace('"main"', '"nowhere"'), "no commit is called nowhere"),
        (TOML.replace("cp {source}", "cp {source}/missing/"), "cannot build"),
        (TOML.replace("{build}/work\"\n", "{build}/other\"\n"), "is built, but there is no"),
        (TOML.replace("{workers}", "{wrokers}"), "nothing is called {wrokers} (did you mean workers?)"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_file_is_said(tmp_path: Path, toml: str, said: str) -> None:
    project = Project(tmp_path / "theirs", toml)
    project.commit("base")
    project.commit("new")
    ended = project.run("gate")
    assert ended.returncode == 2 and said in ended.stderr, ended.stderr
    assert not (project.root / "results").exists()


def test_without_a_file_it_says_what_writes_one(project: Project) -> None:
    (project.root / "fanout.toml").unlink()
    project.commit("base")
    ended = project.run("gate")
    assert ended.returncode == 2 and "fanout init writes one" in ended.stderr


def test_no_shell_reads_the_file(tmp_path: Path) -> None:
    project = Project(
        tmp_path / "theirs", TOML.replace('{build}/work"\n', '{build}/work; touch {build}/evil"\n')
    )
    project.commit("base")
    project.commit("new")
    assert project.run("gate", "--dry-run").returncode == 2
    assert not list(project.cache.rglob("evil"))


def test_runs_of_programs_have_the_flags_of_the_project(tmp_path: Path) -> None:
    project = Project(tmp_path / "theirs", TOML + '\n[run]\nrounds = 2\nworkers = "1,3"\n')
    ended = project.run("run", "--dry-run", "--", "echo", "{workers}")
    assert ended.returncode == 0 and "2 cells x 2 rounds" in ended.stdout, ended.stderr
    assert (
        "2 cells x 5 rounds"
        in project.run("run", "--dry-run", "--rounds=5", "--", "echo", "{workers}").stdout
    )
    assert (
        "x 2 rounds" not in project.run("run", "--dry-run", "--workloads=math", "--executors=serial").stdout
    )
    wrong = Project(tmp_path / "wrong", TOML + "\n[run]\nround = 2\n").run("run", "--", "true")
    assert wrong.returncode == 2 and "fanout.toml:11: nothing is called 'round'" in wrong.stderr


def test_commands_are_compared_as_they_are_given(project: Project) -> None:
    (project.root / "work.sh").write_text("#!/bin/sh\nsleep $1\n")
    (project.root / "work.sh").chmod(0o755)
    ended = project.run("duet", "--base=./work.sh 0.05", "--new=./work.sh 0.1", "--max-time=120s")
    assert ended.returncode == 1, ended.stderr + ended.stdout
    (cell,) = judged(project)["cells"]
    assert cell["state"] == "slower" and cell["name"] == "command/command/workers:1"
    other = project.run("duet", "--base=echo one", "--new=echo two")
    assert other.returncode == 3 and "line 1, byte 1 of its output: 'two'" in " ".join(other.stdout.split())
    before = project.run(
        "duet", "--base=cat made", "--new=cat ./made", "--setup=cp work.sh made", "--max-time=5s"
    )
    assert before.returncode in (0, 1), before.stderr  # nothing of it ran before the set-up
    for wrong in (
        ["--base=./none", "--new=./work.sh"],
        ["--base=./work.sh 1"],
        ["a", "b", "--new=./work.sh"],
    ):
        assert project.run("duet", *wrong).returncode == 2
