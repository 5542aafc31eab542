"""When a cell, and a sweep of worker counts, is decided: the very rules that replay a recorded duet, applied as it goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from scripts.analysis.duel import ARMS, Duel, decide, first_look
from scripts.analysis.looks import LOOKS
from scripts.analysis.shape import efficiencies, levels, shapes
from scripts.analysis.verdict import Verdict, because, invalid
from scripts.measuring.catalogue import Cell, Json
from scripts.measuring.schedule import End

Sweep = Mapping[str, int]  # the worker counts of cells that differ in them alone, by name


@dataclass
class Record:
    """One cell so far: seconds a batch by round of each arm; the first failure of each arm."""

    times: dict[str, dict[int, float]] = field(default_factory=lambda: {arm: {} for arm in ARMS})
    failures: dict[str, Json] = field(default_factory=dict)  # as in results.json

    @property
    def rounds(self) -> int:
        """Those that all arms have."""
        return min(map(len, self.times.values()))

    @property
    def touched(self) -> bool:
        """Whether there is any sample of it."""
        return bool(self.failures) or any(self.times.values())

    @property
    def duel(self) -> Duel:
        return Duel(*(self.times[arm] for arm in ARMS))

    @property
    def fails_in_new(self) -> bool:
        """In NEW alone; BASE has been tried as well, before the end of a duet could come between."""
        return set(self.failures) == {"new"} and bool(self.times["base"] or self.times["control"])


@dataclass
class Score:
    """What is decided so far. `error` is the probability of a single false alarm among all `comparisons`. Once final, a verdict stays: rounds that a cell takes for its sweep do not touch it.

    A sweep has the cells of one case and contender at two worker counts or more, and needs the same rounds of all: so
    they go on together until it is decided too.
    """

    margin: float
    error: float
    comparisons: int
    sweeps: Mapping[str, Sweep]
    cells: dict[str, Verdict] = field(default_factory=dict)
    levels: dict[str, Verdict] = field(default_factory=dict)
    shapes: dict[str, Verdict] = field(default_factory=dict)

    def update(self, records: Mapping[str, Record]) -> None:
        """Judges what is not decided yet; cells with a failure are skipped."""
        for name, record in records.items():
            if not record.failures:
                self._judge(self.cells, name, name, record.duel)
        for name in self.sweeps:
            if by_workers := self.by_workers(name, records):
                self._judge(self.levels, name, f"{name}: level", levels(by_workers))
                self._judge(self.shapes, name, f"{name}: shape", shapes(by_workers))

    def _judge(self, into: dict[str, Verdict], key: str, name: str, duel: Duel) -> None:
        if not _final(into, key):
            into[key] = self.judged(name, duel)

    def judged(self, name: str, duel: Duel) -> Verdict:
        """Final where it is decided, or after the last look, where nothing is left to be confirmed."""
        verdict = decide(duel, self.comparisons, self.margin, self.error)
        confirming = any(reason.code == "confirming" for reason in verdict.reasons)
        over = len(duel.rounds) >= LOOKS[-1] and not confirming
        return replace(verdict, name=name, final=verdict.state != "inconclusive" or over)

    def undecided(self, records: Mapping[str, Record]) -> list[str]:
        """The cells that need more rounds, their own or their sweep's."""
        whole = [name for name, record in records.items() if not record.failures]
        wanted = {name for name in whole if not _final(self.cells, name)}
        for name, members in self.sweeps.items():
            left = [member for member in members if member in whole]
            if len(left) > 1 and not (_final(self.levels, name) and _final(self.shapes, name)):
                wanted.update(left)
        return [name for name in whole if name in wanted]

    def by_workers(self, name: str, records: Mapping[str, Record]) -> dict[int, Duel]:
        """The duels of a sweep's cells; empty where it has less than two left."""
        members = self.sweeps[name].items()
        found = {workers: records[cell].duel for cell, workers in members if not records[cell].failures}
        return found if len(found) > 1 else {}

    def verdicts(self, records: Mapping[str, Record], end: End) -> Iterator[Verdict]:
        """Of all cells but those that fail in BASE, and of sweeps with two cells left, when a duet ends."""
        for name, record in records.items():
            if record.fails_in_new:
                failure = record.failures["new"]
                why = because("fails_in_new", why=f"{failure['kind']}: {failure['reason']}")
                yield replace(invalid(self.margin, why), name=name, samples=(record.rounds,))
            elif not record.failures:
                yield self._ended(self.cells.get(name), name, end)
        for name in self.sweeps:
            if name in self.shapes and self.by_workers(name, records):
                yield self._ended(self.levels[name], name, end)
                yield self._ended(self.shapes[name], name, end)

    def _ended(self, verdict: Verdict | None, name: str, end: End) -> Verdict:
        if verdict is None:
            few = because("few_rounds", rounds=first_look(self.comparisons, self.error))
            verdict = Verdict("inconclusive", None, self.margin, None, None, (few,), name, (0,), False)
        return verdict if verdict.final else replace(verdict, reasons=(because(end), *verdict.reasons))

    def efficiency(self, name: str, records: Mapping[str, Record]) -> tuple[int, float, float] | None:
        """Of a sweep, its most workers, and the efficiency of BASE and of NEW with them; None without a common round."""
        by_workers = self.by_workers(name, records)
        if name not in self.shapes or not by_workers or not levels(by_workers).rounds:
            return None
        base, new = efficiencies(by_workers)
        return max(base), base[max(base)], new[max(base)]


def sweeps_of(cells: Iterable[Cell]) -> dict[str, Sweep]:
    """The cells that differ in their worker count alone, where there are several."""
    groups: dict[str, dict[str, int]] = {}
    for cell in cells:
        key = f"{cell.case} under {cell.contender}{', cold' if cell.lifecycle == 'cold' else ''}"
        groups.setdefault(key, {})[cell.name] = cell.workers
    return {key: members for key, members in groups.items() if len(members) > 1}


def _final(judged: Mapping[str, Verdict], name: str) -> bool:
    return name in judged and judged[name].final
