"""Tasks are so short that handing them out takes longer."""

from __future__ import annotations

from scripts.advice.experiment import Experiment
from scripts.advice.figures import alone, batch, not_in_bodies, percent, time
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.why.waterfall import DEARER, IMBALANCE, SPINNING, STARTING, STARVED

ORDER = 45
BY_TIMES = True
EXCLUDES = True  # other causes of its terms
TASK = 5e-6  # seconds of CPU, alone; what executors add to one is 10 ns to some microseconds
TERMS = (SPINNING, STARVED, STARTING, IMBALANCE, DEARER)
TIMES = 4
SHARED = ("lock", "queue")  # workloads whose tasks are dear by what they share, however long they are


def small(at: Situation) -> bool:
    """By the base's tasks, which nothing disturbs."""
    one = at.over_base(alone)
    return not at.waits and at.workload not in SHARED and one is not None and one.high < TASK


def suspect(at: Situation) -> Suspicion | None:
    """By times, since such tasks are short for an observer as well: where it perturbs, shares of the loss are not told."""
    if not small(at) or not (at.perturbed or at.loses_by(*TERMS)):
        return None
    one, whole = at.over_base(alone), at.over_base(batch)
    outside = "" if at.perturbed else f"; {percent(at.over(not_in_bodies))} of the CPU time outside of tasks"
    return Suspicion(
        f"tasks of {time(one)} are too short to be handed out",
        None if at.perturbed else at.share(*TERMS),
        [f"alone a task takes {time(one)} of CPU, a batch {time(whole)}{outside}"],
        "put more work into a task; `fanout granularity` says how much",
        larger(at),
        TERMS,
    )


def larger(at: Situation) -> Experiment | None:
    """Fewer tasks that are longer; where they cannot be longer, fewer of them: costs that are each task's own go with them."""
    count = at.parameters.get("tasks")
    if not isinstance(count, (int, float)) or count < TIMES * at.workers:
        return None
    fewer = f"{at.workload}.tasks={round(count / TIMES)}"
    if isinstance(seconds := at.parameters.get("duration"), (int, float)) and seconds > 0:
        longer = f"{at.workload}.duration={round(TIMES * seconds * 1e9)}ns"
        return Experiment(
            f"{TIMES} times as long tasks, as many fewer", at.half(*TERMS) ** 0.7, (longer, fewer)
        )
    if "size" in at.parameters and isinstance(size := at.roles.get("size"), (int, float)) and size > 0:
        settings = (f"{at.workload}.size={round(TIMES * size)}",)
        return Experiment(f"{TIMES} times the size", at.half(*TERMS) ** 0.5, settings, relative=True)
    return Experiment(f"a quarter of the tasks ({fewer})", TIMES**0.5, (fewer,))


def ruled_out(at: Situation) -> str:
    one = at.over_base(alone)
    return "" if small(at) or one is None or at.waits else f"short tasks ({time(one)} each)"
