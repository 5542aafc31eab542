"""Primes among consecutive numbers, by trial division: the loops of C++, statement by statement."""

from benchmarks.peers.workload import Case, Workload

_START = 10_000_000


def _is_prime(n: int) -> bool:
    if n % 2 == 0:
        return n == 2
    divisor = 3
    while divisor * divisor <= n:
        if n % divisor == 0:
            return False
        divisor += 2
    return n > 1


class Peer(Workload):
    choices = {"kernel": ("primes",)}

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._size: int = case.parameters["size"]

    def run(self, task: int) -> int:
        first = _START + task * self._size
        count = 0
        for n in range(first, first + self._size):
            if _is_prime(n):
                count += 1
        return count
