"""A fanout-bench whose workers lose their time as they are told to: the fake one, with times and states of a model."""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.analysis.why import builder
from tests.scripts import fake_bench, fake_cells
from tests.scripts.fakes import program


@dataclass(frozen=True)
class Behaviour:
    """By executor. A fault of "openmp_dynamic" is gone where OpenMP is passive."""

    faults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # as builder.cell() takes them
    slower: Mapping[str, float] = field(default_factory=dict)  # factor of the pass that observes
    without_ready: tuple[str, ...] = ()
    mute: tuple[str, ...] = ()  # these give no evidence
    torn: tuple[str, ...] = ()  # whose evidence does not add up
    blocked: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # looks by system call


def write(path: Path, **behaviour: Any) -> Path:
    """A binary that behaves so."""
    return program(path, "fake_observed", asdict(Behaviour(**behaviour)))


def main(behaviour: Behaviour) -> int:
    fake_cells.EXECUTORS += ["openmp_dynamic", "std_thread"]
    known = fake_cells.catalogue()
    fake_cells.catalogue = lambda: known | {"observers": [{"name": "states"}, {"name": "calls"}]}
    fake_bench.amended = lambda text: amended(text, behaviour)
    return fake_bench.main()


def amended(text: str, behaviour: Behaviour) -> str:
    document = json.loads(text)
    document["context"] |= {"build_type": "Release", "flags": "-O3", "compiler": "fake"}
    (cell,) = document["cells"]
    found = evidence(cell, behaviour)
    executor = cell["executor"]
    if "--observe=states" in sys.argv:
        longer = (behaviour.slower.get(executor, 1.0) - 1) * found["seconds"]
        found["seconds"] += longer
        found["absent"] += longer * cell["workers"]
        document["benchmarks"] = []
        document["evidence"] = [] if executor in behaviour.mute else [found]
    elif "--observe=calls" in sys.argv:
        calls = behaviour.blocked.get(executor, {})
        document["benchmarks"] = []
        document["evidence"] = [{"observer": "calls", "cell": cell["name"], "blocked": calls}]
    else:
        for entry in document["benchmarks"]:
            entry |= {"real_time": 1e3 * found["seconds"] / found["batches"], "time_unit": "ms"}
    if executor in behaviour.torn:
        found["absent"] = 1e3
    return json.dumps(document)


def evidence(cell: Mapping[str, Any], behaviour: Behaviour) -> dict[str, Any]:
    """What a process of the cell sees; a little else in each, as its padding tells."""
    wave = 1 + random.Random(f"{cell['name']} {len(os.environ['FANOUT_PADDING'])}").gauss(0, 0.003)
    fault = dict(behaviour.faults.get(cell["executor"], {}))
    if cell["executor"] == "openmp_dynamic" and os.environ.get("OMP_WAIT_POLICY") == "passive":
        fault = {}
    cpus = float(os.environ.get("FAKE_CPUS", "2"))
    found = builder.cell(cell["workers"], cpus, wave=wave, **fault) | {"cell": cell["name"]}
    if cell["executor"] in behaviour.without_ready:
        for phase in found["phases"].values():
            phase["blocked"] += phase["ready"]
            phase["ready"] = None
        found |= {"source": "cpu", "reason": "no schedstat"}
    return found
