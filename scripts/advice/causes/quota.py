"""A control group's quota takes the CPUs away."""

from __future__ import annotations

from scripts.advice.experiment import on_workers
from scripts.advice.figures import percent, ready
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.text import plural

ORDER = 10
EXCLUDES = True  # other causes of its terms
PERIODS = 0.05  # share of those in which it was held back
EXPLAINS = 0.3  # of the time in which workers waited for a CPU


def suspect(at: Situation) -> Suspicion | None:
    """Of all rounds together: one has a period or two."""
    held, explained = _held_back(at), _explained(at)
    if not at.loses_by(*at.crowding) or held <= PERIODS or explained < EXPLAINS:
        return None
    fewer = on_workers(at.most, at.as_fast) if at.most < at.workers else None
    return Suspicion(
        f"waiting for a CPU, because the control group's quota of {plural(at.cpus, 'CPU')} is used up",
        at.share(*at.crowding),
        [
            f"held back in {100 * held:.0f} % of the quota's periods, which is {100 * explained:.0f} % of the time that workers "
            "waited for a CPU",
            f"ready {percent(at.over(ready))} of the workers' time",
        ],
        f"at most {plural(at.most, 'worker')}, or a larger quota",
        fewer,
        at.crowding,
    )


def _held_back(at: Situation) -> float:
    """Share of the periods; 0 without a quota."""
    periods = sum(one.system.periods or 0 for one in at.states)
    return sum(one.system.throttled_periods or 0 for one in at.states) / periods if periods else 0.0


def _explained(at: Situation) -> float:
    """Share of the time that workers waited for a CPU: all of them do while the control group is held back."""
    waited = sum(phase.ready or 0.0 for one in at.states for phase in one.phases)
    held = sum(one.workers * (one.system.throttled or 0.0) for one in at.states)
    return min(1.0, held / waited) if waited > 0 else 0.0


def ruled_out(at: Situation) -> str:
    if any(one.system.throttled_periods is None for one in at.states) or _held_back(at) > PERIODS:
        return ""
    return f"quota ({sum(one.system.throttled_periods or 0 for one in at.states)} throttled periods)"
