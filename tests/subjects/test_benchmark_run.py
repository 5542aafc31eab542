"""A Google Benchmark program from the command line to results, charts, comparisons and verdicts."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scripts import duet
from scripts.measuring import flags
from tests import forked
from tests.conftest import BUILD

BENCH = f"--bench={BUILD / 'fanout-bench'}"
QUICK = "--min-time=0.001"


def fanout(place: Path, command: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return forked.run(command, *map(str, arguments), cwd=place)


def results(place: Path) -> dict[str, Any]:
    return dict(json.loads((place / "results.json").read_text()))


def test_a_run_draws_reports_and_goes_on(tricky: Path, tmp_path: Path) -> None:
    which = "--filter=^(sleeps|counts|a |latin|twice|fails|dies)"
    ended = fanout(tmp_path, "run", BENCH, tricky, which, QUICK, "--rounds=2", "--output=r")
    assert ended.returncode == 1, ended.stderr
    found = results(tmp_path / "r")
    kinds = {failure["name"]: failure["kind"] for failure in found["failures"]}
    assert kinds == {"fails": "error", "dies": "crash", "twice": "error"}
    assert len(found["benchmarks"]) == 2 * 6 and found["context"]["unit"] == "iteration"
    assert {entry["time_unit"] for entry in found["benchmarks"]} == {"ns"}
    assert "sleeps/real_time" in ended.stdout and 'no "input" here' in ended.stdout
    assert {path.suffix for path in (tmp_path / "r/charts").iterdir()} == {".svg", ".png"}

    ended = fanout(tmp_path, "run", "--resume=r", "--rounds=3")
    assert ended.returncode == 1 and len(results(tmp_path / "r")["benchmarks"]) == 3 * 6, ended.stderr
    for command in ("report", "plot"):
        assert fanout(tmp_path, command, "r").returncode == 0
    rows = fanout(tmp_path, "report", "r", "--format=csv").stdout.splitlines()
    assert len(rows) == 1 + 6 + 3 and any(",4," in row and "threads:4" in row for row in rows)
    ended = fanout(tmp_path, "compare", "r", "r")
    assert "counts" in ended.stdout and "BASE and NEW are the same results" in " ".join(ended.stdout.split())


def test_a_run_goes_on_with_the_same_program_alone(tricky: Path, slower: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(tricky.read_bytes())
    program.chmod(0o755)
    arguments = (BENCH, program, "--filter=manual", QUICK, "--rounds=1", "--output=r")
    assert fanout(tmp_path, "run", *arguments).returncode == 0
    program.write_bytes(slower.read_bytes())
    ended = fanout(tmp_path, "run", "--resume=r", "--rounds=2")
    assert ended.returncode == 2 and "not the same run: program: " in ended.stderr


def test_what_cannot_be_measured_is_refused(tricky: Path, tmp_path: Path) -> None:
    for arguments, found in {
        (tmp_path / "absent",): "No such file or directory",
        ("/bin/true",): "without the flags of Google Benchmark",
        (tricky, "--filter=nothing"): "no such benchmarks",
        (tricky, "--workloads=math"): "--workloads is for the built-in workloads",
        (tricky, "--set=a.b=1"): "has no parameters",
        (tricky, "--", "true"): "one subject at a time",
        ("--filter=x",): "--filter is for a Google Benchmark program",
        ("--as=benchmark",): "--as=benchmark: there is no SUBJECT whose kind it could be",
        ("--as=benchmark", "--", "true"): "--as=benchmark: there is no SUBJECT whose kind it could be",
        (tricky, "--as=built-in"): "invalid choice: 'built-in'",
    }.items():
        ended = fanout(tmp_path, "run", BENCH, *arguments)
        assert (ended.returncode, ended.stdout) == (2, "") and found in ended.stderr
        assert len(ended.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_duet_finds_what_became_slower(
    tricky: Path,
    slower: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flags, "BENCH", BUILD / "fanout-bench")
    for new, state in {tricky: "same", slower: "slower"}.items():
        which = [str(tricky), str(new), "--filter=^manual", QUICK]
        status = duet.main([*which, f"--output={tmp_path / state}", "--format=json"])
        said = capsys.readouterr()
        assert status == (state == "slower"), said.err
        (cell,) = json.loads(said.out)["cells"]
        assert (cell["name"], cell["state"]) == ("manual/manual_time", state)


def test_files_of_the_library_are_compared_drawn_and_reported(tricky: Path, tmp_path: Path) -> None:
    for name in ("before", "after"):
        wanted = ["--benchmark_filter=^(counts|sleeps.*|fails)$", "--benchmark_min_time=0.001"]
        out = [f"--benchmark_out={tmp_path}/{name}.json", "--benchmark_repetitions=3"]
        subprocess.run([tricky, *wanted, *out], check=True, capture_output=True)
    ended = fanout(tmp_path, "compare", "before.json", "after.json", "--chart=ratios.svg")
    assert ended.returncode == 0, ended.stderr
    assert "BASE is a single process, whose repetitions are one sample" in " ".join(ended.stdout.split())
    assert (tmp_path / "ratios.svg").exists()
    assert fanout(tmp_path, "plot", "before.json", "after.json").returncode == 0
    ended = fanout(tmp_path, "report", "before.json")
    assert ended.returncode == 0 and "sleeps/real_time" in ended.stdout and "counts" in ended.stdout
    subprocess.run(
        [tricky, *wanted, *out, "--benchmark_report_aggregates_only"], check=True, capture_output=True
    )
    ended = fanout(tmp_path, "report", "after.json")
    assert ended.returncode == 2 and "after.json: has aggregates alone: measure with" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
