"""Programs to be measured that are none of fanout's."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def compiled(folder: Path, *flags: str) -> Path:
    """tricky.cpp, with the packaged library."""
    program = folder / "tricky"
    words = ["-std=c++17", "-O1", str(HERE / "tricky.cpp"), "-o", str(program), "-lbenchmark", "-pthread"]
    subprocess.run(["g++", *words, *flags], check=True)
    return program


@pytest.fixture(scope="session")
def tricky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("benchmark"))


@pytest.fixture(scope="session")
def slower(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, of which `manual` takes 5 % longer."""
    return compiled(tmp_path_factory.mktemp("slower"), "-DSLOWER=1.05")


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], Path]:
    """script(text): a program in Python that acts as one."""

    def write(text: str) -> Path:
        path = tmp_path / "acting"
        path.write_text(f"#!/usr/bin/python3 -S\nimport json, sys, time\nargv = sys.argv[1:]\n{text}")
        path.chmod(0o755)
        return path

    return write
