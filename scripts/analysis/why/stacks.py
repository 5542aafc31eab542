"""Where a cell's CPU time went: stacks of functions, as text that flame graph tools fold, and as speedscope has them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = Mapping[str, Any]
Stack = tuple[str, ...]  # functions, the outermost first
OBSERVER, VERSION = "samples", 1
SPEEDSCOPE = "https://www.speedscope.app/file-format-schema.json"


@dataclass(frozen=True)
class Stacks:
    """Samples of the CPU time of one process and its workers."""

    cell: str
    seconds: float  # of the observed batches
    dropped: int  # samples that there was no room for
    bodies: bool  # whether bodies of tasks can be told apart: not where they are coroutines
    counts: Mapping[Stack, int]  # samples
    tasks: Mapping[Stack, int]  # those of them inside of task bodies

    @property
    def samples(self) -> int:
        return sum(self.counts.values())


def stacks(entries: Sequence[Json]) -> dict[str, Stacks]:
    """By cell, all processes of one together; other observers' evidence is passed over. Raises ValueError on what is torn."""
    found: dict[str, Stacks] = {}
    for index, entry in enumerate(entries):
        if isinstance(entry, Mapping) and entry.get("observer") != OBSERVER:
            continue
        try:
            one = _stacks(entry)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"evidence[{index}]: no samples of a cell: {error}") from None
        found[one.cell] = _sum(found[one.cell], one) if one.cell in found else one
    return found


def folded(of: Stacks) -> str:
    """A line a stack, "main;run;kernel 12"; the most frequent first."""
    ranked = sorted(of.counts.items(), key=lambda item: (-item[1], item[0]))
    return "".join(f"{';'.join(map(_word, stack))} {count}\n" for stack, count in ranked)


def _word(name: str) -> str:
    """Without what separates names, and lines."""
    return re.sub(r"[;\s]+", " ", name)


def speedscope(of: Stacks) -> dict[str, Any]:
    """A document of speedscope's file format, one sample a stack with its weight. Source: its schema, SPEEDSCOPE."""
    names = list(dict.fromkeys(name for stack in of.counts for name in stack))
    places = {name: at for at, name in enumerate(names)}
    profile = {
        "type": "sampled",
        "name": of.cell,
        "unit": "none",
        "startValue": 0,
        "endValue": of.samples,
        "samples": [[places[name] for name in stack] for stack in of.counts],
        "weights": list(of.counts.values()),
    }
    return {
        "$schema": SPEEDSCOPE,
        "name": of.cell,
        "exporter": "fanout",
        "shared": {"frames": [{"name": name} for name in names]},
        "profiles": [profile],
    }


def _stacks(entry: Json) -> Stacks:
    if entry["version"] != VERSION:
        raise ValueError(f"version {entry['version']!r:.40}, not {VERSION}")
    counts, tasks = Counter[Stack](), Counter[Stack]()
    for one in entry["stacks"]:
        names, count = tuple(_name(frame, entry) for frame in one["frames"]), one["count"]
        if not names or not isinstance(count, int) or count < 1:
            raise ValueError(f"a stack is {one!r:.60}")
        counts[names] += count
        tasks[names] += count if one["in_task"] else 0
    if not isinstance(bodies := entry["bodies"], bool):
        raise ValueError(f"bodies is {bodies!r:.40}")
    return Stacks(str(entry["cell"]), float(entry["seconds"]), int(entry["dropped"]), bodies, counts, tasks)


def _name(frame: str | int, entry: Json) -> str:
    """As it was resolved; or, of what fanout-bench itself has written, by its place in the list of frames."""
    return frame if isinstance(frame, str) else known(entry["frames"][frame])


def known(frame: Json) -> str:
    """The name that its library exports, or the file."""
    return str(frame["symbol"] or f"[{Path(frame['module'] or 'unknown').name}]")


def _sum(one: Stacks, other: Stacks) -> Stacks:
    counts, tasks = (
        Counter(a) + Counter(b) for a, b in ((one.counts, other.counts), (one.tasks, other.tasks))
    )
    seconds, dropped = one.seconds + other.seconds, one.dropped + other.dropped
    return Stacks(one.cell, seconds, dropped, one.bodies and other.bodies, counts, tasks)
