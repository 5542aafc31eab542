"""Tasks that only wait."""

import time

from benchmarks.peers.digest import mix
from benchmarks.peers.workload import Case, Workload


class Peer(Workload):
    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self.shortest_task: float = case.parameters["duration"]

    def run(self, task: int) -> int:
        time.sleep(self.shortest_task)
        return mix(self.seed ^ task)

    async def run_async(self, task: int) -> int:
        import asyncio  # of event loops alone: it would make forks dearer

        await asyncio.sleep(self.shortest_task)
        return mix(self.seed ^ task)
