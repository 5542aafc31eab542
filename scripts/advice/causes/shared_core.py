"""Tasks are dearer on CPUs that share a core, a cache or a clock."""

from __future__ import annotations

from scripts.advice.experiment import Experiment
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.why.waterfall import DEARER

ORDER = 85


def suspect(at: Situation) -> Suspicion | None:
    """What is left where nothing that tasks share explains it."""
    if (
        "layout" in at.roles
        or at.waits
        or at.crowded
        or at.workers < 2
        or not at.waterfall.bodies
        or not at.dearer
    ):
        return None
    return Suspicion(
        "each task takes more CPU time where others run beside it: they share a core, a cache, memory or the clock",
        at.share(DEARER),
        [at.cpu_a_task],
        "a worker for each physical core (--pin takes these first), and less memory for each task",
        Experiment("each on a CPU of its own", at.half(DEARER), pinned=True),
        [DEARER],
    )
