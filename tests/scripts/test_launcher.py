"""scripts/fanout, in a copy of its own, with a stand-in for every tool that it calls."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scripts.launching import ROOT, SHOW, Tree


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    yield Tree(tmp_path / "a path with spaces")


def test_help_lists_the_commands_and_runs_nothing(tree: Tree) -> None:
    ended = tree.run("--help")
    assert ended.returncode == 0
    assert "  show        Shows what reached it.\n  wait        Waits for Ctrl-C.\n" in ended.stdout
    assert "module" not in ended.stdout
    assert not tree.calls_file.exists()


@pytest.mark.parametrize(
    "command", ["nothing", "../scripts/show", "show.py", "module", "show wait", "*", "-x"]
)
def test_an_unknown_command_is_one_line_and_exit_2(tree: Tree, command: str) -> None:
    ended = tree.run(command)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"fanout: no command '{command}'; there are: show wait\n"


def test_no_command_is_wrong_usage(tree: Tree) -> None:
    ended = tree.run()
    assert ended.returncode == 2
    assert ended.stderr.startswith("Usage: ")


def test_a_near_command_is_named(tree: Tree) -> None:
    for room in ("analysis", "measuring"):
        (tree.root / "scripts" / room).mkdir()
    for name in ("measuring/usage.py", "analysis/text.py"):
        shutil.copy(ROOT / "scripts" / name, tree.root / "scripts" / name)
    ended = tree.run("shwo", PYTHONHOME="/elsewhere")
    assert ended.stderr == "fanout: no command 'shwo' (did you mean show?); there are: show wait\n"
    assert "did you mean" not in tree.run("nothing").stderr


def test_help_is_of_all_or_of_a_command(tree: Tree) -> None:
    assert tree.run("help").stdout == tree.run("--help").stdout
    assert '"arguments": ["more", "--help"]' in tree.run("help", "show", "more").stdout
    assert not tree.calls_file.exists()


def test_the_version_is_the_builds_and_the_commits(tree: Tree) -> None:
    shutil.copy(ROOT / "CMakeLists.txt", tree.root)
    tree.tool("git", "echo abc1234-dirty")
    version = re.search(r"^project\(.* VERSION ([0-9.]+) ", (ROOT / "CMakeLists.txt").read_text(), re.M)
    assert version and tree.run("--version").stdout == f"fanout {version[1]} (abc1234-dirty)\n"
    tree.tool("git", "exit 128")
    assert tree.run("--version").stdout == f"fanout {version[1]} (commit unknown)\n"


def test_arguments_and_exit_status_pass_through(tree: Tree) -> None:
    ended = tree.run("show", "a b", "", "*", "$HOME", "--set=x=y,z")
    assert ended.returncode == 7, ended.stderr
    assert '"arguments": ["a b", "", "*", "$HOME", "--set=x=y,z"]' in ended.stdout


def test_what_follows_two_dashes_belongs_to_the_command_to_be_measured(tree: Tree) -> None:
    ended = tree.run("show", "--a", "--", "ls", "--help", "--no-install", "--", "-h")
    assert ended.returncode == 7, ended.stderr
    assert '"arguments": ["--a", "--", "ls", "--help", "--no-install", "--", "-h"]' in ended.stdout
    assert tree.calls("cmake"), "--help was not of the command itself"
    tree.installed("libtbb-dev")
    assert tree.run("show", "--no-install", "--", "ls").returncode == 2


def test_only_the_systems_python_with_its_own_packages_runs(tree: Tree) -> None:
    ended = tree.run("show", PYTHONPATH="/elsewhere", PYTHONHOME="/elsewhere")
    assert '"python": "/usr/bin/python3"' in ended.stdout
    assert '"PYTHONPATH": null, "PYTHONHOME": null, "PYTHONNOUSERSITE": "1"' in ended.stdout
    assert tree.calls("python3") == []


def test_a_symlink_works_and_the_working_directory_stays(tree: Tree, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tree.root / "scripts/fanout")
    ended = tree.run("show", launcher=tmp_path / "link")
    assert ended.returncode == 7
    assert '"cwd": "/"' in ended.stdout
    assert (tree.root / "build/release/build.ninja").exists()


def test_the_first_call_configures_and_the_second_does_not(tree: Tree) -> None:
    tree.run("show")
    assert tree.calls("cmake") == ["--preset release", "--build --preset release"]
    ended = tree.run("show")
    assert tree.calls("cmake")[2:] == ["--build --preset release"]
    assert ended.stderr == ""
    assert tree.calls("apt-get") == tree.calls("sudo") == []


def test_a_command_that_needs_no_build_has_none(tree: Tree) -> None:
    tree.tool("cmake", "exit 1")
    (tree.root / "scripts/plain.py").write_text(SHOW.replace("# Needs: build", ""))
    assert tree.run("plain").returncode == 7
    assert tree.calls("cmake") == []


def test_the_help_of_a_command_needs_neither_packages_nor_build(tree: Tree) -> None:
    tree.installed("cmake")
    assert tree.run("show", "--help").returncode == 7
    assert not tree.calls_file.exists()


@pytest.mark.parametrize("failing", ["--preset", "--build"])
def test_a_failed_build_is_shown_in_full_and_runs_nothing(tree: Tree, failing: str) -> None:
    tree.tool(
        "cmake", f"mkdir -p build/release; [[ $1 != {failing} ]] || {{ echo first; echo last; exit 1; }}"
    )
    ended = tree.run("show")
    assert ended.returncode == 1
    assert "first\nlast" in ended.stderr
    assert ended.stdout == ""


def test_no_install_lists_what_is_missing(tree: Tree) -> None:
    tree.installed("libtbb-dev", "python3-rich")
    ended = tree.run("--no-install", "show")
    assert ended.returncode == 2
    assert "to analyse and draw: python3-rich; to build: libtbb-dev;" in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert tree.calls("apt-get") == tree.calls("cmake") == tree.calls("sudo") == []


def test_a_command_that_builds_for_itself_gets_the_packages_alone(tree: Tree) -> None:
    (tree.root / "scripts/show.py").write_text(
        SHOW.replace("# Needs: build", "# Needs: build\n# Builds: others")
    )
    tree.installed("libtbb-dev")
    assert "to build: libtbb-dev" in tree.run("--no-install", "show").stderr
    tree.installed()
    assert tree.run("show").returncode == 7
    assert tree.calls("cmake") == []


def test_a_flag_may_need_packages_of_its_own(tree: Tree) -> None:
    (tree.root / "scripts/show.py").write_text(
        SHOW.replace("# Needs: build", "# Needs: build\n# Needs with --release: release")
    )
    tree.installed("debootstrap")
    assert tree.run("--no-install", "show", "--rel", "--only", "--release=x").returncode == 7
    ended = tree.run("--no-install", "show", "--release")
    assert ended.returncode == 2
    assert "to test on other Debians: debootstrap;" in ended.stderr


def test_missing_packages_are_named_and_installed_and_looked_for_by_a_fresh_configure(tree: Tree) -> None:
    tree.run("show")
    tree.installed("libtbb-dev", "ninja-build")
    ended = tree.run("show")
    assert ended.returncode == 7, ended.stderr
    assert "installing, to build: libtbb-dev ninja-build\n" in ended.stderr
    installing = tree.calls("apt-get")
    assert installing[0].endswith("update")
    assert installing[1].endswith("install -y --no-install-recommends libtbb-dev ninja-build")
    assert "--preset release --fresh" in tree.calls("cmake")
    assert (tree.calls("sudo") == []) == (os.geteuid() == 0)
    count = len(tree.calls("apt-get"))
    assert tree.run("show").returncode == 7
    assert len(tree.calls("apt-get")) == count


def test_a_failed_installation_is_said(tree: Tree) -> None:
    tree.installed("libtbb-dev")
    tree.tool("apt-get", '[[ " $* " != *" install "* ]]')
    tree.tool("sudo", '"$@"')
    ended = tree.run("show")
    assert ended.returncode == 1
    assert "apt-get could not install: libtbb-dev" in ended.stderr


@pytest.mark.parametrize(("known", "expected"), [("exit 0", "clang-format-14"), ("exit 1", "clang-format")])
def test_the_second_name_counts_where_there_is_no_first(tree: Tree, known: str, expected: str) -> None:
    (tree.root / "scripts/check.py").write_text(SHOW.replace("# Needs: build", "# Needs: tests"))
    tree.installed("clang-format-14", "clang-format")
    tree.tool("apt-cache", known)
    ended = tree.run("--no-install", "check")
    assert f"to test: {expected};" in ended.stderr
    tree.installed("clang-format-14")
    assert tree.run("--no-install", "check").returncode == (2 if expected == "clang-format-14" else 7)


def test_ctrl_c_reaches_the_command_once(tree: Tree) -> None:
    try:
        child, terminal = pty.fork()
    except OSError as error:  # a bare chroot or container has none
        pytest.skip(f"no terminal to be had: {error}")
    if child == 0:
        signal.alarm(120)  # survives exec: no hang, whatever goes wrong
        os.execve(tree.root / "scripts/fanout", ["fanout", "wait"], tree.environment())
    said = b""
    while b"ready" not in said:
        said += os.read(terminal, 1024)
    os.write(terminal, b"\x03")
    while b"interruptions" not in said:
        said += os.read(terminal, 1024)
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert b"1 interruptions" in said
    assert os.waitstatus_to_exitcode(status) == 130
