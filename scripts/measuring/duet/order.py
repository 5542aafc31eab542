"""Who goes when: all of it follows from the seed, whatever else is still undecided."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from scripts.measuring.schedule import PADDING

Arm = Literal["base", "new", "control"]  # control: base once more, so that the pair of both shows the noise
ARMS: tuple[Arm, ...] = ("base", "new", "control")
Kind = TypeVar("Kind", bound=str)  # of arm


@dataclass(frozen=True)
class Turn(Generic[Kind]):
    """One sample's place: its cell, arm, round, position in the round, and its process's padding in bytes."""

    name: str
    arm: Kind
    round: int
    order: int
    padding: int


def turns(names: Sequence[str], arms: Sequence[Kind], number: int, seed: int) -> Iterator[Turn[Kind]]:
    """Round `number`: the cells in random order, the arms of each next to each other.

    Rounds 2i and 2i + 1 have the arms of a cell in a random order and in its reverse: whatever drifts evenly, or
    favours who comes first, cancels out.
    """
    position = 0
    for name in random.Random(f"{seed}/{number}").sample(names, len(names)):
        order = random.Random(f"{seed}/{name}/{number // 2}").sample(arms, len(arms))
        for arm in order if number % 2 == 0 else order[::-1]:
            padding = random.Random(f"{seed}/{name}/{number}/{arm}").randrange(PADDING)
            yield Turn(name, arm, number, position, padding)
            position += 1
