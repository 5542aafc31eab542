"""The rounds of a duet: samples taken in their order, and kept before the next one starts."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from scripts.analysis.duel import STEP
from scripts.measuring import process
from scripts.measuring.catalogue import Json
from scripts.measuring.duet.judge import Record, Score
from scripts.measuring.dialect import require_failure
from scripts.measuring.sample import Outcome
from scripts.measuring.schedule import End, Runner, Turn
from scripts.measuring.usage import UsageError


@dataclass
class Play:
    """A duet under way. `deadline` is on process.clock; `keep` gets every sample before the next one
    starts."""

    runner: Runner  # its arms are "base", "new" and "control"
    score: Score
    deadline: float
    keep: Callable[[Json], None]
    say: Callable[[str], None]
    recorded: Sequence[Json] = ()  # the samples of earlier starts, as they were kept
    records: dict[str, Record] = field(default_factory=dict)

    def run(self) -> End:
        """Rounds of what is undecided, until nothing is, or there is no time.

        A cell that fails is not tried again, but its other arms are, in the same round: do they fail as well?
        """
        self.records = {cell.name: Record() for cell in self.runner.cells}
        self._recorded = enumerate(self.recorded, start=2)  # the header is line 1
        over = lambda turn: process.clock() >= self.deadline
        end = self.runner.run(self._wanted, self._take, over, done=self._known)
        if left := next(self._recorded, None):
            raise UsageError(f"--resume: line {left[0]} of the journal is beyond the end of this duet")
        return end

    def _wanted(self, number: int) -> Collection[str]:
        if number and number % STEP == 0:
            self.score.update(self.records)
            left = len(self.score.undecided(self.records))
            self.say(f"{number} rounds: {left} of {len(self.records)} cells go on")
        return self.score.undecided(self.records)

    def _known(self, turn: Turn) -> bool:
        """Takes the sample of an earlier start, if there is one: all of them come in the order of the turns,
        and are judged as they were. Raises UsageError on one that is no sample of this turn."""
        line, record = next(self._recorded, (0, None))
        if record is None:
            return False
        place, found = turn.record(), dict(record)
        try:
            if {key: found.pop(key) for key in place} != place:
                raise ValueError("another place in the order")
            if found.keys() == {"seconds"}:
                if type(found["seconds"]) is not float or not 0 < found["seconds"] < math.inf:
                    raise ValueError("no time above 0")
                self.records[turn.cell.name].times[turn.arm][turn.round] = found["seconds"]
            else:
                failure = {"name": turn.cell.name, **found}
                require_failure(failure)
                self.records[turn.cell.name].failures.setdefault(turn.arm, failure)
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(
                f"--resume: line {line} of the journal is no sample of this duet: {error}"
            ) from None
        return True

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
