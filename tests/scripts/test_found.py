"""Commands, renderers, checks and charts are found: each is one file, and nothing else, in a copy of the tree."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

RENDERER = '''"""In capitals."""

from typing import TextIO

from scripts.reports import Report


def render(report: Report, out: TextIO) -> None:
    out.write(report.title.upper())
'''
CHECK = '''"""Whether it is found."""

import argparse
from collections.abc import Callable

from scripts.reports import Report, Text

EXAMPLES = ""


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--word", default="found")


def check(arguments: argparse.Namespace, wake: int, say: Callable[[str], None]) -> Report | None:
    return Report(arguments.word, [], {}, Text("the end"), status=7)
'''
CHART = '''"""Nothing."""

from matplotlib.figure import Figure


def draw(results: object) -> Figure:
    return Figure()
'''


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for room in ("scripts", "plots"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def run(tree: Path, command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program: list[str | Path] = ["/usr/bin/python3", tree / f"scripts/{command}.py", *arguments]
    return subprocess.run(program, capture_output=True, text=True, timeout=120)


def test_a_renderer_is_a_file(tree: Path) -> None:
    results = ROOT / "tests/data/rebuilt.json"
    assert run(tree, "report", "--format=capitals", results).returncode == 2
    (tree / "scripts/reports/capitals.py").write_text(RENDERER)
    ended = run(tree, "report", "--format=capitals", results)
    assert (ended.returncode, ended.stdout) == (0, "RESULTS: REBUILT"), ended.stderr
    assert "capitals" in run(tree, "compare", "--help").stdout


def test_a_check_is_a_file(tree: Path) -> None:
    assert run(tree, "check", "presence").returncode == 2
    (tree / "scripts/checks/presence.py").write_text(CHECK)
    ended = run(tree, "check", "presence", "--word=here")
    assert (ended.returncode, ended.stdout) == (7, "here\nthe end\n"), ended.stderr
    assert "Whether it is found." in run(tree, "check", "--help").stdout


def test_a_chart_is_a_file(tree: Path) -> None:
    (tree / "plots/nothing.py").write_text(CHART)
    ended = run(tree, "plot", ROOT / "tests/data/rebuilt.json", "--output", tree / "out", "--format=svg")
    assert ended.returncode == 0 and (tree / "out/nothing.svg").exists(), ended.stderr
