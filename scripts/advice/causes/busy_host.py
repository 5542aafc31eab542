"""Other programs, or other guests of the hypervisor, use the CPUs."""

from __future__ import annotations

import math

from scripts.advice.figures import cpus_used, foreign_cpus, number, percent, ready, steal
from scripts.advice.situation import LEAST, Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.text import plural
from scripts.analysis.why.waterfall import BLOCKED, READY, STARVED

ORDER = 20
EXCLUDES = True  # other causes of its terms
STEAL = 0.05  # share of the CPUs' time
FOREIGN = 0.10  # share of the CPUs
SERVED = ("http", "exec")  # workloads whose tasks have other processes of this machine work for them


def suspect(at: Situation) -> Suspicion | None:
    """Stolen time is neither running nor ready: it lies in blocked."""
    strangers = at.workload not in SERVED and at.above(foreign_cpus, FOREIGN * at.cpus)
    others = strangers and at.lacks_cpus and _part(at) >= LEAST
    stolen = at.above(steal, STEAL) and at.loses_by(READY, BLOCKED, STARVED)
    if not (others or stolen):
        return None
    who = "other programs use the CPUs" if others else "the hypervisor gives the CPUs' time to other guests"
    terms = at.crowding if others else (READY, BLOCKED, STARVED)
    return Suspicion(
        f"waiting for a CPU, because {who}",
        at.share(*terms),
        [
            f"others used {number(at.over(foreign_cpus))} of {plural(at.cpus, 'CPU')}, steal {percent(at.over(steal))}",
            f"{number(at.over(cpus_used))} CPUs used, ready {percent(at.over(ready))} of the workers' time",
        ],
        "measure again on a quiet machine: --wait-for-quiet=10m waits for it",
        terms=terms,
    )


def _part(at: Situation) -> float:
    """Of the loss: that of the CPUs that workers could have used, they have used so many. What they lose to each other, being
    more than CPUs, is not in it."""
    used, loss = at.over(cpus_used), at.waterfall.loss.median
    could = min(at.workers, at.cpus)
    return math.log(could / used.median) / loss if used and 0 < used.median < could and loss > 0 else 0.0


def ruled_out(at: Situation) -> str:
    if not (at.below(foreign_cpus, FOREIGN * at.cpus) and at.below(steal, STEAL)):
        return ""
    foreign, stolen = at.over(foreign_cpus), at.over(steal)
    assert foreign and stolen
    return f"foreign load ({foreign.median:.2f} CPUs), steal ({100 * stolen.median:.1f} %)"
