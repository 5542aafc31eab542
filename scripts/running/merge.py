"""From samples to one results.json that Google Benchmark's compare.py reads."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from scripts.running.rounds import Measured
from scripts.running.sample import Json

_MEDIANS = ("real_time", "cpu_time")


def one_sample(repetitions: Sequence[Json]) -> Json:
    """One process's entry: the medians of its times; all else from the repetition whose real time is the (lower) median."""
    ordered = sorted(repetitions, key=lambda entry: float(entry["real_time"]))
    middle = ordered[(len(ordered) - 1) // 2]
    return middle | {key: median(float(entry[key]) for entry in repetitions) for key in _MEDIANS}


def document(measured: Measured, cells: Sequence[str], rounds: int, context: Json) -> Json:
    """The results of a run: the samples of a cell side by side, cells in the order of the plan.

    `context` is added to the first process's own. A cell that failed, in whatever round, has no samples here.
    """
    benchmarks = []
    for index, name in enumerate(cells):
        if name in measured.failures:
            continue
        for sample in measured.samples.get(name, []):
            benchmarks.append(
                one_sample(sample.repetitions)
                | {
                    "run_type": "iteration",
                    "family_index": index,
                    "per_family_instance_index": 0,
                    "repetitions": rounds,
                    "repetition_index": sample.turn.round,
                    "order": sample.turn.order,
                }
            )
    return {
        "context": measured.context | context,
        "benchmarks": benchmarks,
        "failures": [measured.failures[name] for name in cells if name in measured.failures],
    }


def write(path: Path, results: Json) -> None:
    """Writes all or nothing: a reader never meets half a file."""
    text = json.dumps(results, indent=1, allow_nan=False) + "\n"
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".results-")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
