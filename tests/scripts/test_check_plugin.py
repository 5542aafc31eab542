"""What the door of plug-ins costs: its judgement, and the program that measures it."""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

import pytest

from scripts.checks import plugin
from scripts.checks.bound import judge, labelled, row
from scripts.measuring.catalogue import Cell
from scripts.measuring.sample import run_benchmark
from scripts.measuring.usage import UsageError
from tests.conftest import BUILD


def times(**door: float) -> dict[str, list[float]]:
    """A microsecond for every loop in 10 rounds, but for the doors of some executors."""
    found = {f"{name}/loop:inside": [1e-6] * 10 for name in plugin.EXECUTORS}
    return found | {f"{name}/loop:door": [door.get(name, 1e-6)] * 10 for name in plugin.EXECUTORS}


@pytest.mark.parametrize(("door", "word"), [(1.04e-6, "kept"), (1.06e-6, "missed")])
def test_the_ratio_is_held_to_its_bound(door: float, word: str) -> None:
    verdicts = {
        row(found)[0].split(", ")[-1]: row(found)[3] for found in judge(times(pool=door), plugin.claims())
    }
    others = {name: "" if name in plugin.UNBOUNDED else "kept" for name in plugin.EXECUTORS}
    assert verdicts == others | {"pool": word}


@pytest.mark.parametrize("cell", plugin.cells(BUILD), ids=plugin.EXECUTORS)
def test_every_executor_has_both_loops(cell: Cell) -> None:
    short = ["--benchmark_min_time=0.0005", "--benchmark_repetitions=2"]
    found = labelled(cell.name, run_benchmark(cell.program, [cell.arguments[0], *short], 60.0))
    assert set(found) == {f"{cell.name}/loop:door", f"{cell.name}/loop:inside"}
    assert all(time > 0 for time in found.values())


def test_wrong_usage(tmp_path: Path) -> None:
    for arguments, words in {
        (tmp_path / "fanout-bench", 20): "no binary at .*fanout-door",
        (BUILD / "fanout-bench", 2): "--rounds=2: 5 or more",
    }.items():
        given = argparse.Namespace(bench=arguments[0], rounds=arguments[1], seed=1)
        with pytest.raises(UsageError, match=words):
            plugin.check(given, -1, lambda line: None)
    ended = subprocess.run([BUILD / "fanout-door", "--executor=none"], capture_output=True, text=True)
    assert ended.returncode == 1 and ended.stderr == "fanout-door: there is no executor none\n"
