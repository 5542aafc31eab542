"""What a duet has found, when it ends for whatever reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from scripts.analysis.text import listed
from scripts.analysis.verdict import Verdict, invalid
from scripts.measuring.duet.judging import STEP, Judged, Score
from scripts.measuring.duet.playing import End
from scripts.measuring.duet.record import Record


@dataclass(frozen=True)
class Finding:
    """One verdict, of a cell or of a sweep's level or shape, and the rounds that it rests on."""

    name: str
    verdict: Verdict
    rounds: int
    words: str = ""  # what a sweep's two verdicts are about


def cells(records: Mapping[str, Record], score: Score, end: End) -> Iterator[Finding]:
    """Those that have a verdict. One that fails in NEW alone has: invalid."""
    for name, record in records.items():
        if fails_in_new(record):
            reason = f"fails in NEW: {record.failures['new']}"
            yield Finding(name, invalid(score.rules.margin, reason), record.rounds)
        elif not record.failures:
            yield _finding(name, score.cells.get(name), score, end)


def sweeps(records: Mapping[str, Record], score: Score, end: End) -> Iterator[Finding]:
    """Level and shape of each sweep that has two cells left."""
    for name in score.sweeps:
        if found := score.sweep(name, records):
            yield _finding(f"{name}: level", score.levels.get(name), score, end, found.words)
            yield _finding(f"{name}: shape", score.shapes.get(name), score, end, found.words)


def left_out(records: Mapping[str, Record]) -> Iterator[str]:
    """A sentence about each cell that compares nothing, though NEW is not to blame."""
    for name, record in records.items():
        if record.failures and not fails_in_new(record):
            sides = sorted({"NEW" if arm == "new" else "BASE" for arm in record.failures})
            reason = next(iter(record.failures.values()))
            yield f"{name} is left out; it fails in {listed(sides)}: {reason}"


def fails_in_new(record: Record) -> bool:
    """In NEW alone; BASE has been tried as well, before the end of a duet could come between."""
    return set(record.failures) == {"new"} and bool(record.times["base"] or record.times["control"])


def _finding(name: str, judged: Judged | None, score: Score, end: End, words: str = "") -> Finding:
    if judged is None:
        verdict = Verdict("inconclusive", None, score.rules.margin, reason=f"fewer than {STEP} rounds")
        judged = Judged(verdict, 0, False)
    verdict = judged.verdict
    if not judged.final:
        verdict = replace(verdict, reason=f"{_ENDS[end]}: {verdict.reason}")
    return Finding(name, verdict, judged.rounds, words)


_ENDS: dict[End, str] = {"time": "time is up", "interrupted": "interrupted", "decided": "undecided"}
