"""More workers than CPUs, that compute: they wait for each other's turns."""

from __future__ import annotations

from scripts.advice.experiment import Experiment
from scripts.advice.figures import cpus_used, involuntary, not_in_bodies, number, percent, ready, workers
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion

ORDER = 40
SPINNING = 0.3  # of the CPU time: below, it is the tasks that use it


def suspect(at: Situation) -> Suspicion | None:
    spinning = at.over(not_in_bodies)
    if not at.crowded or not at.lacks_cpus or (spinning and spinning.low >= SPINNING):
        return None
    expected = 1 - at.cpus / at.workers
    return Suspicion(
        f"waiting for a CPU: {workers(at.workers)} on {at.cpus:g} CPUs",
        at.share(*at.crowding),
        [
            f"ready {percent(at.over(ready))} of the workers' time; {100 * expected:.0f} % where all compute all the time",
            f"{number(at.over(cpus_used))} CPUs used, {number(at.over(involuntary))} involuntary switches a second of CPU time",
        ],
        f"at most {workers(at.most)}",
        Experiment(workers(at.most), at.as_fast, workers=at.most),
        at.crowding,
    )


def ruled_out(at: Situation) -> str:
    return "" if at.crowded else f"oversubscription ({workers(at.workers)} on {at.cpus:g} CPUs)"
