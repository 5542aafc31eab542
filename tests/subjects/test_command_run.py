"""A run of commands from the command line to its results, and on from there."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests import forked
from tests.conftest import BUILD
from tests.subjects.commands import script


def run(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return forked.run("run", f"--bench={BUILD / 'fanout-bench'}", *arguments, cwd=place)


def results(place: Path) -> dict[str, Any]:
    return dict(json.loads((place / "r/results.json").read_text()))


def test_a_run_goes_on_and_is_held_to_the_first_output(tmp_path: Path) -> None:
    body = 'echo "$A"; [ "$1" = 2 ] && echo more; exit 0'
    app = script(tmp_path / "app", body)
    flags = [f"--cleanup=rm {tmp_path}/setup", f"--setup=touch {tmp_path}/setup", "--workers=1,2"]
    arguments = [*flags, "--set=a=x,y", "--", "A={a}", app, "{workers}", "--help", "--no-install"]
    ended = run(tmp_path, "--rounds=2", "--output=r", *arguments)
    assert ended.returncode == 1, ended.stderr
    found = results(tmp_path)
    name = f"command/A={{a}} {app} {{workers}} --help --no-install"
    assert {entry["name"].rpartition("/workers:")[2] for entry in found["benchmarks"]} == {"1/a:x", "1/a:y"}
    assert len(found["benchmarks"]) == 4 and all(entry["max_rss"] > 0 for entry in found["benchmarks"])
    assert {failure["kind"] for failure in found["failures"]} == {"receipt"}
    assert "line 2, byte 3 of its output: 'more'" in found["failures"][0]["reason"]
    assert found["context"]["unit"] == "run" and found["context"]["effective_cpus"] > 0
    assert found["context"]["command"][-1] == "--no-install"
    assert not (tmp_path / "setup").exists()
    assert name[:20] in ended.stdout

    ended = run(tmp_path, "--resume=r", "--rounds=3")
    assert ended.returncode == 1 and len(results(tmp_path)["benchmarks"]) == 6, ended.stderr
    script(tmp_path / "app", body + " # changed")
    ended = run(tmp_path, "--resume=r", "--rounds=4")
    assert ended.returncode == 2 and f"{app}: " in ended.stderr and "not the same run" in ended.stderr


def test_nothing_runs_where_the_command_is_wrong(tmp_path: Path) -> None:
    ended = run(tmp_path, f"--setup=touch {tmp_path}/setup", "--", "{app}")
    assert (ended.returncode, ended.stdout) == (2, "") and "known: {workers}" in ended.stderr
    ended = run(tmp_path, "--workloads=math", "--", "true")
    assert ended.returncode == 2 and "--workloads is for the built-in workloads" in ended.stderr
    ended = run(tmp_path, "--stdin=/etc/passwd")
    assert ended.returncode == 2 and "--stdin is for commands" in ended.stderr
    ended = run(tmp_path, "--dry-run", f"--setup=touch {tmp_path}/setup", "--", "true", "{workers}")
    assert ended.returncode == 0 and "cells" in ended.stdout
    assert not list(tmp_path.iterdir())
