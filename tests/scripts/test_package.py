"""The release step that installs the package on a bare system, with stand-ins for the system's tools."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scripts.testing.package import package
from scripts.testing.steps import Skipped
from tests.scripts.test_release import Machine


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    made.tool("cpack", 'mkdir -p "${!#}" && touch "${!#}/fanout.deb"')
    made.tool("chroot", "[[ -f $1/opt/fanout.deb ]]")
    monkeypatch.setenv("PATH", f"{made.tools}:{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return made


def test_it_is_installed_by_apt_and_used_by_another_user(machine: Machine, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert package("bookworm", home)
    steps = machine.calls_file.read_text().split("\nchroot ")[1:]
    wanted = ("update", "apt-get install --yes /opt/fanout.deb", "useradd", "fanout new workload")
    assert len(steps) == 4 and all(words in step for words, step in zip(wanted, steps))
    assert not home.exists()


@pytest.mark.parametrize("failing", ["cpack", "debootstrap", "chroot"])
def test_what_fails_fails_the_step_and_leaves_nothing(machine: Machine, tmp_path: Path, failing: str) -> None:
    machine.tool(failing, "exit 1")
    assert not package("bookworm", tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_a_system_that_is_no_debian_is_skipped(machine: Machine, tmp_path: Path) -> None:
    with pytest.raises(Skipped, match="which Debian"):
        package("", tmp_path / "home")
