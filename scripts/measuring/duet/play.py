"""The rounds of a duet: samples taken in their order, and kept before the next one starts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from scripts.measuring import process
from scripts.measuring.catalogue import Json
from scripts.measuring.duet.judge import STEP, Record, Score
from scripts.measuring.sample import Outcome
from scripts.measuring.schedule import End, Runner, Turn


@dataclass
class Play:
    """A duet under way. `deadline` is on process.clock; `keep` gets every sample before the next one starts."""

    runner: Runner  # its arms are "base", "new" and "control"
    score: Score
    deadline: float
    keep: Callable[[Json], None]
    say: Callable[[str], None]
    records: dict[str, Record] = field(default_factory=dict)

    def run(self) -> End:
        """Rounds of what is undecided, until nothing is, or there is no time.

        A cell that fails is not tried again, but its other arms are, in the same round: do they fail as well?
        """
        self.records = {cell.name: Record() for cell in self.runner.cells}
        return self.runner.run(self._wanted, self._take, lambda turn: process.clock() >= self.deadline)

    def _wanted(self, number: int) -> Collection[str]:
        if number and number % STEP == 0:
            self.score.update(self.records)
            left = len(self.score.undecided(self.records))
            self.say(f"{number} rounds: {left} of {len(self.records)} cells go on")
        return self.score.undecided(self.records)

    def _take(self, turn: Turn, outcome: Outcome) -> None:
        record = self.records[turn.cell.name]
        if failure := outcome.failure_of(turn.cell.name):
            record.failures.setdefault(turn.arm, failure)
            self.keep(
                turn.record() | {key: failure[key] for key in ("kind", "cause", "reason") if key in failure}
            )
        else:
            record.times[turn.arm][turn.round] = outcome.time_of(turn.cell.name)
            self.keep(turn.record() | {"seconds": record.times[turn.arm][turn.round]})
