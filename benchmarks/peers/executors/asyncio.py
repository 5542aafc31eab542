"""One thread and an event loop that stays open between batches."""

import asyncio
from typing import Any

from benchmarks.peers.executor import Batch, Executor
from benchmarks.peers.job import leave


class Peer(Executor):
    help = "asyncio.gather over all tasks; those that only compute run on the loop, one after the other"
    kind = "loop"
    idle = "waits in epoll"
    alone = True
    all_in_flight = True

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self._loop = asyncio.new_event_loop()

    def run(self, batch: Batch) -> list[Any]:
        async def all_tasks() -> list[Any]:
            return list(await asyncio.gather(*map(batch.coroutine, range(batch.tasks))))

        return self._loop.run_until_complete(all_tasks())

    def close(self) -> None:
        self._loop.run_until_complete(_end())
        self._loop.close()


async def _end() -> None:
    """A task that failed leaves the others under way."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await leave()
    await asyncio.sleep(0)  # transports close in the loop's next turn
