"""A duet's report and its document: what is printed, and what is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scripts.analysis.comparable import same_code
from scripts.analysis.verdict import invalid
from scripts.measuring.duet import sides
from scripts.measuring.duet.findings import Finding, cells, left_out, sweeps
from scripts.measuring.duet.judging import Score
from scripts.measuring.duet.playing import End
from scripts.measuring.duet.record import Record
from scripts.measuring.duet.setting import Setting
from scripts.measuring.sample import Json
from scripts.reports.verdicts import Report, Row, as_json

_SHOWN = 5  # names in a note


@dataclass(frozen=True)
class Duet:
    """One that has ended, for whatever reason, or is under way."""

    setting: Setting
    score: Score
    records: Mapping[str, Record]
    end: End
    facts: Json  # what is known of how it was measured
    remarks: tuple[str, ...]  # what else there is to be said

    @property
    def report(self) -> Report:
        rules = self.score.rules
        findings = [
            *cells(self.records, self.score, self.end),
            *sweeps(self.records, self.score, self.end),
        ]
        missing = [
            Row(name, invalid(rules.margin, f"missing in NEW: {reason}"))
            for name, reason in self.setting.card.missing.items()
        ]
        title = f"Duet of {self.setting.base.label} and {self.setting.new.label}"
        rows = [*map(_row, findings), *missing]
        return Report(title, rows, rules.margin, rules.error, tuple(self._notes()), self.facts)

    def _notes(self) -> Iterator[str]:
        if same := sides.alike(self.setting.base, self.setting.new):
            yield f"A/A: both sides are {same}: what differs is this machine, or --set-new."
        elif same := same_code(*self.setting.contexts):
            yield same
        for text in self.setting.new_settings:
            yield f"NEW alone has --set={text}."
        for name in self.score.sweeps:
            if found := self.score.sweep(name, self.records):
                yield f"{name}: {found.words}."
        yield from left_out(self.records)
        if extra := self.setting.card.extra:
            more = f" and {len(extra) - _SHOWN} more" if len(extra) > _SHOWN else ""
            yield f"Only NEW has {', '.join(extra[:_SHOWN])}{more}."
        yield from (f"The builds differ: {text}." for text in self.setting.differing)
        yield from self.remarks

    def document(self) -> Json:
        """The report and every sample that it rests on: seconds a batch by cell, arm and round."""
        return as_json(self.report) | {
            "end": self.end,
            "samples": {name: record.times for name, record in self.records.items()},
            "failures": {
                name: {arm: vars(failure) for arm, failure in record.failures.items()}
                for name, record in self.records.items()
                if record.failures
            },
        }


def _row(finding: Finding) -> Row:
    return Row(finding.name, finding.verdict, {"rounds": str(finding.rounds)})
