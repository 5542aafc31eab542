"""Tasks that wait leave the CPUs idle: nothing is lost yet, and more workers will do more."""

from __future__ import annotations

from scripts.advice.experiment import on_workers
from scripts.advice.figures import cpus_used, number
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.text import plural

ORDER = 90
OF_HEALTHY = True  # it accuses of nothing, and explains no loss
CPUS = 0.5  # share of them
FASTER = 1.5  # twice the workers are to be


def suspect(at: Situation) -> Suspicion | None:
    tasks = at.states[0].tasks // at.states[0].batches
    if not at.waits or not at.below(cpus_used, CPUS * at.cpus) or 2 * at.workers > tasks:
        return None
    return Suspicion(
        "nothing is lost: tasks wait, and the CPUs could serve more of them",
        None,
        [
            f"{number(at.over(cpus_used))} of {plural(at.cpus, 'CPU')} used, by {plural(at.workers, 'worker')} for {tasks} tasks"
        ],
        f"go on to {plural(2 * at.workers, 'worker')}, or more in flight (coroutines)",
        on_workers(2 * at.workers, FASTER),
    )
