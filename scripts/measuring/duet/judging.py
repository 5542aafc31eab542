"""When a cell, and a sweep of worker counts, is decided: the very rules that replay a recorded duet, applied as it goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from scripts.analysis.duel import FRESH, Duel, decide
from scripts.analysis.looks import LOOKS
from scripts.analysis.shape import Sweep, levels, shapes, sweep
from scripts.analysis.table import parse_name
from scripts.analysis.verdict import CHANGED, Verdict
from scripts.measuring.duet.record import Record

STEP = FRESH  # rounds between two moments at which something can be decided


@dataclass(frozen=True)
class Judged:
    """A verdict, the rounds that it rests on, and whether more of them could change it."""

    verdict: Verdict
    rounds: int
    final: bool


@dataclass(frozen=True)
class Rules:
    """`error` is the probability of a single false alarm among all `comparisons`."""

    margin: float
    error: float
    comparisons: int

    def judged(self, duel: Duel) -> Judged:
        verdict, used = decide(duel, self.comparisons, self.margin, self.error)
        rounds = len(duel.rounds)
        over = rounds >= LOOKS[-1] + FRESH or (rounds >= LOOKS[-1] and not self._pending(duel))
        return Judged(verdict, used, verdict.state != "inconclusive" or over)

    def _pending(self, duel: Duel) -> bool:
        """Whether a change has been seen that fresh rounds might confirm."""
        return decide(duel, self.comparisons, self.margin, self.error, confirm=False)[0].state in CHANGED


@dataclass
class Score:
    """What is decided so far. Once final, a verdict stays: rounds that a cell takes for its sweep do not touch it.

    A sweep has the cells of one case and executor at two worker counts or more, and needs the same rounds of all: so
    they go on together until it is decided too.
    """

    rules: Rules
    sweeps: Mapping[str, tuple[str, ...]]  # the names of its cells, by its own
    cells: dict[str, Judged] = field(default_factory=dict)
    levels: dict[str, Judged] = field(default_factory=dict)
    shapes: dict[str, Judged] = field(default_factory=dict)

    def update(self, records: Mapping[str, Record]) -> None:
        """Judges what is not decided yet; cells with a failure are nobody's."""
        duels = _duels(records)
        for name, duel in duels.items():
            self._judge(self.cells, name, duel)
        for name, members in self.sweeps.items():
            if by_workers := _by_workers(members, duels):
                self._judge(self.levels, name, levels(by_workers))
                self._judge(self.shapes, name, shapes(by_workers))

    def undecided(self, records: Mapping[str, Record]) -> list[str]:
        """The cells that need more rounds, their own or their sweep's."""
        whole = [name for name, record in records.items() if not record.failures]
        wanted = {name for name in whole if not _final(self.cells, name)}
        for name, members in self.sweeps.items():
            left = [member for member in members if member in whole]
            if len(left) > 1 and not (_final(self.levels, name) and _final(self.shapes, name)):
                wanted.update(left)
        return [name for name in whole if name in wanted]

    def sweep(self, name: str, records: Mapping[str, Record]) -> Sweep | None:
        """The sweep with the verdicts that were given live; None where it has too few cells left."""
        by_workers = _by_workers(self.sweeps[name], _duels(records))
        if name not in self.shapes or not by_workers or not levels(by_workers).rounds:
            return None
        found = sweep(by_workers, self.rules.error, self.rules.margin)
        return replace(
            found, level_verdict=self.levels[name].verdict, shape_verdict=self.shapes[name].verdict
        )

    def _judge(self, into: dict[str, Judged], name: str, duel: Duel) -> None:
        if not _final(into, name):
            into[name] = self.rules.judged(duel)


def sweeps_of(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The names that differ in their worker count alone, where there are several."""
    groups: dict[str, list[str]] = {}
    for name in names:
        cell = parse_name(name)
        key = f"{cell.case} under {cell.executor}{', cold' if cell.cold else ''}"
        groups.setdefault(key, []).append(name)
    return {key: tuple(members) for key, members in groups.items() if len(members) > 1}


def _duels(records: Mapping[str, Record]) -> dict[str, Duel]:
    return {name: record.duel for name, record in records.items() if not record.failures}


def _by_workers(members: Iterable[str], duels: Mapping[str, Duel]) -> dict[int, Duel]:
    """Nothing for less than two."""
    found = {parse_name(name).workers: duels[name] for name in members if name in duels}
    return found if len(found) > 1 else {}


def _final(judged: Mapping[str, Judged], name: str) -> bool:
    return name in judged and judged[name].final
