"""The digests of workloads/digest.hpp, as whole numbers below 2**64."""

import struct
import sys
from array import array
from typing import List

_MASK = (1 << 64) - 1


def mix(x: int) -> int:
    """The finaliser of splitmix64 (Steele et al., OOPSLA 2014)."""
    x = (x + 0x9E3779B97F4A7C15) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


def mix_of_first(count: int, seed: int) -> List[int]:
    """[mix(seed ^ i) for i in range(count)], some ten times as fast.

    All numbers lie side by side in one long one, each with as many bits again of room for its products, so that the
    interpreter's C does the arithmetic.
    """
    lanes = array("Q", bytes(16 * count))
    lanes[::2] = array("Q", (seed ^ i for i in range(count)))
    if sys.byteorder == "big":
        lanes.byteswap()
    ones = int.from_bytes((b"\1" + bytes(15)) * count, "little")
    low = ones * _MASK
    x = int.from_bytes(lanes.tobytes(), "little")
    x = (x + ones * 0x9E3779B97F4A7C15) & low
    x = ((x ^ (x >> 30 & ones * (_MASK >> 30))) * 0xBF58476D1CE4E5B9) & low
    x = ((x ^ (x >> 27 & ones * (_MASK >> 27))) * 0x94D049BB133111EB) & low
    x ^= x >> 31 & ones * (_MASK >> 31)
    lanes = array("Q", x.to_bytes(16 * count, "little"))
    if sys.byteorder == "big":
        lanes.byteswap()
    return lanes[::2].tolist()


def hash_bytes(data: bytes) -> int:
    """hash() of a byte string. Takes some milliseconds for 64 KiB, where C++ takes microseconds."""
    state = mix(len(data))
    whole = len(data) & ~7
    for word in struct.unpack(f"<{whole // 8}Q", data[:whole]):
        state ^= word
        state = ((state << 29 | state >> 35) & _MASK) * 0x9FB21C651E98DF25 & _MASK
    return mix(state ^ int.from_bytes(data[whole:], "little"))
