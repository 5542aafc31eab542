"""Workers wait for tasks, because what makes them, or stands between them, runs on one alone; or for a stage of a pipeline."""

from __future__ import annotations

from scripts.advice.experiment import Experiment
from scripts.advice.figures import blocked_in_bodies, cpus_used, number, percent
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.text import listed, plural
from scripts.analysis.why.waterfall import BLOCKED, STARVED

ORDER = 64
WAITING = (BLOCKED, STARVED)
STAGES = {
    "readers": "read",
    "parsers": "parse",
    "compressors": "compress",
    "writers": "write",
}  # of `pipeline`


def suspect(at: Situation) -> Suspicion | None:
    if at.waits or at.workers < 2:
        return None
    stage = _stage(at) if at.workload == "pipeline" and at.loses_by(*WAITING) else None
    if stage or not at.loses_by(STARVED):
        return stage
    return Suspicion(
        "waiting for tasks, which are not handed out as fast as workers take them",
        at.share(STARVED),
        [
            f"{number(at.over(cpus_used))} CPUs used by {plural(at.workers, 'worker')}, which sleep between their tasks"
        ],
        "hand out several tasks at once, or from several workers",
        terms=[STARVED],
    )


def _stage(at: Situation) -> Suspicion | None:
    """A bottleneck: a stage that has places for fewer items than there are workers. A wait inside of a task that the observer
    has not drawn counts as one between tasks."""
    narrow = {name: places for name in STAGES if 0 < (places := at.parameters.get(name) or 0) < at.workers}
    if not narrow:
        return None
    places = [f"{STAGES[name]} ({plural(count, 'place')})" for name, count in narrow.items()]
    wide = tuple(f"pipeline.{name}=any" for name in narrow)
    return Suspicion(
        f"waiting for a stage that few items may be in: {listed(places)}",
        at.share(*WAITING),
        [
            f"blocked inside of tasks {percent(at.over(blocked_in_bodies))} of the workers' time; "
            f"{number(at.over(cpus_used))} CPUs used by {plural(at.workers, 'worker')}"
        ],
        f"let more items into it at once: {listed([f'--set={one}' for one in wide])}",
        Experiment(" ".join(wide), at.half(*WAITING), wide),
        WAITING,
    )
