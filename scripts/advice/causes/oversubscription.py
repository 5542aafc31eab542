"""More workers than CPUs, that compute: they wait for each other's turns."""

from __future__ import annotations

from scripts.advice.experiment import on_workers
from scripts.advice.figures import cpus_used, involuntary, not_in_bodies, number, percent, ready
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.text import plural

ORDER = 40
SPINNING = 0.3  # of the CPU time: below, it is the tasks that use it


def suspect(at: Situation) -> Suspicion | None:
    spinning = at.over(not_in_bodies)
    if not at.crowded or not at.lacks_cpus or (spinning and spinning.low >= SPINNING):
        return None
    expected = 1 - at.cpus / at.workers
    return Suspicion(
        f"waiting for a CPU: {at.crowd}",
        at.share(*at.crowding),
        [
            f"ready {percent(at.over(ready))} of the workers' time; {100 * expected:.0f} % where all compute all the time",
            f"{number(at.over(cpus_used))} CPUs used, {number(at.over(involuntary))} involuntary switches a second of CPU time",
        ],
        f"at most {plural(at.most, 'worker')}",
        on_workers(at.most, at.as_fast),
        at.crowding,
    )


def ruled_out(at: Situation) -> str:
    return "" if at.crowded else f"oversubscription ({at.crowd})"
