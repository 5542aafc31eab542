"""The order of measuring, for every command alike: rounds in which competitors are interleaved, every sample a fresh
process. All of it follows from the seed, whichever cells take part in a round."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from scripts.measuring.catalogue import Cell, Json
from scripts.measuring.plan import by_case
from scripts.measuring.sample import Outcome
from scripts.measuring.subject import Change, Conditions, Sampler, of_bench

PADDING = 4096  # bytes, at most: one page, since only the place within a page matters

End = Literal["decided", "time", "interrupted"]

UNCHANGED = {"": Change()}  # the arms of what compares cells alone


@dataclass(frozen=True)
class Turn:
    """One sample's place: its cell, arm, round, position in the round, and its process's padding in bytes."""

    cell: Cell
    arm: str
    round: int
    order: int
    padding: int

    def record(self) -> Json:
        """As journals keep it."""
        return {**vars(self), "cell": self.cell.name}


def turns(cells: Sequence[Cell], arms: Sequence[str], number: int, seed: int) -> Iterator[Turn]:
    """Round `number`: cases in random order, their cells in random order, the arms of a cell next to each other.

    Rounds 2i and 2i + 1 have the arms of a cell in a random order and in its reverse: whatever drifts evenly, or
    favours the first, cancels out.
    """
    cases = by_case(cells)
    position = 0
    for case in random.Random(f"{seed}/{number}").sample(list(cases), len(cases)):
        members = cases[case]
        for cell in random.Random(f"{seed}/{case}/{number}").sample(members, len(members)):
            order = random.Random(f"{seed}/{cell.name}/{number // 2}").sample(arms, len(arms))
            for arm in order if number % 2 == 0 else order[::-1]:
                padding = random.Random(f"{seed}/{cell.name}/{number}/{arm}").randrange(PADDING)
                yield Turn(cell, arm, number, position, padding)
                position += 1


@dataclass(frozen=True)
class Runner:
    """Measures cells, under the changes of each arm. `timing` are arguments that all processes get."""

    cells: Sequence[Cell]
    seed: int
    limit: float  # seconds for one process
    timing: Sequence[str] = ()
    changes: Mapping[str, Change] = field(default_factory=lambda: UNCHANGED)
    wake: int | None = None  # becomes readable where the user interrupts
    cpus: Callable[[int], Sequence[int] | None] = lambda workers: None  # those that k workers run on
    sampler: Sampler = of_bench
    enough: dict[tuple[str, str], int] = field(default_factory=dict)  # batches of a stretch, by cell and arm

    def sample(self, turn: Turn) -> Outcome:
        """The first one of a cell and arm searches for how many batches last long enough; each of the others begins with what
        would have been enough for the one before."""
        how = Conditions(
            self.limit,
            self.timing,
            self.changes[turn.arm],
            turn.padding,
            self.wake,
            self.cpus(turn.cell.workers),
            self.enough.get((turn.cell.name, turn.arm), 0),
        )
        outcome = (how.change.sampler or self.sampler)(turn.cell, how)
        for entry in outcome.entries(turn.cell.name)[:1]:
            if (count := entry.get("enough_iterations", 0)) >= 1:
                self.enough[turn.cell.name, turn.arm] = int(count)
        return outcome

    def run(
        self,
        wanted: Callable[[int], Collection[str]],
        take: Callable[[Turn, Outcome], None],
        over: Callable[[Turn], bool] = lambda turn: False,
        first: int = 0,
        done: Callable[[Turn], bool] = lambda turn: False,
    ) -> End:
        """Rounds from `first` on of the cells that are `wanted` by name, until none is, `over` ends it, or it is
        interrupted. `take` gets each outcome before the next process starts; what is `done` already is left out.
        """
        for number in count(first):
            names = wanted(number)
            if not names:
                return "decided"
            for turn in turns(self.cells, list(self.changes), number, self.seed):
                if turn.cell.name not in names or done(turn):
                    continue
                if over(turn):
                    return "time"
                outcome = self.sample(turn)
                if outcome.kind == "interrupted":
                    return "interrupted"
                take(turn, outcome)
        raise AssertionError("unreachable")

    def rounds(
        self,
        number: int,
        take: Callable[[Turn, Outcome], None],
        begin: Callable[[int], None] = lambda round: None,
    ) -> bool:
        """`number` rounds of all cells; `begin` is called before each. Whether it came to their end."""

        def wanted(round: int) -> Collection[str]:
            if round >= number:
                return ()
            begin(round)
            return {cell.name for cell in self.cells}

        return self.run(wanted, take) == "decided"
