"""A batch is so short that waking the workers for it takes longer."""

from __future__ import annotations

from scripts.advice.causes.tiny_tasks import SHARED, TERMS, TIMES
from scripts.advice.experiment import Experiment
from scripts.advice.figures import batch, time
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.text import plural

ORDER = 44
BY_TIMES = True
BATCH = 100e-6  # seconds, alone; what it takes to wake workers is some 10 us


def small(at: Situation) -> bool:
    """By the base's batches, which nothing disturbs."""
    whole = at.over_base(batch)
    return not at.waits and at.workload not in SHARED and whole is not None and whole.high < BATCH


def suspect(at: Situation) -> Suspicion | None:
    """By times, as of tiny tasks."""
    if not small(at) or not (at.perturbed or at.loses_by(*TERMS)):
        return None
    count = at.parameters.get("tasks")
    settings = (f"{at.workload}.tasks={round(TIMES * count)}",) if isinstance(count, (int, float)) else ()
    more = Experiment(f"{TIMES} times the tasks", at.half(*TERMS) ** 0.7, settings, relative=True)
    return Suspicion(
        f"batches of {time(at.over_base(batch))} are too short to wake workers for",
        None if at.perturbed else at.share(*TERMS),
        [
            f"a batch takes {time(at.over_base(batch))} alone, {time(at.over(batch))} on {plural(at.workers, 'worker')}"
        ],
        "hand out more work at once, or do such batches without workers",
        more if settings else None,
        TERMS,
    )
