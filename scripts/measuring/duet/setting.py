"""What a duet will measure, known before it starts: both builds, their cells, what is between them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from scripts.analysis.comparable import BUILD, differences
from scripts.analysis.duel import FRESH
from scripts.analysis.looks import LOOKS
from scripts.analysis.text import printable
from scripts.measuring import calibration as spin, catalogue, flags
from scripts.measuring.duet import cells, sides
from scripts.measuring.duet.cells import Card
from scripts.measuring.duet.judging import sweeps_of
from scripts.measuring.duet.order import ARMS, Arm
from scripts.measuring.duet.playing import Program
from scripts.measuring.duet.sides import Side
from scripts.measuring.plan import Cell, Plan
from scripts.measuring.profile import DEFAULT, Profile
from scripts.measuring.sample import Json, run_benchmark

ERROR = 0.01  # of a single false alarm in the whole duet
_TRIED = 3  # cells, to be told how a binary was built


@dataclass(frozen=True)
class Setting:
    base: Side
    new: Side
    plan: Plan  # BASE's
    card: Card
    profile: Profile
    seed: int
    max_time: float  # seconds of measuring
    new_settings: tuple[str, ...]
    contexts: tuple[Json, Json]  # what both binaries say of themselves

    @property
    def differing(self) -> list[str]:
        """How the builds differ otherwise than in their code, a phrase each. The machine is one, whatever they call it."""
        base, new = ({key: side[key] for key in BUILD if key in side} for side in self.contexts)
        return differences(base, new)

    @property
    def sweeps(self) -> dict[str, tuple[str, ...]]:
        return sweeps_of(cell.name for cell in self.card.cells)

    @property
    def comparisons(self) -> int:
        """The cells, and of every sweep its level and its shape."""
        return len(self.card.cells) + 2 * len(self.sweeps)

    def seconds(self, rounds: int) -> float:
        """About how long so many rounds of all cells take."""
        return rounds * len(ARMS) * len(self.card.cells) * self.profile.estimate()

    def announced(self) -> Iterator[str]:
        yield f"BASE {self.base.label}, NEW {self.new.label}"
        for cell in self.card.cells:
            yield f"  {printable(cell.name)}"
        for name in self.card.missing:
            yield f"  {printable(name)}, which is missing in NEW"
        first, most = LOOKS[0], LOOKS[-1] + FRESH
        yield (
            f"{len(self.card.cells)} cells, {self.comparisons} comparisons; {first} rounds take about "
            f"{_about(self.seconds(first))}, all {most} about {_about(self.seconds(most))}"
        )
        if self.seconds(first) > self.max_time:
            yield f"--max-time ends it after {_about(self.max_time)}, before anything is judged: choose fewer cells"

    def programs(self, rate: Sequence[str]) -> dict[Arm, Program]:
        """What each arm runs. `rate` is the setting of spin that all get who have none of their own."""

        def arguments(cell: Cell, settings: Sequence[str]) -> list[str]:
            keys = {text.partition("=")[0] for text in settings}
            rates = [text for text in rate if text.partition("=")[0] not in keys]
            own = cells.settings_of([*rates, *settings], cell)
            return [*cell.arguments, *own, *self.profile.arguments()]

        def program(side: Side, settings: Sequence[str]) -> Program:
            return Program(side.binary, {cell.name: arguments(cell, settings) for cell in self.card.cells})

        base = program(self.base, ())
        return {"base": base, "new": program(self.new, self.new_settings), "control": base}

    def rate(self, wake: int) -> list[str]:
        """One calibration of spin for all arms, where it takes part. Raises spin.NotCalibrated."""
        if not spin.wanted(self.plan, catalogue.read(self.base.binary)):
            return []
        arguments = [f"--seed={self.seed}", *self.profile.arguments()]
        return [spin.setting(self.base.binary, arguments, self.profile.time_limit, wake)]


def prepare(arguments: argparse.Namespace, wake: int, say: Callable[[str], None]) -> Setting:
    """Builds what is to be built. Raises UsageError, and KeyboardInterrupt when `wake` is readable."""
    commits = sides.commits({"BASE": arguments.base, "NEW": arguments.new})
    base = sides.resolve(arguments.base, commits["BASE"], wake, say)
    new = sides.resolve(arguments.new, commits["NEW"], wake, say)
    profile = replace(DEFAULT, time_limit=arguments.time_limit or DEFAULT.time_limit)
    selection = flags.selection(arguments)
    planned = cells.planned(base, "BASE", profile, selection)
    card = cells.matched(planned, new, profile, selection)
    cells.check_settings(arguments.set_new, card.cells, new)
    contexts = (_context(base, card, profile, wake), _context(new, card, profile, wake))
    return Setting(
        base,
        new,
        planned,
        card,
        profile,
        arguments.seed,
        arguments.max_time,
        tuple(arguments.set_new),
        contexts,
    )


def _context(side: Side, card: Card, profile: Profile, wake: int) -> Json:
    """What a binary says of its build and machine, from a throw-away sample; nothing where it says nothing."""
    for cell in card.cells[:_TRIED]:
        arguments = [*cell.arguments, *profile.arguments()]
        outcome = run_benchmark(side.binary, arguments, profile.time_limit, wake=wake)
        if outcome.kind == "interrupted":
            raise KeyboardInterrupt
        if outcome.context:
            return outcome.context
    return {}


def _about(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds > 90 else f"{seconds:.0f} seconds"
