"""The examples, built outside of the tree against an installed Fanout, and run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.installed.conftest import built, measured

EXAMPLES = ROOT / "examples"


def test_each_is_tried() -> None:
    assert {path.parent.name for path in EXAMPLES.glob("*/CMakeLists.txt")} == {
        "c",
        "foreign_pool",
        "jsonlines",
    }


@pytest.mark.parametrize(("folder", "name"), [("c", "squares"), ("jsonlines", "jsonlines")])
def test_workloads_run_under_every_executor(prefix: Path, tmp_path: Path, folder: str, name: str) -> None:
    plugin = built(EXAMPLES / folder, tmp_path / "build", prefix)
    small = "tasks=60" if name == "squares" else "lines=30"
    found = measured(prefix, plugin, f"--workloads={name}", f"--set={name}.{small}")
    assert found["failures"] == []
    executors = {entry["name"].split("/")[1] for entry in found["benchmarks"]}
    assert {"serial", "pool", "tbb", "openmp_dynamic", "coroutines", "fork_pool", "fork_pipe"} <= executors


def test_a_foreign_pool_runs_every_workload(prefix: Path, tmp_path: Path) -> None:
    plugin = built(EXAMPLES / "foreign_pool", tmp_path / "build", prefix)
    settings = ("disk.tasks=8", "http.requests=4", "math.tasks=8", "search.tasks=4", "overhead.tasks=99")
    found = measured(
        prefix, plugin, "--executors=foreign_pool", *(f"--set={setting}" for setting in settings)
    )
    assert [failure["name"].split("/")[0] for failure in found["failures"]] == ["tree"]  # it spawns branches
    assert {entry["name"].split("/")[0] for entry in found["benchmarks"]} >= {
        "disk",
        "http",
        "lock",
        "queue",
        "spin",
    }
    (lines,) = [len(path.read_text().splitlines()) for path in EXAMPLES.glob("foreign_pool/foreign_pool.cpp")]
    assert lines <= 30


@pytest.mark.skipif(shutil.which("rustc") is None, reason="there is no rustc")
def test_a_workload_in_rust(prefix: Path, tmp_path: Path) -> None:
    plugin = tmp_path / "libcollatz.so"
    command: list[str | Path] = [
        "rustc",
        "-O",
        "-D",
        "warnings",
        "--crate-type=cdylib",
        EXAMPLES / "rust/collatz.rs",
        "-o",
        plugin,
    ]
    subprocess.run(command, check=True)
    found = measured(prefix, plugin, "--workloads=collatz", "--set=collatz.tasks=60")
    assert found["failures"] == [] and len(found["benchmarks"]) > 10


def test_a_project_that_asks_wrongly_is_told(prefix: Path, tmp_path: Path) -> None:
    for call, said in {
        "fanout_add_plugin(mine mine.cpp)": r"fanout_add_plugin(mine SOURCES file",
        "fanout_add_plugin(mine SOURCES mine.cpp)": "is compiled without optimisation",
        "find_package(fanout 7 REQUIRED)": "requested version",
    }.items():
        (tmp_path / "mine.cpp").touch()
        (tmp_path / "CMakeLists.txt").write_text(
            f"cmake_minimum_required(VERSION 3.22)\nproject(mine LANGUAGES CXX)\nfind_package(fanout REQUIRED)\n{call}\n"
        )
        command: list[str | Path] = [
            "cmake",
            "-S",
            tmp_path,
            "-B",
            tmp_path / "build",
            "--fresh",
            f"-DCMAKE_PREFIX_PATH={prefix}",
        ]
        assert said in subprocess.run(command, capture_output=True, text=True).stderr
