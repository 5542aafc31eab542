"""Tasks that only wait."""

from __future__ import annotations

import time

from benchmarks.peers.digest import mix
from benchmarks.peers.workload import Case, Workload


class Peer(Workload):
    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._seed = case.seed
        self._duration: float = case.parameters["duration"]

    def run(self, task: int) -> int:
        time.sleep(self._duration)
        return mix(self._seed ^ task)

    async def run_async(self, task: int) -> int:
        import asyncio  # of event loops alone: it would make forks dearer

        await asyncio.sleep(self._duration)
        return mix(self._seed ^ task)

    def minimum_time(self, at_once: int) -> float:
        return self._duration * -(-self.tasks // at_once)
