"""Evidence of a timeline, as fanout-bench writes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

BATCH = 0.010  # seconds


def track(number: int = 1, tasks: int = 10, **others: Any) -> dict[str, Any]:
    """A worker that ran that many tasks in each of 3 batches one after the other, and was blocked in the second half
    of each."""
    begins = [batch * BATCH for batch in range(3)]
    step = BATCH / 2 / tasks
    slices = [[t0 + i * step, t0 + (i + 0.9) * step, i, 1] for t0 in begins for i in range(tasks)]
    return {
        "process": 7,
        "thread": 7 + number,
        "threads": 1,
        "tasks": 30 * tasks,
        "busy": 0.45 * 30 * BATCH,
        "dropped": 0,
        "states": {"running": 0.5, "ready": 0.0, "blocked": 0.5, "lost": 0},
        "slices": slices,
        "absences": [[t0 + 0.6 * BATCH, t0 + 0.9 * BATCH, "blocked"] for t0 in begins],
    } | others


def timeline(cell: str, tracks: Sequence[dict[str, Any]] = (), **others: Any) -> dict[str, Any]:
    """Of 30 batches the last 3."""
    return {
        "observer": "timeline",
        "version": 1,
        "cell": cell,
        "batches": 30,
        "seconds": 30 * BATCH,
        "events": 600,
        "dropped": 0,
        "kept_batches": 30,
        "workers": 2,
        "reason": "",
        "file": None,
        "begins": [batch * BATCH for batch in range(3)],
        "tracks": list(tracks or (track(1), track(2))),
    } | others
