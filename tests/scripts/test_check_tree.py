"""What forks and joins cost: its judgement, and the cells that it measures."""

from __future__ import annotations

import argparse

import pytest

from scripts.checks import tree
from scripts.checks.bound import judge, labelled, row
from scripts.measuring.catalogue import Cell
from scripts.measuring.sample import run_benchmark
from scripts.measuring.usage import UsageError
from tests.conftest import BUILD

CELLS = tree.cells(BUILD)


@pytest.mark.parametrize(("pool", "word"), [(0.029, "kept"), (0.031, "missed")])
def test_the_pool_is_held_to_its_bounds(pool: float, word: str) -> None:
    times = {cell.name: [0.1] * 10 for cell in CELLS} | {"fib pool 2": [pool] * 10}
    times |= {"uts pool 2": [0.02] * 10, "fib plain": [0.005] * 10, "uts plain": [0.01] * 10}
    verdicts = {text: verdict for text, _, _, verdict in map(row, judge(times, tree.claims()))}
    assert verdicts["pool / tbb_tasks, fib(30), workers: 2"] == word
    assert verdicts["pool / openmp_tasks, UTS, a million nodes, workers: 2"] == "kept"
    assert verdicts["pool on one worker / plain recursion, fib(30)"] == "missed"
    assert verdicts["pool on one worker / plain recursion, UTS, a million nodes"] == "kept"


@pytest.mark.parametrize("cell", CELLS, ids=[cell.name for cell in CELLS])
def test_every_cell_runs(cell: Cell) -> None:
    small = ["--set=tree.size=12", "--benchmark_min_time=0.001", "--benchmark_repetitions=1", "--warmup=0"]
    kept = [argument for argument in cell.arguments if not argument.startswith("--benchmark_")]
    assert labelled(cell.name, run_benchmark(cell.program, [*kept[:-1], *small], 60.0))[cell.name] > 0


def test_wrong_usage() -> None:
    given = argparse.Namespace(bench=BUILD / "fanout-bench", rounds=2, seed=1)
    with pytest.raises(UsageError, match="--rounds=2: 5 or more"):
        tree.check(given, -1, lambda line: None)
