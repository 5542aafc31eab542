"""The rounds of a duet: samples taken in their order, and kept before the next one starts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from scripts.measuring.duet.judging import STEP, Score
from scripts.measuring.duet.order import ARMS, Arm, Turn, turns
from scripts.measuring.duet.record import Failure, Record, reading
from scripts.measuring.sample import Json, run_benchmark

End = Literal["decided", "time", "interrupted"]


@dataclass(frozen=True)
class Program:
    """What one arm runs: its binary, and by cell the arguments that make it run that cell alone."""

    binary: Path
    arguments: Mapping[str, Sequence[str]]


@dataclass
class Play:
    """A duet under way. `deadline` is on the monotonic clock; `keep` gets every sample before the next one starts."""

    programs: Mapping[Arm, Program]
    score: Score
    seed: int
    limit: float  # seconds for one process
    deadline: float
    wake: int
    keep: Callable[[Json], None]
    say: Callable[[str], None]
    records: dict[str, Record] = field(default_factory=dict)

    def run(self) -> End:
        """Rounds for whoever is undecided, until nobody is, or there is no time."""
        self.records = {name: Record() for name in self.programs["base"].arguments}
        number = 0
        while names := self.score.undecided(self.records):
            if end := self._round(names, number):
                return end
            number += 1
            if number % STEP == 0:
                self.score.update(self.records)
                left = len(self.score.undecided(self.records))
                self.say(f"{number} rounds: {left} of {len(self.records)} cells go on")
        return "decided"

    def _round(self, names: Sequence[str], number: int) -> End | None:
        """A cell that fails is not tried again, but its other arms are, this round: do they fail as well?"""
        for turn in turns(names, ARMS, number, self.seed):
            if time.monotonic() >= self.deadline:
                return "time"
            result = self._sample(turn)
            if result is None:
                return "interrupted"
            self.records[turn.name].take(turn.arm, turn.round, result)
        return None

    def _sample(self, turn: Turn[Arm]) -> float | Failure | None:
        """None where it was interrupted."""
        program = self.programs[turn.arm]
        arguments = program.arguments[turn.name]
        outcome = run_benchmark(program.binary, arguments, self.limit, turn.padding, self.wake)
        if outcome.kind == "interrupted":
            return None
        result = reading(turn.name, outcome)
        said = vars(result) if isinstance(result, Failure) else {"seconds": result}
        self.keep(vars(turn) | said)
        return result
