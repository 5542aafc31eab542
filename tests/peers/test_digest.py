"""The digests of C++, in Python."""

from __future__ import annotations

import pytest

from benchmarks.peers.digest import hash_bytes, mix, mix_of_first
from tests.peers.conftest import cases


def test_mix_is_splitmix64() -> None:
    """The first outputs of the generator with the seed 0, as its authors publish them."""
    assert mix(0) == 0xE220A8397B1DCDAF
    assert mix(0x9E3779B97F4A7C15) == 0x6E789E6AA1B965F4


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1, 0x0123456789ABCDEF])
def test_many_at_once_are_the_same(seed: int) -> None:
    for count in (0, 1, 1000):
        assert mix_of_first(count, seed) == [mix(seed ^ i) for i in range(count)]


def test_every_byte_and_the_length_count() -> None:
    data = bytes(range(1, 30))
    others = [data[:at] + b"\0" + data[at + 1 :] for at in range(len(data))] + [data + b"\0", data[:-1]]
    assert hash_bytes(data) not in map(hash_bytes, others)
    assert len(set(map(hash_bytes, others))) == len(others)


def test_the_binary_mixes_alike() -> None:
    (sleep,) = cases("--workloads=sleep", "--seed=77", "--set=sleep.tasks=5")
    assert sleep["expected"] == [str(mix(77 ^ i)) for i in range(5)]
