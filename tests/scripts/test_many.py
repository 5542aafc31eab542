"""100,000 benchmarks: what compare and report do with each of them is bounded, and what people are shown is.

    python3 -m tests.scripts.test_many DIRECTORY    writes base.json and new.json of 100,000 benchmarks, for a stopwatch
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from scripts import compare, report
from tests.scripts.comparing import ROOT, document

# Of a benchmark; today 270 to 680, 1,300 as JSON. A pandas object for each takes thousands.
STEPS = 2000
SIZES = (
    600,
    600,
    1200,
    2400,
)  # benchmarks; the first time imports, and all are more than the rows that are shown
OURS = str(ROOT / "scripts")

# Cells of a case, and samples of a cell: a case each, all in one case, and a usual mixture.
SHAPES = {"cases": (1, 1), "one case": (10**9, 1), "mixture": (10, 10)}


def results(benchmarks: int, shape: str, seed: int) -> dict[str, Any]:
    """A results file of so many benchmarks, with scatter of 1 %."""
    scattered = random.Random(seed)
    a_case, samples = SHAPES[shape]
    cells = {}
    for number in range(benchmarks // samples):
        case, place = divmod(number, a_case)
        executor = f"pool{place // 2}" if place else "serial"
        name = f"math/{executor}/workers:{1 + place % 2 if place else 1}/size:{case}"
        cells[name] = [100 * scattered.lognormvariate(0, 0.01) for _ in range(samples)]
    return document(cells)


def write(directory: Path, benchmarks: int, shape: str) -> list[str]:
    paths = [directory / f"{side}.json" for side in ("base", "new")]
    for seed, path in enumerate(paths):
        path.write_text(json.dumps(results(benchmarks, shape, seed)))
    return list(map(str, paths))


def steps(command: Callable[[list[str]], int], arguments: list[str]) -> int:
    """What the command does: calls of Python functions anywhere, and lines of our own, loops in one line included."""
    count = 0

    def line(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += 1
        return line

    def call(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += 1
        return line if frame.f_code.co_filename.startswith(OURS) else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        command(arguments)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("shape, form", [*((shape, "markdown") for shape in SHAPES), ("cases", "json")])
@pytest.mark.parametrize("command, files", [(compare.main, 2), (report.main, 1)], ids=["compare", "report"])
def test_each_benchmark_costs_the_same_however_many_there_are(
    command: Callable[[list[str]], int],
    files: int,
    shape: str,
    form: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    costs = []
    for benchmarks in SIZES:
        paths = write(tmp_path, benchmarks, shape)[:files]
        costs.append(steps(command, [*paths, f"--format={form}"]))
        capsys.readouterr()
    first, second = costs[2] - costs[1], costs[3] - costs[2]
    assert second <= 2.2 * first and second <= (SIZES[3] - SIZES[2]) * files * STEPS, costs


@pytest.mark.parametrize("form", ["terminal", "markdown"])
def test_rows_that_nobody_reads_are_counted(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = write(tmp_path, 1200, "cases")
    assert compare.main([*paths, f"--format={form}"]) == 0
    said = capsys.readouterr().out
    assert "… and 700 more cells; --format=json has all." in said and 500 < len(said.splitlines()) < 1600
    assert report.main([paths[0], f"--format={form}"]) == 0
    said = capsys.readouterr().out
    assert "… and 700 more cases; --format=json has all." in said and said.count("1 worker is") == 0
    paths = write(tmp_path, 1200, "one case")
    assert report.main([paths[0], f"--format={form}"]) == 0
    assert "… and 101 more executors; --format=json has all." in capsys.readouterr().out
    assert report.main([paths[0], "--format=json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["cases"][0]["rows"]) == 601
    assert compare.main([*paths, "--format=json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["cells"]) == 1200


if __name__ == "__main__":
    write(Path(sys.argv[1]), 100_000, sys.argv[2] if len(sys.argv) > 2 else "mixture")
