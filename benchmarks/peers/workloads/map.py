"""The squares of the first numbers, each repeated as often as the result is to be large."""

import struct

from benchmarks.peers.workload import Case, Workload


class Peer(Workload):
    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._words = case.width
        size = 8 * case.width
        words = struct.pack(f"<{len(case.expected)}Q", *case.expected)
        self.expected = [words[size * task : size * (task + 1)] for task in range(case.tasks)]

    def run(self, task: int) -> bytes:
        return (task * task).to_bytes(8, "little") * self._words
