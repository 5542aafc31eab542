"""A fanout-bench whose workers are servers of known times: the fake one, with the evidence of the observer `latency`."""

from __future__ import annotations

import heapq
import json
import math
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.scripts import fake_bench, fake_cells, fakes

STEP = math.log(1.01)  # of a bin


@dataclass(frozen=True)
class Behaviour:
    """Times in seconds, by executor."""

    service: Mapping[str, float] = field(default_factory=dict)  # the mean; 1 ms unless given
    exponential: bool = True
    late: float = 0.0  # the generator's tail
    torn: tuple[str, ...] = ()  # whose evidence does not add up
    batch: int = 8  # requests of a batch in the closed loop


def write(path: Path, **behaviour: Any) -> Path:
    """A binary that behaves so."""
    return fakes.program(path, "fake_loaded", asdict(Behaviour(**behaviour)))


def main(behaviour: Behaviour) -> int:
    known = fake_cells.catalogue()
    fake_cells.catalogue = lambda: known | {"observers": [{"name": "states"}, {"name": "latency"}]}
    fake_bench.amended = lambda text: amended(text, behaviour)
    return fake_bench.main()


def amended(text: str, behaviour: Behaviour) -> str:
    document = json.loads(text)
    (cell,) = document["cells"]
    flags = dict(word[2:].partition("=")[::2] for word in sys.argv[1:])
    assert flags.get("observe") == "latency", flags
    document["benchmarks"] = []
    if cell["executor"] == "loop" and "rate" in flags:
        reason = "parallel loops take no tasks as they come"
        document["failures"] = [{"name": cell["name"], "kind": "unavailable", "cause": {}, "reason": reason}]
    if not document["failures"]:
        document["evidence"] = [evidence(cell, flags, behaviour)]
    return json.dumps(document)


def _edge(place: int) -> float:
    return 1e-9 * math.exp(place * STEP) if place >= 0 else 0.0


def histogram(times: Sequence[float]) -> dict[str, Any]:
    """As a process records it: bins of 1 %, and one for what is below a nanosecond."""
    bins: dict[int, int] = {}
    for time in times:
        place = 0 if time < 1e-9 else 1 + math.floor(math.log(time / 1e-9) / STEP)
        bins[place] = bins.get(place, 0) + 1
    ends = [[_edge(place - 1), _edge(place), count] for place, count in sorted(bins.items())]
    mean = math.fsum(times) / len(times) if times else 0.0
    return {
        "count": len(times),
        "mean": mean,
        "min": min(times, default=0.0),
        "max": max(times, default=0.0),
        "bins": ends,
    }


def evidence(cell: Mapping[str, Any], flags: Mapping[str, str], behaviour: Behaviour) -> dict[str, Any]:
    """What a process of the cell records: first come, first served by its workers."""
    draw = random.Random(int(flags["seed"]))
    rate = float(flags["rate"].removesuffix("/s")) if "rate" in flags else 0.0
    seconds = float(flags["benchmark_min_time"])
    mean = behaviour.service.get(cell["executor"], 1e-3)
    capacity = None if flags.get("queue", "none") == "none" else int(flags["queue"])
    free = [0.0] * cell["workers"]
    due, waiting, dropped, last = 0.0, list[float](), 0, 0.0
    parts: dict[str, list[float]] = {"queueing": [], "service": [], "latency": []}
    count = max(1, round(rate * seconds)) if rate else 0
    while len(parts["latency"]) + dropped < count if rate else max(free) < seconds:
        if rate:
            due += draw.expovariate(rate) if flags["arrivals"] == "poisson" else 1 / rate
        elif len(parts["latency"]) % behaviour.batch == 0:
            due = max(free)
        waiting = [begin for begin in waiting if begin > due]
        if capacity is not None and flags["overflow"] == "drop" and len(waiting) >= capacity:
            dropped += 1
            continue
        time = draw.expovariate(1 / mean) if behaviour.exponential else mean
        begin = max(due, free[0])
        heapq.heapreplace(free, begin + time)
        waiting.append(begin)
        for name, one in zip(parts, (begin - due, time, begin + time - due)):
            parts[name].append(one)
        last = max(last, begin + time)
    done = len(parts["latency"])
    if cell["executor"] in behaviour.torn:
        done += 1
    return {
        "observer": "latency",
        "version": 1,
        "cell": cell["name"],
        "batches": 1,
        "seconds": last,
        "loop": "open" if rate else "closed",
        "rate": rate or None,
        "arrivals": flags["arrivals"] if rate else None,
        "seed": int(flags["seed"]),
        "workers": cell["workers"],
        "offered": done + dropped,
        "done": done,
        "dropped": dropped,
        "given_up": 0,
        "missed": 0,
        "queue": {
            "capacity": capacity,
            "policy": flags.get("overflow", "block"),
            "blocked": 0,
            "blocked_seconds": 0.0,
            "most": None,
        },
        "throughput": done / last,
        "behind": last - due if rate else 0.0,
        "lateness": histogram([behaviour.late] * (done + dropped)) if rate else None,
        **{name: histogram(times) for name, times in parts.items()},
    }
