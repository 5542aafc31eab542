"""Memory is as fast as it can be, however many workers ask for it."""

from __future__ import annotations

from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.why.waterfall import DEARER

ORDER = 80
EXCLUDES = True  # other causes of its terms
STREAMS = ("stream",)  # workloads that do little else than move memory


def suspect(at: Situation) -> Suspicion | None:
    if at.workload not in STREAMS or at.crowded or not at.dearer:
        return None
    return Suspicion(
        "each task takes more CPU time, because the memory's bandwidth is shared",
        at.share(DEARER),
        [at.cpu_a_task],
        "fewer workers, fewer bytes for each result, or data that stays in the cache",
        terms=[DEARER],
    )
