"""From samples to one results.json that Google Benchmark's compare.py reads."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from scripts.analysis.interval import median_interval
from scripts.analysis.scatter import correlated, lag1, scatter
from scripts.analysis.stopping import Stopping
from scripts.analysis.table import SECONDS
from scripts.machine.probes import marked
from scripts.measuring.schedule import Measured, Sample
from scripts.measuring.sample import Json

_MEDIANS = ("real_time", "cpu_time")


def one_sample(repetitions: Sequence[Json]) -> Json:
    """One process's entry: the medians of its times; all else from the repetition whose real time is the (lower) median."""
    ordered = sorted(repetitions, key=lambda entry: float(entry["real_time"]))
    middle = ordered[(len(ordered) - 1) // 2]
    return middle | {key: median(float(entry[key]) for entry in repetitions) for key in _MEDIANS}


def document(
    measured: Measured, cells: Sequence[str], stopping: Stopping, unfinished: str, context: Json
) -> Json:
    """The results of a run: the samples of a cell side by side, cells in the order of the plan, and what they are worth.

    `context` is added to the first process's own. A cell that failed, in whatever round, has no samples here.
    `unfinished` is the stop_reason of cells that had not enough.
    """
    benchmarks = []
    worth = []
    for index, name in enumerate(cells):
        samples = measured.samples.get(name, [])
        if name in measured.failures or not samples:
            continue
        worth.append(_worth(name, samples, stopping, unfinished))
        for number, sample in enumerate(samples):
            benchmarks.append(
                one_sample(sample.repetitions)
                | {
                    "run_type": "iteration",
                    "family_index": index,
                    "per_family_instance_index": 0,
                    "repetitions": len(samples),
                    "repetition_index": number,
                    "round": sample.turn.round,
                    "order": sample.turn.order,
                }
            )
    return {
        "context": measured.context | context,
        "benchmarks": benchmarks,
        "cells": worth,
        "failures": [measured.failures[name] for name in cells if name in measured.failures],
    }


def _worth(name: str, samples: Sequence[Sample], stopping: Stopping, unfinished: str) -> Json:
    """What a cell's samples are worth. Times are in seconds; what cannot be told from so few is left out."""
    unit = SECONDS[samples[0].repetitions[0]["time_unit"]]
    times = [sample.time * unit for sample in samples]
    interval = median_interval(times)
    apart = scatter([[float(entry["real_time"]) for entry in s.repetitions] for s in samples])
    disturbed = [marked(sample.disturbance) for sample in samples]
    told = {
        "name": name,
        "samples": len(times),
        "median": interval.median,
        "low": interval.low,
        "high": interval.high,
        "coverage": interval.coverage,
        "scatter_between": apart.between,
        "scatter_within": apart.within,
        "lag1": lag1(times),
        "correlated": correlated(times),
        "stop_reason": stop_reason(times, stopping, unfinished),
        "disturbed": sum(map(bool, disturbed)),
        "marks": Counter(kind for each in disturbed for kind in each),
    }
    return {key: value for key, value in told.items() if value is not None}


def stop_reason(times: Sequence[float], stopping: Stopping, unfinished: str) -> str:
    """ "precise", "max_rounds", or why it has not enough."""
    if stopping.precise(times):
        return "precise"
    return "max_rounds" if stopping.enough(times) else unfinished


def write(path: Path, results: Json) -> None:
    """Writes all or nothing: a reader never meets half a file."""
    text = json.dumps(results, indent=1, allow_nan=False) + "\n"
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".results-")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())  # or a power cut may leave the new name with nothing in it
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
