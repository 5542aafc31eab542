"""`fanout test --release`: what it runs in which folder, and where it goes on, with stand-ins for the system's tools."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.testing import release
from scripts.testing.steps import Skipped
from tests.scripts.repository import Repository

STEPS = ("ctest", "black")


class Machine:
    """A root's machine. Its chroot fails in the steps that `failing` names, its debootstrap while `broken` exists."""

    def __init__(self, directory: Path) -> None:
        self.tools = directory / "tools"
        self.tools.mkdir()
        self.calls_file = directory / "calls"
        self.failing = directory / "failing"
        self.failing.touch()
        self.skipping = directory / "skipping"
        self.skipping.touch()
        self.broken = directory / "broken"
        self.tool("mount")
        self.tool("apt-get", "echo Debian Packages main http://mirror.invalid/debian")
        self.tool("apt-config", "echo 'Acquire::Retries \"3\";'")
        self.tool("unshare", 'while [[ $1 == --* ]]; do shift; done; exec "$@"')
        self.tool("debootstrap", f'mkdir -p "$3"/{{opt,etc/apt/apt.conf.d}}; [[ ! -e "{self.broken}" ]]')
        self.tool(
            "chroot",
            f'! grep -qx "${{!#}}" "{self.skipping}" || echo 0 passed, 0 failed, 1 skipped\n'
            f'[[ -d $1/opt/fanout/.git ]] && ! grep -qx "${{!#}}" "{self.failing}"',
        )

    def tool(self, name: str, script: str = "") -> None:
        path = self.tools / name
        path.write_text(f'#!/bin/bash\necho "{name} $*" >>"{self.calls_file}"\n{script}\n')
        path.chmod(0o755)

    def calls(self, tool: str) -> list[str]:
        """What a tool was called with since the last time that this was asked, of all tools."""
        lines = self.calls_file.read_text().splitlines() if self.calls_file.exists() else []
        self.calls_file.unlink(missing_ok=True)
        return [line for line in lines if line.split()[0] == tool]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    monkeypatch.setenv("PATH", f"{machine.tools}:{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(release, "this_suite", lambda: "bookworm")
    yield machine


@pytest.fixture
def project(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "project")
    repository.commit("first")
    return repository


def run(project: Repository) -> dict[str, bool]:
    steps = release.release_steps(project.root, STEPS)
    return {name: step() for name, step in steps.items() if name != "package"}


def test_the_steps_of_every_other_debian_run_in_a_clone_of_the_commit(
    machine: Machine, project: Repository
) -> None:
    assert run(project) == {"trixie/ctest": True, "trixie/black": True}
    root = project.root / "build/release-test/trixie/root"
    ended = [line.split() for line in machine.calls("chroot")]
    assert [words[1] for words in ended] == [str(root)] * 2
    assert [words[-4:] for words in ended] == [
        ["opt/fanout/scripts/fanout", "test", "--only", step] for step in STEPS
    ]
    assert project.git("-C", str(root / "opt/fanout"), "rev-parse", "HEAD") == project.git(
        "rev-parse", "HEAD"
    )
    assert (root / "etc/apt/apt.conf.d/90fanout").read_text() == 'Acquire::Retries "3";\n'


def test_the_folder_comes_from_this_systems_mirror_and_is_made_once(
    machine: Machine, project: Repository
) -> None:
    run(project)
    (made,) = machine.calls("debootstrap")
    assert made.split()[1:3] == ["--variant=minbase", "trixie"] and made.endswith(
        " http://mirror.invalid/debian"
    )
    project.commit("second")
    run(project)
    assert machine.calls("debootstrap") == []


def test_a_second_start_runs_what_has_not_passed_at_this_commit(
    machine: Machine, project: Repository
) -> None:
    machine.failing.write_text("ctest\n")
    assert run(project) == {"trixie/ctest": False, "trixie/black": True}
    machine.failing.write_text("black\n")
    machine.calls("chroot")
    assert run(project) == {"trixie/ctest": True, "trixie/black": True}
    assert [line.split()[-1] for line in machine.calls("chroot")] == ["ctest"]
    project.commit("second")
    assert run(project) == {"trixie/ctest": True, "trixie/black": False}


def test_what_the_other_debian_skips_is_no_pass(machine: Machine, project: Repository) -> None:
    machine.skipping.write_text("ctest\n")
    step = release.release_steps(project.root, STEPS)["trixie/ctest"]
    for _ in range(2):
        with pytest.raises(Skipped):
            step()
    machine.skipping.write_text("")
    assert step()


def test_half_a_folder_is_made_again(machine: Machine, project: Repository) -> None:
    machine.broken.touch()
    assert run(project) == {"trixie/ctest": False, "trixie/black": False}
    assert machine.calls("chroot") == []
    machine.broken.unlink()
    assert run(project) == {"trixie/ctest": True, "trixie/black": True}


def test_uncommitted_changes_are_not_passed_off_as_tested(machine: Machine, project: Repository) -> None:
    (project.root / "bench.py").write_text("changed")
    assert run(project) == {"trixie/ctest": False, "trixie/black": False}
    assert machine.calls("chroot") == []


@pytest.mark.parametrize("lacking", ["root", "debootstrap", "namespaces"])
def test_what_cannot_run_here_is_skipped_with_the_reason(
    lacking: str, machine: Machine, project: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lacking == "root":
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
    elif lacking == "namespaces":
        machine.tool("unshare", "echo no namespaces: not permitted >&2; exit 1")
    else:
        monkeypatch.setattr(shutil, "which", lambda tool: None if tool == lacking else tool)
    with pytest.raises(Skipped, match=lacking):
        run(project)
