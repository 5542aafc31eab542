"""Workers, tick by tick: CPUs that are shared in turn, a lock, tasks that are dealt out; what the observer would see."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from tests.analysis.why.builder import entry

TASKS, TICKS = 240, 20  # of one batch; that a task computes
TICK = 1e-4  # seconds


@dataclass(frozen=True)
class Faults:
    """What can be wrong; by default nothing is."""

    cpus: int = 4
    lock: int = 0  # ticks of each task under one lock
    uneven: bool = False  # the first worker gets twice as many tasks as each of the others
    spins: bool = False  # who is done spins until the last is
    dearer: int = 0  # more ticks a task
    waste: int = 0  # ticks after each task that are none of its own
    late: int = 0  # ticks until workers exist


class _Worker:
    def __init__(self, tasks: int, faults: Faults) -> None:
        self.tasks, self.faults, self.phase = tasks, faults, "start"
        self.program: deque[str] = deque()  # what is next, a tick each: "work", "locked", "waste"
        self.last = 0  # tick in which it ran
        self.next_task()

    def next_task(self) -> None:
        if self.tasks:
            self.tasks -= 1
            free = TICKS + self.faults.dearer - self.faults.lock
            parts = {"work": free, "locked": self.faults.lock, "waste": self.faults.waste}
            self.program.extend(part for part, ticks in parts.items() for _ in range(ticks))

    @property
    def done(self) -> bool:
        return not self.program

    def step(self) -> None:
        """Runs for a tick."""
        if self.program:
            self.program.popleft()
        if not self.program:
            self.next_task()


def run(faults: Faults, workers: int = 4) -> dict[str, Any]:
    """The evidence of one batch."""
    parts = [2 if faults.uneven and not index else 1 for index in range(workers)]
    team = [_Worker(TASKS * part // sum(parts), faults) for part in parts]
    assert sum(TASKS * part // sum(parts) for part in parts) == TASKS
    times = {phase: [0, 0, 0] for phase in ("start", "body", "between", "tail")}
    owner: _Worker | None = None
    queue: deque[_Worker] = deque()  # for the lock, first come, first served
    now = faults.late
    while not all(one.done for one in team):
        now += 1
        for one in team:
            if one.program and one.program[0] == "locked" and one is not owner and one not in queue:
                queue.append(one)
        if owner is None and queue:
            owner = queue.popleft()
        runnable = [one for one in team if one not in queue and (faults.spins or not one.done)]
        on_cpu = sorted(runnable, key=lambda one: one.last)[: faults.cpus]
        for one in team:
            place = "tail" if one.done else "between" if one.program[0] == "waste" else "body"
            times[place][0 if one in on_cpu else 1 if one in runnable else 2] += 1
        for one in on_cpu:
            one.last = now
            one.step()
            if one is owner and (
                one.done or one.program[0] != "locked" or len(one.program) >= faults.lock + faults.waste
            ):
                owner = None
    phases = {name: (each[0] * TICK, each[1] * TICK, each[2] * TICK) for name, each in times.items()}
    found = entry(workers=workers, phases=phases, seconds=now * TICK, tasks=TASKS, batches=1)
    found["system"]["cpus"] = float(faults.cpus)
    return found
