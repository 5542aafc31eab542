"""What a run costs beside Google Benchmark's defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scripts.running.cost import Cost
from tests.scripts.runner import run


def test_the_bound_can_be_kept_and_missed() -> None:
    assert Cost(10, 31, 4, 4, 0.02).kept
    missed = Cost(10, 29, 4, 3, 0.02)
    assert not missed.kept
    assert "(3 were)" in missed.words and "0.34 times as long; bound 0.33, missed" in missed.words


def test_each_cell_is_run_once_more_in_google_benchmarks_way(bench: Path, logs: Any, tmp_path: Path) -> None:
    """Over a binary that repeats nothing, the many processes are the dearer way: it is said, and the status tells."""
    which = ("--workloads=math", "--executors=serial,pool,receipt", "--workers=1", "--rounds=30")
    ended = run(f"--bench={bench}", *which, "--check-cost", f"--output={tmp_path / 'out'}")
    assert ended.returncode == 1
    assert "2 cells: " in ended.stdout and "missed" in ended.stdout
    assert len(logs.samples()) == 30 + 30 + 1 + 2
