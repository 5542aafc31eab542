"""Programs to be measured that are none of fanout's."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def tricky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tricky.cpp, with the packaged library."""
    program = tmp_path_factory.mktemp("benchmark") / "tricky"
    flags = ["-std=c++17", "-O1", "-lbenchmark", "-pthread"]
    subprocess.run(["g++", HERE / "tricky.cpp", "-o", program, *flags], check=True)
    return program


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], Path]:
    """script(text): a program in Python that acts as one."""

    def write(text: str) -> Path:
        path = tmp_path / "acting"
        path.write_text(f"#!/usr/bin/python3 -S\nimport json, sys, time\nargv = sys.argv[1:]\n{text}")
        path.chmod(0o755)
        return path

    return write
