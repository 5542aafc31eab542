"""The installed command, and the package."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.conftest import BUILD
from tests.installed.conftest import Fanout


def test_a_run_in_an_empty_directory(fanout: Fanout, tmp_path: Path) -> None:
    ended = fanout(
        "run", "--workloads=overhead,http", "--executors=serial,pool", "--rounds=3", "--set=http.requests=4"
    )
    assert ended.returncode == 0, ended.stderr
    (results,) = tmp_path.glob("results/2*/results.json")
    assert len(json.loads(results.read_text())["benchmarks"]) > 2
    assert list(results.parent.rglob("*.png"))
    assert fanout("report").returncode == 0


def test_it_says_what_there_is(fanout: Fanout) -> None:
    usage = fanout("--help")
    assert usage.returncode == 0 and " run " in usage.stdout and " test " not in usage.stdout
    assert fanout("--version").stdout.startswith("fanout 0.")
    assert "Measure this machine" in fanout("help", "run").stdout
    wrong = fanout("rum")
    assert wrong.returncode == 2 and "no command 'rum'" in wrong.stderr and "\n" not in wrong.stderr.strip()
    assert fanout().returncode == 2
    listed = fanout("list")
    assert listed.returncode == 0 and "overhead" in listed.stdout


def test_it_calls_itself_as_it_is_called(prefix: Path) -> None:
    scripts = list(prefix.rglob("*.py"))
    assert len(scripts) > 100
    for script in scripts:
        assert "scripts/fanout" not in script.read_text(), script


def test_the_package(tmp_path: Path) -> None:
    command: list[str | Path] = [
        "cpack",
        "-G",
        "DEB",
        "--config",
        BUILD / "CPackConfig.cmake",
        "-B",
        tmp_path,
    ]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (package,) = tmp_path.glob("fanout_*_*.deb")
    about = subprocess.run(["dpkg-deb", "-f", package], capture_output=True, text=True, check=True).stdout
    depends = about.split("Depends: ")[1].splitlines()[0]
    for needed in ("libbenchmark1", "libcurl4", "libtbb12", "python3-matplotlib", "python3-scipy"):
        assert needed in depends
    listed = subprocess.run(["dpkg-deb", "-c", package], capture_output=True, text=True, check=True).stdout
    for file in ("bin/fanout", "include/fanout/plugin.h", "share/cmake/fanout/fanoutConfig.cmake"):
        assert f" ./usr/{file}\n" in listed
