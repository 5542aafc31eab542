"""Plug-ins for tests, compiled for each: tests/benchmarks/plugin.c with a fault, or a source of the test's."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.conftest import ROOT

INCLUDE = ROOT / "include"
GIVEN = Path(__file__).with_name("plugin.c")

Compile = Callable[..., Path]


def compiled(source: Path, to: Path, **macros: str) -> Path:
    """The shared object of a source in C or C++."""
    compiler = ["g++", "-std=c++20"] if source.suffix == ".cpp" else ["gcc", "-std=gnu11"]
    command = [*compiler, "-Wall", "-Wextra", "-Wno-override-init", "-O1", "-shared", "-fPIC", f"-I{INCLUDE}"]
    command += [f"-D{name}={text}" for name, text in macros.items()]
    ended = subprocess.run([*command, source, "-o", to], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return to
