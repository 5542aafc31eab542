"""Google Benchmark's own compare.py over the results of `fanout run`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.scripts.runner import run

BENCH = Path(__file__).with_name("fake_bench.py")
COMPARE = Path("/usr/share/benchmark/compare.py")  # of libbenchmark-tools

pytestmark = pytest.mark.skipif(not COMPARE.exists(), reason="libbenchmark-tools is not installed")


def compare(*files: Path) -> subprocess.CompletedProcess[str]:
    command = ["/usr/bin/python3", str(COMPARE), "--no-color", "benchmarks", *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of cells that work and cells that do not, with numbers of samples that differ."""
    folder = tmp_path_factory.mktemp("compare") / "out"
    which = ("--workloads=math,spin", "--executors=serial,pool,segv,absent", "--workers=1,2")
    assert run(f"--bench={BENCH}", *which, "--rounds=10", f"--output={folder}").returncode == 1
    return folder / "results.json"


def test_it_reads_them_and_tests_every_cell(results: Path) -> None:
    ended = compare(results, results)
    assert ended.returncode == 0, ended.stderr
    names = {entry["name"] for entry in json.loads(results.read_text())["benchmarks"]}
    assert len(names) == 6
    for name in names:
        rows = [line for line in ended.stdout.splitlines() if line.startswith(name)]
        assert len(rows) == 11, "ten samples and the U test"
        assert any(row.startswith(f"{name}_pvalue") and "U Test" in row for row in rows)
    assert "segv" not in ended.stdout


def test_it_is_not_that_it_reads_anything(results: Path, tmp_path: Path) -> None:
    document: Any = json.loads(results.read_text())
    document["benchmarks"][0]["real_time"] = None
    spoilt = tmp_path / "results.json"
    spoilt.write_text(json.dumps(document))
    assert compare(spoilt, spoilt).returncode != 0
