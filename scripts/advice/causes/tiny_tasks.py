"""A task, or a whole batch, is so short that handing it out takes longer."""

from __future__ import annotations

from scripts.advice.experiment import Experiment
from scripts.advice.figures import batch, not_in_bodies, percent, task, time
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.why.waterfall import DEARER, IMBALANCE, READY, SPINNING, STARTING, STARVED

ORDER = 45
TASK = 5e-6  # seconds of CPU, alone; what executors add to one is 10 ns to some microseconds
BATCH = 100e-6  # seconds, alone; what it takes to wake workers is some 10 us
TERMS = (SPINNING, STARVED, STARTING, IMBALANCE, DEARER)
TIMES = 4
SHARED = ("lock", "queue")  # workloads whose tasks are dear by what they share, however long they are


def small(at: Situation) -> bool:
    """By the base's tasks, which nothing disturbs."""
    one, whole = at.over_base(task), at.over_base(batch)
    if at.waits or at.workload in SHARED or one is None or whole is None:
        return False
    return one.high < TASK or whole.high < BATCH


def suspect(at: Situation) -> Suspicion | None:
    """Where workers are more than CPUs, what they spin away is the greater loss."""
    if not small(at) or at.crowded and at.loses_by(*at.waiting) or not at.loses_by(*TERMS):
        return None
    one, whole = at.over_base(task), at.over_base(batch)
    return Suspicion(
        f"tasks of {time(one)}, in batches of {time(whole)}, are too short to be handed out",
        at.share(*TERMS),
        [
            f"{time(one)} of CPU a task alone; {percent(at.over(not_in_bodies))} of the CPU time outside of tasks",
            f"a batch takes {time(at.over(batch))} on {at.workers} workers, {time(whole)} alone",
        ],
        "put more work into a task; `fanout granularity` says how much",
        larger(at),
        TERMS,
    )


def larger(at: Situation) -> Experiment | None:
    """Fewer tasks that are longer; where they cannot be longer, fewer of them: costs that are each task's own go with them."""
    roles, count = at.cell.get("roles", {}), at.parameters.get("tasks")
    if not isinstance(count, (int, float)) or count < TIMES * at.workers:
        return None
    fewer = f"{at.workload}.tasks={round(count / TIMES)}"
    if isinstance(seconds := at.parameters.get("duration"), (int, float)) and seconds > 0:
        longer = f"{at.workload}.duration={round(TIMES * seconds * 1e9)}ns"
        return Experiment(
            f"{TIMES} times as long tasks, as many fewer", at.half(*TERMS) ** 0.7, (longer, fewer)
        )
    if "size" in at.parameters and isinstance(size := roles.get("size"), (int, float)) and size > 0:
        settings = (f"{at.workload}.size={round(TIMES * size)}",)
        return Experiment(f"{TIMES} times the size", at.half(*TERMS) ** 0.5, settings, relative=True)
    return Experiment(f"a quarter of the tasks ({fewer})", TIMES**0.5, (fewer,))


def ruled_out(at: Situation) -> str:
    one = at.over_base(task)
    return "" if small(at) or one is None or at.waits else f"short tasks ({time(one)} each)"
