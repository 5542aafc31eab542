"""The experiments of a `why`: cells as they are against cells that are changed in one thing, in the same rounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from scripts.advice.experiment import Experiment
from scripts.advice.judge import Suspect
from scripts.analysis.interval import process_time
from scripts.analysis.ratio import Ratio, paired_ratio
from scripts.measuring.catalogue import Cell, Json
from scripts.measuring.sample import Outcome, seconds
from scripts.measuring.schedule import Turn
from scripts.measuring.subject import Change, Conditions, Sampler
from scripts.measuring.why.passes import observed

ROUNDS = 6  # at least: fewer cannot attain ERROR
ERROR = 0.05  # of a gain's interval
AS_IT_IS, BASE, CALLS = "as it is", "base", "calls"


@dataclass(frozen=True)
class Trial:
    """What one process runs: a cell, changed or not."""

    of: str  # the cell that the experiment is of
    what: str  # AS_IT_IS, BASE, a cause, or a cause and BASE
    cell: Cell
    change: Change = Change()
    pinned: bool = False
    observer: str = ""  # gives evidence in place of times

    @property
    def label(self) -> str:
        return f"{self.of}: {self.what}"


def changed(cell: Cell, experiment: Experiment) -> Cell:
    """The cell with the arguments that the experiment gives it."""
    given = {
        "--workers=": str(experiment.workers or ""),
        "--executors=": experiment.executor,
        "--lifecycle=": experiment.lifecycle,
    }
    asked = {flag: value for flag, value in given.items() if value}
    other = experiment.executor and experiment.executor != cell.executor
    kept = [
        text
        for text in cell.arguments
        if not text.startswith(tuple(asked)) and not (other and text.startswith(f"--set={cell.executor}."))
    ]
    return replace(
        cell,
        arguments=(*kept, *(flag + value for flag, value in asked.items())),
        executor=experiment.executor or cell.executor,
        workers=experiment.workers or cell.workers,
    )


def trials(
    cell: Cell,
    base: Cell,
    suspects: Sequence[Suspect],
    shared: Sequence[str],
    observers: Collection[str] = (),
) -> list[Trial]:
    """Of all experiments of one cell, which share what is not changed; and a look at where its workers are blocked, where that
    tells and can be had."""
    found = []
    for one in suspects:
        if (what := one.why.experiment) is None:
            continue
        change = Change([*shared, *what.settings], what.environment)
        found.append(Trial(cell.name, one.cause, changed(cell, what), change, what.pinned))
        if what.relative:
            found.append(Trial(cell.name, f"{one.cause}, {BASE}", base, change))
            found.append(Trial(cell.name, BASE, base, Change(shared)))
    as_it_is = [Trial(cell.name, AS_IT_IS, cell, Change(shared))] if found else []
    asleep = CALLS in observers and any(one.why.calls for one in suspects)
    looks = [Trial(cell.name, CALLS, cell, Change(shared), observer=CALLS)] if asleep else []
    return list({trial.what: trial for trial in [*as_it_is, *found, *looks]}.values())


@dataclass
class Experiments:
    """All of them, and their times so far, by label and round."""

    trials: Sequence[Trial]
    sampler: Sampler
    cpus: Callable[[int], Sequence[int] | None]  # those that k pinned workers run on
    keep: Callable[[Json], None]
    times: dict[str, dict[int, float]] = field(default_factory=dict)
    blocked: dict[str, Counter[str]] = field(default_factory=dict)  # looks by system call, by cell
    failures: dict[str, str] = field(default_factory=dict)  # reasons, by label

    @property
    def cells(self) -> list[Cell]:
        """As the runner knows them: those of one cell are of one case, and so next to each other."""
        return [replace(trial.cell, name=trial.label, case=trial.of) for trial in self.trials]

    def sample(self, cell: Cell, how: Conditions) -> Outcome:
        trial = next(one for one in self.trials if one.label == cell.name)
        cpus = self.cpus(trial.cell.workers) if trial.pinned else how.cpus
        sampler = observed(self.sampler, trial.observer) if trial.observer else self.sampler
        return sampler(trial.cell, replace(how, change=trial.change, cpus=cpus))

    def take(self, turn: Turn, outcome: Outcome) -> None:
        """An experiment that fails proves nothing; the cells themselves have been measured already."""
        name = turn.cell.name
        if entries := outcome.entries():
            self.times.setdefault(name, {})[turn.round] = process_time(seconds(entries))
            self.keep(turn.record() | {"arm": "experiment", "seconds": self.times[name][turn.round]})
        elif looks := [one for one in outcome.evidence if isinstance(one.get("blocked"), dict)]:
            counts = self.blocked.setdefault(turn.cell.case, Counter())
            for one in looks:
                counts.update({str(call): int(count) for call, count in one["blocked"].items()})
            self.keep(turn.record() | {"arm": "experiment", "evidence": looks})
        else:
            said = [str(failure["reason"]) for failure in outcome.failures]
            self.failures[name] = outcome.reason or "; ".join(said) or "no result"
            self.keep(turn.record() | {"arm": "experiment", "reason": self.failures[name]})

    def gains(self, of: str, suspects: Sequence[Suspect]) -> dict[str, Ratio]:
        """By cause, how many times as fast the cell is when changed; without what could not be measured."""
        found = {}
        for one in suspects:
            if (experiment := one.why.experiment) is None:
                continue
            before, after = self._times(of, AS_IT_IS), self._times(of, one.cause)
            if experiment.relative:
                before = _over(before, self._times(of, BASE))
                after = _over(after, self._times(of, f"{one.cause}, {BASE}"))
            if before.keys() & after.keys():
                found[one.cause] = paired_ratio(after, before, ERROR)
        return found

    def _times(self, of: str, what: str) -> Mapping[int, float]:
        label = f"{of}: {what}"
        return {} if label in self.failures else self.times.get(label, {})


def _over(times: Mapping[int, float], base: Mapping[int, float]) -> dict[int, float]:
    return {number: time / base[number] for number, time in times.items() if number in base}
