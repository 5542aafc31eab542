"""Other programs, or other guests of the hypervisor, use the CPUs."""

from __future__ import annotations

from scripts.advice.figures import foreign_cpus, number, percent, ready, steal
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.interval import Interval
from scripts.analysis.why.waterfall import BLOCKED, READY, STARVED

ORDER = 20
EXCLUDES = True  # other causes of its terms
STEAL = 0.05  # share of the CPUs' time
FOREIGN = 0.10  # share of the CPUs


def suspect(at: Situation) -> Suspicion | None:
    """Stolen time is neither running nor ready: it lies in blocked."""
    others = at.above(foreign_cpus, FOREIGN * at.cpus) and at.loses_by(*at.waiting) and not _own(at)
    stolen = at.above(steal, STEAL) and at.loses_by(READY, BLOCKED, STARVED)
    if not (others or stolen):
        return None
    who = "other programs use the CPUs" if others else "the hypervisor gives the CPUs' time to other guests"
    return Suspicion(
        f"waiting for a CPU, because {who}",
        at.share(*at.waiting) if others else at.share(READY, BLOCKED, STARVED),
        [
            f"others used {number(at.over(foreign_cpus))} of {at.cpus:g} CPUs, steal {percent(at.over(steal))}",
            f"ready {percent(at.over(ready))} of the workers' time",
        ],
        "measure again on a quiet machine: --wait-for-quiet=10m waits for it",
        terms=at.waiting if others else [READY, BLOCKED, STARVED],
    )


def _own(at: Situation) -> bool:
    """Whether there are so many workers that most of the waiting is for each other."""
    found: Interval | None = at.over(ready)
    return found is not None and at.crowded and 1 - at.cpus / at.workers > found.median / 2


def ruled_out(at: Situation) -> str:
    if not (at.below(foreign_cpus, FOREIGN * at.cpus) and at.below(steal, STEAL)):
        return ""
    foreign, stolen = at.over(foreign_cpus), at.over(steal)
    assert foreign and stolen
    return f"foreign load ({foreign.median:.2f} CPUs), steal ({100 * stolen.median:.1f} %)"
