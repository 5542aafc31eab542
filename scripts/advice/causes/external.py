"""What tasks wait for answers no faster, however many ask."""

from __future__ import annotations

from scripts.advice.experiment import AS_FAST, on_workers
from scripts.advice.figures import body, cpus_used, number, time
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.text import plural
from scripts.analysis.why.waterfall import BLOCKED, DEARER

ORDER = 35
CPUS = 0.7  # share of them: above, it may be the client that is at its end


def suspect(at: Situation) -> Suspicion | None:
    """A task that waits takes longer, the more there are: throughput is what it is (Little's law)."""
    if not at.waits or at.workers < 2 or not at.loses_by(DEARER, BLOCKED):
        return None
    if not at.below(cpus_used, CPUS * at.cpus):
        return None
    half = at.workers // 2
    return Suspicion(
        "what the tasks wait for is at its limit: each waits longer, the more workers there are",
        at.share(DEARER, BLOCKED),
        [
            f"{time(at.over(body))} a task, {time(at.over_base(body))} alone",
            f"{number(at.over(cpus_used))} of {plural(at.cpus, 'CPU')} used",
        ],
        f"look at the server, disk or service: {plural(half, 'worker')} would do as much",
        on_workers(half, AS_FAST),
        [DEARER, BLOCKED],
    )
