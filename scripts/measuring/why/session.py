"""The rounds of a `why`: first of the score and the passes, then of the experiments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scripts.advice.judge import Suspect
from scripts.measuring.catalogue import Json
from scripts.measuring.progress import progress
from scripts.measuring.running import session
from scripts.measuring.sample import Outcome
from scripts.measuring.schedule import UNCHANGED, Turn
from scripts.measuring.why.experiments import LOOKS, Experiments, Trial, trials
from scripts.measuring.why.findings import Findings
from scripts.measuring.why.passes import Passes, arms


@dataclass
class Session(session.Session):
    """A `why` under way."""

    keep: Callable[[Json], None]

    def observe(self) -> Passes:
        """The rounds of score and passes."""
        passes, cells = Passes(self.keep), self.request.plan.cells
        with progress(2 * len(cells), self.request.rounds, 0) as watcher:

            def wanted(number: int) -> set[str]:
                names = {cell.name for cell in cells if cell.name not in passes.score.failures}
                names = names if number < self.request.rounds else set()
                watcher.round(number, len(names))
                return names

            def take(turn: Turn, outcome: Outcome) -> None:
                failure = passes.take(turn, outcome)
                watcher.sample()
                if failure:
                    watcher.failure(failure)

            sampler = self.request.subject.sample
            runner = self.runner(cells, arms(sampler, self.shared), sampler)
            runner.run(wanted, take, self.over, done=lambda turn: not passes.wanted(turn))
        return passes

    def try_out(self, found: Findings, suspected: dict[str, list[Suspect]]) -> Experiments | None:
        """The experiments on what is suspected; None where there is none to do."""
        known = {cell.name: cell for cell in self.request.plan.cells}
        observers = self.request.catalogue.observers
        tried: list[Trial] = []
        for name, causes in suspected.items():
            tried += trials(
                known[name], known[found.situations[name].waterfall.base], causes, self.shared, observers
            )
        if not tried or self.interruption.requested:
            return None
        cpus = self.request.catalogue.cpus
        each = lambda workers: cpus[:workers] or None
        experiments = Experiments(tried, self.request.subject.sample, each, self.keep)
        with progress(len(tried), LOOKS[0], 0) as watcher:

            def wanted(number: int) -> set[str]:
                names = experiments.wanted(number, suspected)
                watcher.round(number, len(names))
                return names

            def take(turn: Turn, outcome: Outcome) -> None:
                experiments.take(turn, outcome)
                watcher.sample()

            self.runner(experiments.cells, UNCHANGED, experiments.sample).run(wanted, take, self.over)
        return experiments
