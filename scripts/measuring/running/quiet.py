"""A look at the machine before a run: what is severe is said, and can be waited for."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator

from rich.console import Console

from scripts.analysis.text import printable
from scripts.machine import doctor, probes
from scripts.machine.finding import Finding

LOOK = 2.0  # seconds
SHARE = 0.05  # of a run's time, at most
BETWEEN = 5.0  # seconds from one look to the next, while it waits


def expect(estimate: float, patience: float, wake: int) -> None:
    """Says what would spoil a run of about `estimate` seconds; waits for up to `patience` seconds until nothing does, or until
    `wake` becomes readable."""
    console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
    end = time.monotonic() + patience
    look = max(LOOK if patience else 0, min(LOOK, SHARE * estimate))
    while found := list(severe(look, wake)):
        for finding in found:
            console.print(printable(f"{finding.check}: {finding.sentence}"), style="red")
        left = end - time.monotonic()
        if left <= 0:
            if patience:
                console.print("measuring all the same: the time to wait is up", style="red")
            return
        console.print(f"waiting for a quiet machine, for {left:.0f} s at most")
        if select.select([wake], [], [], min(BETWEEN, left))[0]:
            return


def severe(seconds: float, wake: int) -> Iterator[Finding]:
    """What is seen in so many seconds."""
    before = probes.read()
    select.select([wake], [], [], seconds)
    found = doctor.watched(probes.disturbance(before, probes.read()))
    return (finding for finding in found if finding.severity == "severe")
