"""Workers write to one cache line, though to different words."""

from __future__ import annotations

from scripts.advice.experiment import Experiment
from scripts.advice.figures import number, voluntary
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.why.waterfall import DEARER

ORDER = 60


def suspect(at: Situation) -> Suspicion | None:
    """Where the layout can be chosen, and is the packed one."""
    adjacent = at.parameters.get("kind") == "adjacent"
    packed = adjacent or at.roles.get("layout") == "packed"
    if not packed or at.workers < 2 or not at.dearer:
        return None
    setting = f"{at.workload}.kind=none" if adjacent else f"{at.workload}.layout=padded"
    return Suspicion(
        "each task takes more CPU time, because workers write to the same cache lines",
        at.share(DEARER),
        [
            at.cpu_a_task,
            f"{number(at.over(voluntary))} voluntary switches a second of CPU time",
        ],
        "pad what each worker writes to a cache line of its own, or let each count for itself and add up at the end",
        Experiment(setting, at.half(DEARER), (setting,), relative=True),
        [DEARER],
    )
