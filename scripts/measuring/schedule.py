"""The order of measuring: competitors interleaved, every sample a fresh process."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from statistics import median
from typing import Protocol

from scripts.analysis.failed import UNAVAILABLE
from scripts.analysis.stopping import Stopping
from scripts.measuring.plan import Block, Cell
from scripts.measuring.sample import Json, Outcome, require_entries

BASELINE = "serial"
PADDING = 4096  # bytes, at most: one page, since only the place within a page matters


@dataclass(frozen=True)
class Turn:
    """One cell's place in the order: its round, its position in that round, and its process's padding in bytes."""

    cell: Cell
    round: int
    order: int
    padding: int


@dataclass(frozen=True)
class Sample:
    """What one process did: its repetitions, or else why it has none."""

    turn: Turn
    repetitions: list[Json] = field(default_factory=list)
    failure: Json | None = None
    context: Json = field(default_factory=dict)  # what no process before it has told
    disturbance: Json = field(default_factory=dict)  # as scripts/machine/probes.py has it

    @property
    def time(self) -> float:
        """A batch, in the process's unit: the median of its repetitions."""
        return median(float(entry["real_time"]) for entry in self.repetitions)

    def record(self) -> Json:
        """As the journal keeps it."""
        place = {key: value for key, value in vars(self.turn).items() if key != "cell"}
        told = {key: value for key, value in vars(self).items() if key != "turn" and value}
        return {"cell": self.turn.cell.name, **place, **told}

    @classmethod
    def of_record(cls, record: Json, cells: Mapping[str, Cell]) -> Sample:
        """Raises AttributeError, KeyError, TypeError or ValueError on what is no record of these cells."""
        given = dict(record)
        turn = Turn(cells[given.pop("cell")], *(int(given.pop(key)) for key in ("round", "order", "padding")))
        sample = cls(turn, **given)
        if not sample.failure:
            require_entries(sample.repetitions)
        return sample


@dataclass
class Measured:
    """What has been measured so far; complete in itself at any moment. Both maps are by cell name."""

    samples: dict[str, list[Sample]] = field(default_factory=dict)
    failures: dict[str, Json] = field(default_factory=dict)
    context: Json = field(
        default_factory=dict
    )  # of the first process that had one, and what others add to it
    done: set[tuple[str, int]] = field(default_factory=set)  # cells and rounds

    def take(self, sample: Sample) -> None:
        name = sample.turn.cell.name
        self.done.add((name, sample.turn.round))
        self.context = joined(self.context, sample.context)
        if sample.failure:
            self.failures[name] = sample.failure
        else:
            self.samples.setdefault(name, []).append(sample)

    def times(self, name: str, before: int | None = None) -> list[float]:
        """Of a cell, in the order of the rounds: of all, or of those before one."""
        samples = self.samples.get(name, [])
        return [sample.time for sample in samples if before is None or sample.turn.round < before]


class Watcher(Protocol):
    """Is told what happens: a display."""

    def round(self, number: int, cells: int) -> None:
        ...

    def turn(self, turn: Turn) -> None:
        ...

    def failure(self, failure: Json) -> None:
        ...


def turns(block: Block, number: int, seed: int) -> Iterator[Turn]:
    """Every cell of a block once, each round in another order; the same for the same seed, whatever else is run."""
    generator = random.Random(f"{seed}/{block.case}/{number}")
    for position, cell in enumerate(generator.sample(block.cells, len(block.cells))):
        yield Turn(cell, number, position, generator.randrange(PADDING))


def undecided(block: Block, number: int, stopping: Stopping, measured: Measured) -> set[str]:
    """The cells of a block that take part in a round, by what earlier rounds have shown.

    A cell that failed is not tried again: what a later round then said would hide that it fails. The serial loop goes on
    while any other cell does: speedups are ratios within rounds.
    """
    names = {
        cell.name
        for cell in block.cells
        if cell.name not in measured.failures
        and not stopping.enough(measured.times(cell.name, before=number))
    }
    if names:
        baselines = {cell.name for cell in block.cells if cell.executor == BASELINE}
        names |= baselines - measured.failures.keys()
    return names


def undecided_left(blocks: list[Block], stopping: Stopping, measured: Measured) -> bool:
    """Whether any cell has not enough."""
    last = max((number for _, number in measured.done), default=-1)
    return any(undecided(block, last + 1, stopping, measured) for block in blocks)


def one_round(
    blocks: list[Block], number: int, seed: int, stopping: Stopping, measured: Measured
) -> list[Turn]:
    """The turns of a round that are still to be taken: blocks in random order, their cells in random order."""
    order = random.Random(f"{seed}/{number}").sample(blocks, len(blocks))
    found = []
    for block in order:
        wanted = undecided(block, number, stopping, measured)
        found += [turn for turn in turns(block, number, seed) if turn.cell.name in wanted]
    return [turn for turn in found if (turn.cell.name, number) not in measured.done]


def measure(
    blocks: list[Block],
    seed: int,
    stopping: Stopping,
    measured: Measured,
    sample: Callable[[Turn], Sample | None],
    over: Callable[[], bool],
    watcher: Watcher,
    first: int = 0,
) -> Iterator[int]:
    """Measures into `measured`, yielding after each round, until every cell has enough, or `sample` gives none because it
    was interrupted. From the second round on `over` may end it: each cell has a number by then.

    Goes on where `measured` ends, whose last round is `first`: what comes next follows from the samples alone. Rounds
    before that are over, also for cells that need more now: what is compared was measured in one round.
    """
    for number in count(first):
        todo = one_round(blocks, number, seed, stopping, measured)
        if not todo and not undecided_left(blocks, stopping, measured):
            return
        watcher.round(number, len(todo))
        for turn in todo:
            if number > 0 and over():
                return
            taken = sample(turn)
            if taken is None:
                return
            measured.take(taken)
            watcher.turn(turn)
            if (
                taken.failure and taken.failure["kind"] != UNAVAILABLE
            ):  # known before the run; the summary says it once
                watcher.failure(taken.failure)
        if todo:
            yield number


def sample_of(turn: Turn, outcome: Outcome, known: Json) -> Sample:
    """What a process's outcome says; of its context only what is not `known`."""
    name = turn.cell.name
    fresh = outcome.context if joined(known, outcome.context) != known else {}
    failure = outcome.failure_of(name)
    return Sample(turn, [] if failure else outcome.entries(name), failure, fresh, outcome.disturbance)


def joined(first: Json, other: Json) -> Json:
    """What both contexts know, and so for the objects in them; where they differ, the first is right.

    Processes of another program know other executors, and another runtime's environment.
    """
    objects = {key for key in first.keys() & other.keys() if isinstance(first[key], dict)}
    return other | first | {key: other[key] | first[key] for key in objects}
