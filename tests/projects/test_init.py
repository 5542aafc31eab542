"""`fanout init` writes what `fanout gate` reads."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.projects.project import Project


def test_a_cmake_target_that_links_google_benchmark_is_found(tmp_path: Path) -> None:
    project = Project(tmp_path / "theirs")
    (project.root / "fanout.toml").unlink()
    (project.root / "bench").mkdir()
    lines = "add_executable(fast_bench a.cpp)\ntarget_link_libraries(fast_bench PRIVATE lib benchmark::benchmark)\n"
    (project.root / "bench/CMakeLists.txt").write_text(f"# target_link_libraries(no benchmark)\n{lines}")
    ended = project.run("init")
    assert ended.returncode == 0, ended.stderr
    written = tomllib.loads((project.root / "fanout.toml").read_text())
    assert written["build"]["subject"] == "{build}/bench/fast_bench"
    assert written["build"]["command"][1].endswith("--target fast_bench")
    again = project.run("init")
    assert again.returncode == 2 and "there already" in again.stderr


def test_what_cannot_be_seen_is_asked_for(tmp_path: Path) -> None:
    project = Project(tmp_path / "theirs")
    (project.root / "fanout.toml").unlink()
    ended = project.run("init")
    assert "CHANGE_ME" in ended.stdout and "CHANGE_ME" in (project.root / "fanout.toml").read_text()


def test_what_is_given_is_written_and_works(tmp_path: Path) -> None:
    project = Project(tmp_path / "theirs")
    (project.root / "fanout.toml").unlink()
    given = ['--command=cp {source}/work.sh "{build}/a b"', "--subject='{build}/a b' {workers}"]
    assert project.run("init", *given).returncode == 0
    project.commit("base")
    project.commit("new")
    ended = project.run("gate", "--dry-run")
    assert ended.returncode == 0, ended.stderr
