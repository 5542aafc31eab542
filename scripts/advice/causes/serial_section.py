"""Workers wait for tasks, because what makes them, or stands between them, runs on one alone."""

from __future__ import annotations

from scripts.advice.figures import cpus_used, number
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.text import plural
from scripts.analysis.why.waterfall import STARVED

ORDER = 70


def suspect(at: Situation) -> Suspicion | None:
    if at.waits or at.workers < 2 or not at.loses_by(STARVED):
        return None
    return Suspicion(
        "waiting for tasks, which are not handed out as fast as workers take them",
        at.share(STARVED),
        [
            f"{number(at.over(cpus_used))} CPUs used by {plural(at.workers, 'worker')}, which sleep between their tasks"
        ],
        "hand out several tasks at once, or from several workers",
        terms=[STARVED],
    )
