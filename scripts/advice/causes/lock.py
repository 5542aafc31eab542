"""Workers wait for a lock: asleep, or trying again."""

from __future__ import annotations

from scripts.advice.experiment import Experiment
from scripts.advice.figures import blocked_in_bodies, cpus_used, number, percent, voluntary
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.why.waterfall import BLOCKED, DEARER, READY

ORDER = 65
COUNTERS = "all workers write to the same counters, whose cache lines only one of them can hold at a time"
UNLOCKED = ("none", "adjacent")  # kinds of the workload `lock` that have none


def suspect(at: Situation) -> Suspicion | None:
    """Asleep in tasks that do not wait by themselves; or, where it is known that there is a lock, tasks that are dearer."""
    locks = at.parameters.get("kind", "none") not in UNLOCKED and at.workload in ("lock", "queue")
    asleep = at.loses_by(BLOCKED) and (at.waterfall.ready or not at.crowded)
    if at.waits or at.workers < 2 or not (asleep or locks and at.loses_by(BLOCKED, DEARER)):
        return None
    atomic = at.workload == "lock" and at.parameters["kind"] == "atomic"
    terms = [BLOCKED, DEARER] if locks else [BLOCKED]
    none = Experiment("lock.kind=none", at.half(*terms), ("lock.kind=none",), relative=True)
    return Suspicion(
        COUNTERS if atomic else "waiting for a lock" + (", asleep" if asleep else ""),
        at.share(*terms),
        [
            f"blocked inside of tasks {percent(at.over(blocked_in_bodies))} of the workers' time, "
            f"{number(at.over(voluntary))} voluntary switches a second of CPU time",
            f"{number(at.over(cpus_used))} CPUs used; {at.cpu_a_task}",
        ],
        "do less under the lock, take it less often, or use several for parts of the data",
        none if at.workload == "lock" else None,
        terms,
        ["futex"] if asleep else [],
    )


def ruled_out(at: Situation) -> str:
    if at.waits or at.share(BLOCKED).high >= 0.1 or at.share(READY).median < 0.3:
        return ""
    return f"sleeping locks (blocked inside of tasks {percent(at.over(blocked_in_bodies))})"
