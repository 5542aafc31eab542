"""Workers that wait for work use CPUs meanwhile, which others need."""

from __future__ import annotations

from scripts.advice.causes import tiny_batches, tiny_tasks
from scripts.advice.experiment import AS_FAST, Experiment, on_workers
from scripts.advice.figures import (
    batch,
    involuntary,
    not_in_bodies,
    number,
    percent,
    ready,
    time,
    voluntary,
)
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.text import plural
from scripts.analysis.why.waterfall import SPINNING

ORDER = 42
BY_TIMES = True
SHARE = 0.3  # of the CPU time, outside of tasks
YIELDS = 10_000  # involuntary switches a second of CPU time: preemption alone makes some hundreds


def suspect(at: Situation) -> Suspicion | None:
    if at.perturbed:
        return _by_times(at)
    wastes = at.above(not_in_bodies, SHARE) or at.above(involuntary, YIELDS)
    crowded = at.crowded and at.loses_by(SPINNING, *at.crowding)
    if not wastes or not (
        crowded or at.loses_by(SPINNING) and not (tiny_tasks.small(at) or tiny_batches.small(at))
    ):
        return None
    terms = [SPINNING, *at.crowding] if at.crowded else [SPINNING]
    statement = "waiting for a CPU while other workers spin" if at.crowded else "spinning instead of working"
    experiment, do = _passive(at, terms) if at.executor.startswith("openmp_") else _fewer(at)
    return Suspicion(
        statement,
        at.share(*terms),
        [
            f"ready {percent(at.over(ready))} of the workers' time, {percent(at.over(not_in_bodies))} of the CPU time "
            "outside of tasks",
            f"{number(at.over(voluntary))} voluntary and {number(at.over(involuntary))} involuntary switches a second of "
            "CPU time",
        ],
        do,
        experiment,
        terms,
    )


def _by_times(at: Situation) -> Suspicion | None:
    """Of OpenMP alone, where the experiment tells: shares of a loss that the observer has changed are not told."""
    if not at.crowded or not at.executor.startswith("openmp_"):
        return None
    experiment, do = _passive(at, [SPINNING, *at.crowding])
    evidence = f"a batch takes {time(at.over(batch))} on {plural(at.workers, 'worker')}, {time(at.over_base(batch))} alone"
    return Suspicion(
        "waiting for a CPU while other workers spin", None, [evidence], do, experiment, at.crowding
    )


def _passive(at: Situation, terms: list[str]) -> tuple[Experiment, str]:
    policy = {"OMP_WAIT_POLICY": "passive"}
    most = f"at most {plural(at.most, 'worker')}, or the passive policy where CPUs are shared"
    do = most if at.crowded else "the passive policy where CPUs are shared"
    return Experiment("OMP_WAIT_POLICY=passive", at.half(*terms), environment=policy), do


def _fewer(at: Situation) -> tuple[Experiment | None, str]:
    """Whether workers that do no more than spin can be spared."""
    count = at.most if at.crowded else at.workers - 1
    do = f"at most {plural(count, 'worker')}, or an executor whose idle workers sleep"
    return (on_workers(count, AS_FAST) if count else None), do


def ruled_out(at: Situation) -> str:
    if not (at.below(not_in_bodies, SHARE / 2) and at.below(involuntary, YIELDS)):
        return ""
    return f"spinning ({percent(at.over(not_in_bodies))} of the CPU time)"
