"""`fanout duet`, from its arguments to its report and its exit status."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from plots import FORMATS, ratios, save
from scripts.analysis.comparable import same_code
from scripts.analysis.duel import correlations
from scripts.analysis.looks import LOOKS
from scripts.analysis.text import change, listed, printable
from scripts.analysis.verdict import Verdict, because, invalid
from scripts.measuring import files, process
from scripts.measuring.catalogue import Json
from scripts.measuring.duet import sides
from scripts.measuring.duet.judge import Record, Score
from scripts.measuring.duet.play import Play
from scripts.measuring.duet.setup import ERROR, Make, Setup, prepare
from scripts.measuring.interruption import Interruption
from scripts.measuring.progress import status
from scripts.measuring.running.request import differences
from scripts.measuring.schedule import End
from scripts.measuring.subject import begun
from scripts.measuring.usage import UsageError
from scripts.reports import Report, noise, show, verdicts, wording

RESULT = "duet.json"
DIFFERENT = 4  # the exit status where the builds do not compare
_SHOWN = 5  # names in a note


@dataclass(frozen=True)
class Duet:
    """One that has ended, for whatever reason."""

    setup: Setup
    score: Score
    records: Mapping[str, Record]
    end: End
    facts: Json  # how it was measured
    remarks: Sequence[str]

    @property
    def verdicts(self) -> list[Verdict]:
        missing = [
            replace(invalid(self.score.margin, because("missing", why=why)), name=name, samples=(0,))
            for name, why in self.setup.missing.items()
        ]
        return [*self.score.verdicts(self.records, self.end), *missing]

    @property
    def report(self) -> Report:
        title = f"Duet of {self.setup.base.label} and {self.setup.new.label}"
        score, notes = self.score, list(self._notes())
        return verdicts.report(title, self.verdicts, score.margin, score.error, notes, self.facts)

    def _notes(self) -> Iterator[str]:
        setup = self.setup
        if same := sides.alike(setup.base, setup.new):
            yield f"A/A: both sides are {same}: what differs is this machine, or --set-new."
        elif found := same_code(*setup.contexts):
            yield wording.same_code(found, setup.contexts[0])
        for text in setup.new_settings:
            yield f"NEW alone has --set={text}."
        for name in self.score.sweeps:
            if efficiency := self.score.efficiency(name, self.records):
                workers, base, new = efficiency
                ratio = self.score.levels[name].ratio
                level = change(ratio.estimate) if ratio else "unknown"
                shape = f"efficiency at {workers} workers {100 * base:.0f} % -> {100 * new:.0f} %"
                yield f"{name}: level {level}, shape: {shape}."
        if follow := correlations([record.duel for record in self.records.values()]):
            yield wording.correlated(follow)
        yield from left_out(self.records)
        if extra := setup.extra:
            more = f" and {len(extra) - _SHOWN} more" if len(extra) > _SHOWN else ""
            yield f"Only NEW has {', '.join(extra[:_SHOWN])}{more}."
        yield from (f"The builds differ: {wording.difference(one)}." for one in setup.differing)
        yield from self.remarks

    def document(self, report: Report) -> Json:
        """The report and every sample that it rests on: seconds a batch by cell, arm and round."""
        failed = {name: record.failures for name, record in self.records.items() if record.failures}
        samples = {name: record.times for name, record in self.records.items()}
        return {**report.data(), "end": self.end, "samples": samples, "failures": failed}


def left_out(records: Mapping[str, Record]) -> Iterator[str]:
    """A sentence about each cell that compares nothing, though NEW is not the cause."""
    for name, record in records.items():
        if record.failures and not record.fails_in_new:
            sides = sorted({"NEW" if arm == "new" else "BASE" for arm in record.failures})
            failure = next(iter(record.failures.values()))
            yield f"{name} is left out; it fails in {listed(sides)}: {failure['kind']}: {failure['reason']}"


def run(arguments: argparse.Namespace, make: Make, argv: Sequence[str]) -> int:
    """Raises UsageError, and KeyboardInterrupt where there is nothing to keep."""
    process.adopt_orphans()
    with Interruption() as interruption:
        setup = _prepared(arguments, make, interruption.wake)
        if setup is None:
            return DIFFERENT
        if arguments.dry_run:
            return 0
        started = datetime.now(timezone.utc)
        with files.fresh_directory(arguments.output, files.HOME, started, "duet-", RESULT) as folder:
            wake = interruption.wake
            with begun(setup.subjects, setup.plan, setup.seed, interruption) as (shared, why):
                facts = _facts(setup, argv, started.isoformat(timespec="seconds")) | {"shared": shared}
                header = {"journal": 1, "of": "duet", "argv": list(argv), **facts, **setup.identity}
                with files.create_journal(folder / files.SAMPLES, header) as kept:
                    duet = _measured(setup, arguments.margin, facts, [], kept.append, wake)
    return _ended(
        replace(duet, remarks=[*duet.remarks, f"{why}."]) if why else duet, folder, arguments.format
    )


def resume(arguments: argparse.Namespace, make: Make, folder: Path) -> int:
    """Goes on with the duet in a directory, with the same builds. Raises UsageError."""
    path = folder / files.SAMPLES
    process.adopt_orphans()
    kept, (header, *records), whole, torn = files.reopen_journal(path)
    with kept, Interruption() as interruption:
        setup = _prepared(arguments, make, interruption.wake)
        if setup is None:
            return DIFFERENT
        if changed := differences(header, setup.identity):
            raise UsageError(f"--resume={folder}: it is not the same duet: {'; '.join(changed)}")
        facts = _facts(setup, files.texts(header, "argv", path), str(header.get("started")))
        facts["shared"] = files.texts(header, "shared", path)

        def keep(record: Json) -> None:
            nonlocal torn
            if torn:
                kept.cut(whole)
            torn = 0
            kept.append(record)

        print(f"going on after {len(records)} samples", file=sys.stderr)
        files.lead_to(folder)
        with begun(setup.subjects, setup.plan, setup.seed, interruption, facts["shared"]):
            duet = _measured(setup, arguments.margin, facts, records, keep, interruption.wake)
    return _ended(duet, folder, arguments.format)


def _prepared(arguments: argparse.Namespace, make: Make, wake: int) -> Setup | None:
    """The setup, announced; None where the builds do not compare."""
    with status() as say:
        setup = prepare(arguments, make, wake, say)
    print(*setup.announced(), sep="\n", file=sys.stdout if arguments.dry_run else sys.stderr)
    if not setup.differing or arguments.cross_machine:
        return setup
    differing = printable("; ".join(map(wording.difference, setup.differing)))
    print(f"fanout duet: different builds (--cross-machine compares them): {differing}", file=sys.stderr)
    return None


def _measured(
    setup: Setup,
    margin: float,
    facts: Json,
    recorded: Sequence[Json],
    keep: Callable[[Json], None],
    wake: int,
) -> Duet:
    """Measures what is not recorded yet. Raises KeyboardInterrupt where that is cut off before the first
    sample."""
    clock = process.clock()
    score = Score(margin, ERROR, setup.comparisons, setup.sweeps)
    with status() as say:
        quoted = noise.quote(files.HOME / noise.FILE, setup.contexts[1])
        play = Play(setup.runner(facts["shared"], wake), score, clock + setup.max_time, keep, say, recorded)
        end = play.run()
    if end == "interrupted" and not any(record.touched for record in play.records.values()):
        raise KeyboardInterrupt
    facts = facts | {"wall_seconds": round(process.clock() - clock, 1)}
    return Duet(setup, score, play.records, end, facts, [quoted])


def _ended(duet: Duet, folder: Path, form: str) -> int:
    """Writes and shows what was found; the exit status."""
    report = duet.report
    files.write(folder / RESULT, duet.document(report))
    found = show(report, form)
    for path in (folder / RESULT, *drawn(report.title, duet.verdicts, duet.score.margin, folder)):
        print(printable(str(path)), file=sys.stderr)
    if duet.end != "decided":
        print(f"go on with: scripts/fanout duet --resume={shlex.quote(str(folder))}", file=sys.stderr)
    return 130 if duet.end == "interrupted" else found


def _facts(setup: Setup, argv: Sequence[str], started: str) -> Json:
    sides = {"base": setup.base, "new": setup.new}
    return {
        "command": ["scripts/fanout", "duet", *argv],
        "started": started,
        "seed": setup.seed,
        "looks": list(LOOKS),
        "comparisons": setup.comparisons,
        "sides": {
            arm: {"asked": side.asked, "commit": side.commit, "sha256": side.digest(), "context": context}
            for (arm, side), context in zip(sides.items(), setup.contexts)
        },
    }


def drawn(
    title: str, judged: Sequence[Verdict], margin: float, folder: Path, formats: Sequence[str] = FORMATS
) -> list[Path]:
    """The chart of the ratios, in the order of the table."""
    if not judged:
        return []
    subtitle = (
        f"Interleaved by round. Lines: intervals that hold all true ratios together with {1 - ERROR:.0%}."
    )
    paths = [folder / f"ratios.{suffix}" for suffix in formats]
    for path in paths:
        save(ratios.chart(title, subtitle, judged, margin, wording.reasons), path)
    return paths
