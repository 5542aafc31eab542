"""Memory is as fast as it can be, however many workers ask for it."""

from __future__ import annotations

from scripts.advice.figures import task, time, voluntary
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.why.waterfall import DEARER

ORDER = 80
EXCLUDES = True  # other causes of its terms
STREAMS = ("stream",)  # workloads that do little else than move memory
SWITCHES = 5_000  # voluntary ones a second of CPU time


def suspect(at: Situation) -> Suspicion | None:
    moves = at.workload in STREAMS
    if not moves or at.crowded or not at.loses_by(DEARER) or at.above(voluntary, SWITCHES):
        return None
    return Suspicion(
        "each task takes more CPU time, because the memory's bandwidth is shared",
        at.share(DEARER),
        [f"{time(at.over(task))} of CPU a task, {time(at.over_base(task))} alone"],
        "fewer workers, fewer bytes for each result, or data that stays in the cache",
        terms=[DEARER],
    )
