"""A step of `fanout test`: performed, timed, and its verdict printed."""

from __future__ import annotations

import time
from collections.abc import Callable

Step = Callable[[], bool]


class Skipped(Exception):
    """Why a step cannot say anything on this system."""


def perform(name: str, step: Step) -> str:
    """Runs a step, prints its verdict ("passed", "failed", "skipped") and its time, and returns the verdict."""
    print(f"== {name}", flush=True)
    clock = time.monotonic()
    why = ""
    try:
        verdict = "passed" if step() else "failed"
    except Skipped as reason:
        verdict, why = "skipped", f": {reason}"
    print(f"== {name} {verdict}{why} ({time.monotonic() - clock:.1f} s)\n", flush=True)
    return verdict
