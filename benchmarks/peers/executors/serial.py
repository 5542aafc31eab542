"""A loop: what all others have to agree with."""

from typing import Any

from benchmarks.peers.executor import Batch, Executor


class Peer(Executor):
    help = "one task after the other in the calling thread"
    kind = "serial"
    idle = "has no workers"
    alone = True

    def run(self, batch: Batch) -> list[Any]:
        return [batch.call(task) for task in range(batch.tasks)]
