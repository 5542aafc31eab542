"""The binary's flags: what they select."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import BUILD, Run


def test_help_shows_examples(bench: Run) -> None:
    result = bench("--help")
    assert result.returncode == 0
    assert "Examples:" in result.stdout and "--list" in result.stdout and "Exit status:" in result.stdout


def test_list_names_everything(bench: Run) -> None:
    listed = json.loads(bench("--list=json").stdout)
    text = bench("--list").stdout
    for workload in listed["workloads"]:
        assert f"\n  {workload['name']}: " in text
        for parameter in workload["parameters"]:
            assert f"--set={workload['name']}.{parameter['name']}=" in text
    for executor in listed["executors"]:
        assert f"\n  {executor['name']} ({executor['kind']}): " in text
        assert executor["missing"] or (executor["library"] and executor["idle"])
    assert listed["effective_cpus"] > 0


def test_dry_run_names_the_cells_that_run(bench: Run, tmp_path: Path) -> None:
    which = (
        "--workloads=overhead,spin",
        "--executors=pool,serial",
        "--workers=1,2",
        "--set=spin.duration=1us,2us",
    )
    out = tmp_path / "out.json"
    named = bench(*which, "--dry-run").stdout.split()
    assert bench(*which, "--benchmark_list_tests").stdout.split() == named
    assert bench(*which, f"--benchmark_out={out}").returncode == 0
    assert [entry["name"] for entry in json.loads(out.read_text())["benchmarks"]] == named
    assert len(named) == 3 * (2 + 1)


def test_dry_run_in_json_has_what_the_results_have_and_how_to_run_each_cell_alone(bench: Run) -> None:
    which = ["--workloads=sleep,search", "--executors=coroutines,pool", "--workers=2", "--lifecycle=both"]
    which += ["--set=coroutines.in_flight=3", "--set=search.pattern=a,b", "--set=search.size=1000"]
    which += ["--set=sleep.tasks=3", "--set=sleep.duration=100us"]
    planned = json.loads(bench(*which, "--dry-run=json").stdout)
    cells = planned["cells"]
    assert len(cells) == 2 * 2 * 2 and planned["effective_cpus"] > 0 and planned["cpus"]
    for cell in cells:
        assert bench(*cell["arguments"], "--dry-run").stdout.split("\n") == [cell["name"], ""]
        assert cell["name"].startswith(f"{cell['workload']}/{cell['executor']}/workers:2")
    quick = ("--benchmark_min_time=0.001", "--benchmark_format=json")
    results = json.loads(bench(*which, *quick).stdout)
    assert results["schema"] == planned["schema"]
    for cell in cells:
        del cell["arguments"]
    assert results["cells"] == cells


def test_an_observer_publishes_evidence_and_no_time(bench: Run) -> None:
    which = ("--workloads=spin", "--executors=pool,fork_pool", "--workers=2", "--set=spin.rate=500")
    seen = json.loads(bench(*which, "--observe=states", "--benchmark_format=json").stdout)
    assert seen["benchmarks"] == [] and seen["failures"] == []
    for evidence in seen["evidence"]:
        assert (evidence["observer"], evidence["version"]) == ("states", 1)
        done = sum(thread["tasks"] for thread in evidence["threads"])
        assert done == evidence["tasks"] == 1000 * evidence["batches"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_what_is_done(tmp_path: Path, number: signal.Signals) -> None:
    """Sleeps that last for ever after a cell that is quick; also their worker processes must be gone."""
    out = tmp_path / "out.json"
    command: list[str | Path] = [
        BUILD / "fanout-bench",
        "--workloads=sleep",
        "--executors=fork_pool",
        "--workers=2",
        "--set=sleep.duration=1ms,50ms",
        "--set=sleep.tasks=8",
        "--benchmark_min_time=0.01",
        "--benchmark_repetitions=1000",
        "--warmup=0",
        f"--benchmark_out={out}",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if "duration:1ms_cv" in line:  # the last line of the first cell
            break
    time.sleep(0.3)
    os.kill(process.pid, number)
    os.kill(process.pid, number)  # as timeout(1) does: once to the process, once to its group
    process.communicate(timeout=60)
    assert process.returncode == 130
    results = json.loads(out.read_text())
    assert results["context"]["interrupted"] is True
    assert {entry["run_name"].rpartition(":")[2] for entry in results["benchmarks"]} == {"1ms"}
    assert [failure["kind"] for failure in results["failures"]] == ["interrupted"]
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]
