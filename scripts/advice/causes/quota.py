"""A control group's quota takes the CPUs away."""

from __future__ import annotations

from scripts.advice.experiment import Experiment
from scripts.advice.figures import number, percent, ready, throttled, throttled_periods
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.why.waterfall import READY

ORDER = 10
EXCLUDES = True  # other causes of its terms
PERIODS = 0.05  # share of those in which it was held back
EXPLAINS = 0.5  # of the time in which workers waited for a CPU


def suspect(at: Situation) -> Suspicion | None:
    if not (
        at.loses_by(*at.waiting) and at.above(throttled_periods, PERIODS) and at.above(throttled, EXPLAINS)
    ):
        return None
    fewer = Experiment(f"{at.most} workers", 0.95, workers=at.most) if at.most < at.workers else None
    return Suspicion(
        f"waiting for a CPU, because the control group's quota of {at.cpus:g} CPUs is used up",
        at.share(*at.waiting),
        [
            f"held back in {percent(at.over(throttled_periods))} of the quota's periods, "
            f"for {number(at.over(throttled))} times as long as workers waited for a CPU",
            f"ready {percent(at.over(ready))} of the workers' time",
        ],
        f"at most {at.most} workers, or a larger quota",
        fewer,
        at.waiting,
    )


def ruled_out(at: Situation) -> str:
    if not at.below(throttled_periods, PERIODS):
        return ""
    return f"quota ({sum(one.system.throttled_periods or 0 for one in at.states)} throttled periods)"
