"""The order of measuring: competitors interleaved, every sample a fresh process."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from scripts.running.plan import Block, Cell
from scripts.running.sample import Json, Outcome

UNAVAILABLE = "unavailable"  # the kind of failure that is no fault of the run
_PADDING = 4096  # bytes: one page, since only the place within a page matters


@dataclass(frozen=True)
class Turn:
    """One cell's place in the order: its round, its position in that round, and its process's padding in bytes."""

    cell: Cell
    round: int
    order: int
    padding: int


@dataclass(frozen=True)
class Sample:
    """What one process measured."""

    turn: Turn
    repetitions: list[Json]


@dataclass
class Measured:
    """What has been measured so far; complete in itself at any moment. Both maps are by cell name."""

    samples: dict[str, list[Sample]] = field(default_factory=dict)
    failures: dict[str, Json] = field(default_factory=dict)
    context: Json = field(
        default_factory=dict
    )  # of the first process that had one, and what others add to it
    interrupted: bool = False

    def __len__(self) -> int:
        return len(self.failures) + sum(map(len, self.samples.values()))


class Watcher(Protocol):
    """Is told what happens: a display."""

    def block(self, block: Block) -> None:
        ...

    def turn(self, block: Block, turn: Turn) -> None:
        ...

    def failure(self, failure: Json) -> None:
        ...


def turns(block: Block, rounds: int, seed: int) -> Iterator[Turn]:
    """Every cell once a round, each round in another order; the same for the same seed, whatever else is run."""
    generator = random.Random(f"{seed}/{block.case}")
    for number in range(rounds):
        order = generator.sample(block.cells, len(block.cells))
        for position, cell in enumerate(order):
            yield Turn(cell, number, position, generator.randrange(_PADDING))


def measure(
    block: Block,
    rounds: int,
    seed: int,
    run: Callable[[Turn], Outcome],
    watcher: Watcher,
    measured: Measured,
) -> None:
    """Measures a block into `measured`, until all is done or `run` says that it was interrupted.

    A cell that failed is not tried again: what a later round then said would hide that it fails.
    """
    watcher.block(block)
    for turn in turns(block, rounds, seed):
        if turn.cell.name not in measured.failures:
            outcome = run(turn)
            if outcome.kind == "interrupted":
                measured.interrupted = True
                return
            _take(turn, outcome, watcher, measured)
        watcher.turn(block, turn)


def _take(turn: Turn, outcome: Outcome, watcher: Watcher, measured: Measured) -> None:
    name = turn.cell.name
    measured.context = joined(measured.context, outcome.context)
    if failure := _failure(name, outcome):
        measured.failures[name] = failure
        if failure["kind"] != UNAVAILABLE:  # known before the run; the summary says it once
            watcher.failure(failure)
    else:
        measured.samples.setdefault(name, []).append(Sample(turn, outcome.entries(name)))


def joined(first: Json, other: Json) -> Json:
    """What both contexts know, and so for the objects in them; where they differ, the first is right.

    Processes of another program know other executors, and another runtime's environment.
    """
    objects = {key for key in first.keys() & other.keys() if isinstance(first[key], dict)}
    return other | first | {key: other[key] | first[key] for key in objects}


def _failure(name: str, outcome: Outcome) -> Json | None:
    if outcome.kind:
        return {"name": name, "kind": outcome.kind, "reason": outcome.reason}
    for failure in outcome.failures:
        if failure["name"] == name:
            return failure
    if not outcome.entries(name):
        return {
            "name": name,
            "kind": "crash",
            "reason": "the process ended well, without a result for this cell",
        }
    return None
