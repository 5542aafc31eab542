"""What the names of a Google Benchmark program's benchmarks say: the workload, the case and the workers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

COUNTED = re.compile(r"(?:threads|workers):([1-9][0-9]{0,5})", re.ASCII)


class Named(NamedTuple):
    """`workers` is 1 where the name has none; `case` is the name without them."""

    workload: str
    case: str
    workers: int


def named(name: str) -> Named:
    """A component threads:N, which the library appends, or workers:N says how many work. Of several the last one counts."""
    parts = name.split("/")
    workload = parts[0] or name
    for place in range(len(parts) - 1, 0, -1):
        if found := COUNTED.fullmatch(parts[place]):
            case = "/".join(parts[:place] + parts[place + 1 :])
            return Named(workload, case or name, int(found[1]))
    return Named(workload, name, 1)


def entries(names: Iterable[str], contender: str) -> dict[str, dict[str, Any]]:
    """The cells, by name, as results have them in cells[]. Those of one case and worker count are cases by themselves.

    Of a case with several worker counts the fewest workers are the baseline of speedups: there is no serial loop.
    """
    found = {name: named(name) for name in names}
    taken = Counter((one.case, one.workers) for one in found.values())
    clear = {
        name: one if taken[one.case, one.workers] == 1 else one._replace(case=name)
        for name, one in found.items()
    }
    counts: dict[str, list[int]] = {}
    for one in clear.values():
        counts.setdefault(one.case, []).append(one.workers)
    return {
        name: {
            "name": name,
            **one._asdict(),
            "executor": contender,
            "contender": contender,
            "family": contender,
            "lifecycle": "warm",
            "kind": "",
            "baseline": len(counts[one.case]) > 1 and one.workers == min(counts[one.case]),
            "parameters": {},
            "roles": {},
        }
        for name, one in clear.items()
    }
