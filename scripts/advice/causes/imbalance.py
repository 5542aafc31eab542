"""Some workers have more to do than others, which wait for them at the end of a batch."""

from __future__ import annotations

from scripts.advice.experiment import Experiment
from scripts.advice.figures import percent
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.why.evidence import States
from scripts.analysis.why.waterfall import IMBALANCE

ORDER = 55
BALANCE = 0.8  # mean over longest: above, it is no cause
# A schedule that hands out single tasks, in place of one that hands out more at once.
FINER = {"openmp_static": "openmp_dynamic", "pool_guided": "pool", "tbb": "tbb_grain1", "par": "tbb_grain1"}


def balance(of: States) -> float | None:
    return of.load_balance


def suspect(at: Situation) -> Suspicion | None:
    if at.workers < 2 or not at.loses_by(IMBALANCE) or not at.below(balance, BALANCE):
        return None
    tasks = at.states[0].tasks // at.states[0].batches
    finer = FINER.get(at.executor, "")
    experiment = (
        Experiment(f"under {finer}", at.half(IMBALANCE), executor=finer) if finer in at.known else None
    )
    return Suspicion(
        "some workers have more to do than others, which wait for the end of the batch",
        at.share(IMBALANCE),
        [
            f"the mean worker is in tasks for {percent(at.over(balance))} of the time of the longest; {tasks} tasks a batch"
        ],
        "hand out single tasks (a dynamic schedule), or more and smaller ones; the longest first",
        experiment,
        [IMBALANCE],
    )


def ruled_out(at: Situation) -> str:
    if at.workers < 2 or not at.above(balance, BALANCE):
        return ""
    return f"imbalance (mean over longest {percent(at.over(balance))})"
