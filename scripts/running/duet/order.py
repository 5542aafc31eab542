"""Who goes when: all of it follows from the seed, whatever else is still undecided."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Arm = Literal["base", "new", "control"]  # control: base once more, so that the pair of both shows the noise
ARMS: tuple[Arm, ...] = ("base", "new", "control")
_PADDING = 4096  # bytes: one page, since only the place within a page matters


@dataclass(frozen=True)
class Turn:
    """One sample's place: its cell, arm, round, position in the round, and its process's padding in bytes."""

    name: str
    arm: Arm
    round: int
    order: int
    padding: int


def turns(names: Sequence[str], number: int, seed: int) -> Iterator[Turn]:
    """Round `number`: the cells in random order, the arms of each next to each other.

    Rounds 2i and 2i + 1 have the arms of a cell in a random order and in its reverse: whatever drifts evenly, or
    favours who comes first, cancels out.
    """
    position = 0
    for name in random.Random(f"{seed}/{number}").sample(names, len(names)):
        arms = random.Random(f"{seed}/{name}/{number // 2}").sample(ARMS, len(ARMS))
        for arm in arms if number % 2 == 0 else arms[::-1]:
            padding = random.Random(f"{seed}/{name}/{number}/{arm}").randrange(_PADDING)
            yield Turn(name, arm, number, position, padding)
            position += 1
