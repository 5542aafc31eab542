"""A fanout-bench that takes a time of its own choosing: the fake one, its documents amended as it is told to."""

from __future__ import annotations

import fnmatch
import json
import os
import random
from typing import TYPE_CHECKING, NamedTuple

from tests.scripts import fake_bench, fake_cells

if TYPE_CHECKING:  # slow to load
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any


class Behaviour(NamedTuple):  # no dataclass: those are slow to load, and this is started a thousand times
    """Cells are named by globs."""

    slower: Mapping[str, float] = {}  # percent, negative: faster
    noise: float = 0.5  # percent, the standard deviation of a process's time
    crashes: str = ""
    torn: str = ""
    without: tuple[str, ...] = ()  # executors that it does not know
    context: Mapping[str, Any] = {}


def write(path: Path, **behaviour: Any) -> Path:
    """A binary that behaves so."""
    from tests.scripts.fakes import program

    return program(path, "fake_timed", Behaviour(**behaviour)._asdict())


def main(behaviour: Behaviour) -> int:
    fake_cells.WORKLOADS["overhead"] = {"waits": False, "parameters": {"tasks": "10"}}
    fake_cells.EXECUTORS += ["openmp_dynamic", "tbb"]
    fake_cells.EXECUTORS[:] = [name for name in fake_cells.EXECUTORS if name not in behaviour.without]
    fake_bench.amended = lambda text: amended(text, behaviour)
    return fake_bench.main()


def amended(text: str, behaviour: Behaviour) -> str:
    """The document as if its build and its times were this one's. Noise follows from the process's padding."""
    document = json.loads(text)
    document["context"] |= {"build_type": "Release", "flags": "-O3", "compiler": "fake", **behaviour.context}
    for entry in document["benchmarks"]:
        name = entry["name"]
        if fnmatch.fnmatchcase(name, behaviour.crashes):
            os.abort()
        draw = random.Random(f"{name} {len(os.environ['FANOUT_PADDING'])}").gauss(0, behaviour.noise)
        percent = draw + sum(p for glob, p in behaviour.slower.items() if fnmatch.fnmatchcase(name, glob))
        entry["real_time"] = 100 * (1 + percent / 100)
    if any(fnmatch.fnmatchcase(entry["name"], behaviour.torn) for entry in document["benchmarks"]):
        return text[: len(text) // 2]
    return json.dumps(document)
