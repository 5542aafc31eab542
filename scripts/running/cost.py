"""What a run costs beside Google Benchmark's own way with the same cells: `fanout run --check-cost`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scripts.running.plan import Cell
from scripts.running.sample import run_benchmark

REPETITIONS = 10
BOUND = 1 / 3  # of Google Benchmark's wall time
_LIMIT = 600.0  # seconds for a cell of which a repetition takes half a second


@dataclass(frozen=True)
class Cost:
    """Wall seconds of the same cells: ours, all samples with their processes, and Google Benchmark's."""

    ours: float
    theirs: float
    cells: int
    precise: int  # cells known as well as was asked for
    target: float

    @property
    def kept(self) -> bool:
        return self.ours <= BOUND * self.theirs

    @property
    def words(self) -> str:
        return (
            f"{self.cells} cells: {self.ours:.0f} s for fresh processes until known to within {100 * self.target:g} % "
            f"({self.precise} were), {self.theirs:.0f} s for Google Benchmark's defaults with {REPETITIONS} repetitions: "
            f"{self.ours / self.theirs:.2f} times as long; bound {BOUND:.2f}, {'kept' if self.kept else 'missed'}"
        )


def google_benchmark(bench: Path, cells: Iterable[Cell], wake: int) -> float | None:
    """Wall seconds of the cells one after the other, each with half a second a repetition, as Google Benchmark has it, and
    no warm-up, as it has none. None where it was interrupted."""
    began = time.monotonic()
    print(
        "the same cells by Google Benchmark's defaults: half a second, ten times, for each", file=sys.stderr
    )
    for cell in cells:
        arguments = [*cell.arguments, "--warmup=0", f"--benchmark_repetitions={REPETITIONS}"]
        if run_benchmark(cell.program or bench, arguments, _LIMIT, wake=wake).kind == "interrupted":
            return None
    return time.monotonic() - began
