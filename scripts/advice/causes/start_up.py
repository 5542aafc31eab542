"""Workers are started, or woken, for each task or batch."""

from __future__ import annotations

from scripts.advice.causes import tiny_batches
from scripts.advice.experiment import Experiment
from scripts.advice.figures import batch, time
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.why.waterfall import STARTING

ORDER = 75
BY_TIMES = True
# A pool, in place of what starts a worker for each task.
POOLED = {"std_thread": "pool", "std_async": "pool", "fork_each": "fork_pool"}


def suspect(at: Situation) -> Suspicion | None:
    experiment = _experiment(at)
    if at.perturbed and experiment:
        return _suspicion(at, experiment)
    starts = at.executor in POOLED or at.lifecycle == "cold"
    if not at.loses_by(STARTING) or not starts and (at.crowded or tiny_batches.small(at)):
        return None
    return _suspicion(at, experiment)


def _suspicion(at: Situation, experiment: Experiment | None) -> Suspicion:
    return Suspicion(
        "workers that start, or are not there yet",
        None if at.perturbed else at.share(STARTING),
        [f"a batch takes {time(at.over(batch))}, {time(at.over_base(batch))} in the base"],
        "start workers once and keep them: a pool",
        experiment,
        [STARTING],
    )


def _experiment(at: Situation) -> Experiment | None:
    if at.lifecycle == "cold":
        return Experiment("workers that are there (--lifecycle=warm)", at.half(STARTING), lifecycle="warm")
    pool = POOLED.get(at.executor, "")
    return Experiment(f"under {pool}", at.half(STARTING), executor=pool) if pool in at.known else None
