"""Measuring under way: its processes, the time it has taken, and when it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scripts.measuring import process
from scripts.measuring.catalogue import Cell
from scripts.measuring.interruption import Interruption
from scripts.measuring.running.request import Request
from scripts.measuring.schedule import Runner, Turn
from scripts.measuring.subject import Change, Sampler


@dataclass
class Session:
    request: Request
    shared: list[str]  # settings of all processes
    interruption: Interruption
    clock: float  # when it began

    @property
    def spent(self) -> float:
        return process.clock() - self.clock

    def over(self, turn: Turn) -> bool:
        """Not before the second round: by then each cell has been seen once."""
        return self.interruption.requested or turn.round > 0 and self.spent > self.request.max_time

    def runner(self, cells: Sequence[Cell], changes: Mapping[str, Change], sampler: Sampler) -> Runner:
        request, timing = self.request, self.request.subject.timing
        wake = self.interruption.wake
        return Runner(cells, request.seed, request.limit, timing, changes, wake, request.cpus, sampler)
