"""An installed Fanout, outside of the tree."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import BUILD

Ended = subprocess.CompletedProcess[str]
Fanout = Callable[..., Ended]
Plugged = Callable[..., dict[str, Any]]
SHORT = ("--workers=2", "--warmup=0", "--benchmark_min_time=0.001", "--benchmark_format=json")


@pytest.fixture(scope="session")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("prefix")
    install: list[str | Path] = ["cmake", "--install", BUILD, "--prefix", place]
    ended = subprocess.run(install, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return place


@pytest.fixture
def fanout(prefix: Path, tmp_path: Path) -> Fanout:
    """Runs the installed command in an empty directory, as a login shell would."""

    def run(*arguments: str | Path, **options: Any) -> Ended:
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8"}
        options = {"cwd": tmp_path, "env": environment, "timeout": 300, **options}
        return subprocess.run([prefix / "bin/fanout", *arguments], capture_output=True, text=True, **options)

    return run


def built(source: Path, to: Path, prefix: Path) -> Path:
    """The plug-in of a project, which finds the installed Fanout."""
    configure: list[str | Path] = [
        "cmake",
        "-S",
        source,
        "-B",
        to,
        "-G",
        "Ninja",
        "-DCMAKE_BUILD_TYPE=Release",
    ]
    warnings: list[str | Path] = [
        f"-DCMAKE_{language}_FLAGS=-Wall -Wextra -Wpedantic -Werror" for language in ("C", "CXX")
    ]
    commands: list[list[str | Path]] = [
        [*configure, *warnings, f"-DCMAKE_PREFIX_PATH={prefix}"],
        ["cmake", "--build", to],
    ]
    for command in commands:
        ended = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "CXXFLAGS": ""})
        assert ended.returncode == 0, ended.stdout + ended.stderr
    (plugin,) = to.glob("lib*.so")
    return plugin


def measured(prefix: Path, plugin: Path, *flags: str) -> dict[str, Any]:
    """What the installed binary finds of a plug-in."""
    command: list[str | Path] = [prefix / "bin/fanout-bench", f"--plugin={plugin}", *SHORT, *flags]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ended.returncode in (0, 1), ended.stderr
    return dict(json.loads(ended.stdout))
