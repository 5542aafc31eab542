"""What scripts/fanout says and does about building."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scripts.launching import ROOT, Tree

NINJA = "echo '[1/2] Building CXX object a.o'; sleep 6; echo '[2/2] Linking fanout-bench'"
CMAKE = "mkdir -p build/release; [[ $1 == --build ]] || touch build/release/build.ninja"
FLAGS = '''"""Has flags: `from scripts.measuring.usage import Parser`."""

# Needs: build

import os, sys

if __name__ == "__main__":
    if os.environ.get("FANOUT_PARSE_ONLY"):
        print("one line", file=sys.stderr)
        sys.exit({status} if "--wrong" in sys.argv else 0)
    print("ran")
'''


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    yield Tree(tmp_path / "a path with spaces")


def test_a_long_build_shows_where_it_is(tree: Tree) -> None:
    tree.tool("cmake", f"{CMAKE}; [[ $1 != --build ]] || {{ {NINJA}; }}")
    ended = tree.run("show")
    assert ended.returncode == 7
    assert ended.stderr == "fanout: configuring\nfanout: building [1/2] Building CXX object a.o\n"


def test_on_a_terminal_it_is_one_line_that_goes_away(tree: Tree) -> None:
    tree.tool("cmake", f"{CMAKE}; [[ $1 != --build ]] || {{ {NINJA}; }}")
    try:
        ours, theirs = pty.openpty()
    except OSError as error:  # a bare chroot or container has none
        pytest.skip(f"no terminal to be had: {error}")
    command = [str(tree.root / "scripts/fanout"), "show"]
    done = subprocess.run(
        command, env=tree.environment(), stdout=subprocess.DEVNULL, stderr=theirs, timeout=120
    )
    os.close(theirs)
    said = os.read(ours, 1 << 16)
    os.close(ours)
    assert done.returncode == 7
    assert said.count(b"\n") == 1 and b"\r\x1b[Kfanout: building [1/2] Building CXX" in said
    assert said.endswith(b"\r\x1b[K")


def test_what_compiles_is_kept_by_ccache_where_it_is_installed(tree: Tree) -> None:
    tree.tool("ccache")
    tree.tool("cmake", f'echo "with $CMAKE_CXX_COMPILER_LAUNCHER" >>"{tree.calls_file}"; {CMAKE}')
    tree.run("show")
    assert "ccache" in tree.calls("with")
    (tree.root / "build/release/build.ninja").unlink()
    tree.run("show", CMAKE_CXX_COMPILER_LAUNCHER="sccache")
    assert "sccache" in tree.calls("with")


@pytest.mark.parametrize(("status", "said"), [(2, "one line\n"), (5, "")])
def test_wrong_flags_are_known_before_the_build(tree: Tree, status: int, said: str) -> None:
    """By status 2; any other is of a command that cannot know yet, because packages are missing."""
    (tree.root / "scripts/flags.py").write_text(FLAGS.format(status=status))
    ended = tree.run("flags", "--wrong")
    assert (ended.returncode, ended.stdout) == ((2, "") if said else (0, "ran\n"))
    assert ended.stderr == (said or "fanout: configuring\n")
    assert bool(tree.calls("cmake")) == (status != 2)
    assert tree.run("flags").stdout == "ran\n"


@pytest.mark.parametrize("command", ["run", "duet", "check", "list", "test"])
def test_commands_that_build_can_be_asked_about_their_flags(command: str, tmp_path: Path) -> None:
    def asked(*flags: str) -> subprocess.CompletedProcess[str]:
        words = ["/usr/bin/python3", str(ROOT / f"scripts/{command}.py"), *flags]
        environment = {**os.environ, "FANOUT_PARSE_ONLY": "1"}
        return subprocess.run(
            words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )

    right = asked(*(["machine"] if command == "check" else []))
    assert (right.returncode, right.stdout, right.stderr) == (0, "", "")
    wrong = asked("--wrnog")
    assert wrong.returncode == 2 and wrong.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
