"""What has been measured, and the one results.json that it makes, which Google Benchmark's compare.py
reads."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.analysis.interval import median_interval, process_time
from scripts.analysis.scaling import at_once, impossible
from scripts.analysis.scatter import lag1, scatter
from scripts.analysis.table import SERIAL, roles
from scripts.analysis.text import SCHEMA
from scripts.machine.probes import marked
from scripts.measuring.catalogue import Cell, Json
from scripts.measuring.dialect import require_entries, require_failure
from scripts.measuring.sample import Outcome, seconds
from scripts.measuring.schedule import Turn

_MEDIANS = ("real_time", "cpu_time")


@dataclass(frozen=True)
class Sample:
    """One process: its repetitions, or else why it has none."""

    turn: Turn
    repetitions: list[Json] = field(default_factory=list)
    failure: Json | None = None
    context: Json = field(default_factory=dict)  # what no process before it had
    disturbance: Json = field(default_factory=dict)  # as scripts/machine/probes.py has it
    evidence: list[Json] = field(default_factory=list)  # what observers saw, of a cell's first process

    @property
    def time(self) -> float:
        """Seconds a batch."""
        return process_time(seconds(self.repetitions))

    def record(self) -> Json:
        """As the journal keeps it."""
        known = {key: value for key, value in vars(self).items() if key != "turn" and value}
        return self.turn.record() | known

    @classmethod
    def of_record(cls, record: Json, cells: Mapping[str, Cell]) -> Sample:
        """Raises ArithmeticError, AttributeError, KeyError, TypeError or ValueError on what is no record
        of these cells."""
        given = dict(record)
        cell, arm = cells[given.pop("cell")], given.pop("arm")
        turn = Turn(cell, arm, *(given.pop(key) for key in ("round", "order", "padding")))
        sample = cls(turn, **given)
        kinds: dict[type, tuple[Any, ...]] = {
            str: (arm,),
            int: (turn.round, turn.order, turn.padding),
            dict: (sample.context, sample.disturbance, *sample.evidence),
            list: (sample.repetitions, sample.evidence),
        }
        for kind, values in kinds.items():
            if wrong := [value for value in values if type(value) is not kind]:
                raise TypeError(f"{wrong[0]!r:.40} is no {kind.__name__}")
        if arm or not 0 <= sample.disturbance.get("seconds", 0) < math.inf:
            raise ValueError("another arm, or a time below 0")
        marked(sample.disturbance)
        found = [sample.failure] if sample.failure else sample.repetitions
        require_failure(found[0]) if sample.failure else require_entries(found)
        if {one["name"] for one in found} != {cell.name}:
            raise ValueError("without a result, or with that of another cell")
        return sample


@dataclass
class Measured:
    """What has been measured so far; complete in itself at any moment. Maps are by cell name."""

    samples: dict[str, list[Sample]] = field(default_factory=dict)
    failures: dict[str, Json] = field(default_factory=dict)
    evidence: dict[str, list[Json]] = field(default_factory=dict)
    context: Json = field(default_factory=dict)  # of the first process with one, and what others add to it
    done: set[tuple[str, int]] = field(default_factory=set)  # cells and rounds
    last: int = -1  # round of which there is a sample
    units: dict[Path, str] = field(default_factory=dict)  # of time, by program, in the journal

    def sample(self, turn: Turn, outcome: Outcome) -> Sample:
        """The sample that an outcome is; of its context and evidence only what is not known yet."""
        name = turn.cell.name
        fresh = outcome.context if joined(self.context, outcome.context) != self.context else {}
        failure = outcome.failure_of(name)
        evidence = [] if name in self.evidence else outcome.evidence
        entries = [] if failure else outcome.entries(name)
        return Sample(turn, entries, failure, fresh, outcome.disturbance, evidence)

    def take(self, sample: Sample) -> None:
        name = sample.turn.cell.name
        self.done.add((name, sample.turn.round))
        self.last = max(self.last, sample.turn.round)
        self.context = joined(self.context, sample.context)
        if sample.evidence:
            self.evidence[name] = sample.evidence
        if sample.failure:
            self.failures[name] = sample.failure
        else:
            self.samples.setdefault(name, []).append(sample)

    @property
    def inside_clock(self) -> float:
        """Seconds that were timed."""
        kept = [entry for samples in self.samples.values() for each in samples for entry in each.repetitions]
        return sum(map(math.prod, zip(seconds(kept), (entry.get("iterations", 0) for entry in kept))))

    def require_next(self, sample: Sample) -> None:
        """Raises ValueError on one that cannot follow what has been measured: rounds come one after the
        other, and a program has one unit of time."""
        turn, last = sample.turn, self.last
        if (turn.cell.name, turn.round) in self.done:
            raise ValueError("a sample that there is already")
        if not max(last, 0) <= turn.round <= last + 1:
            raise ValueError(f"round {turn.round} after round {last}")
        for unit in (entry["time_unit"] for entry in sample.repetitions):
            if (known := self.units.setdefault(turn.cell.program, unit)) != unit:
                raise ValueError(f"times in {unit}, earlier ones in {known}")

    def by_round(self, name: str) -> dict[int, float]:
        """The times of a cell; empty where it failed."""
        samples = [] if name in self.failures else self.samples.get(name, [])
        return {sample.turn.round: sample.time for sample in samples}

    def times(self, name: str, before: int | None = None) -> list[float]:
        """Of a cell, in the order of the rounds: of all, or of those before one."""
        samples = self.samples.get(name, [])
        return [sample.time for sample in samples if before is None or sample.turn.round < before]


def joined(first: Json, other: Json) -> Json:
    """What both contexts know, and so for the objects in them; where they differ, the first is right.

    Processes of another program know other executors, and another runtime's environment.
    """
    objects = {key for key in first.keys() & other.keys() if isinstance(first[key], dict)}
    return other | first | {key: other[key] | first[key] for key in objects}


def document(measured: Measured, cells: Sequence[Cell], reasons: Mapping[str, str], context: Json) -> Json:
    """The results of a run: the samples of a cell side by side, cells in the order of the plan, and
    statistics of them.

    `context` is added to the first process's own. A cell that failed, in whatever round, or that is
    impossible has no samples here. `reasons` are the stop_reasons of the cells.
    """
    benchmarks = []
    entries = []
    failures = too_fast(measured, cells) | measured.failures
    for index, cell in enumerate(cells):
        samples = [] if cell.name in failures else measured.samples.get(cell.name, [])
        found = statistics(samples, reasons[cell.name]) if samples else {}
        entries.append(cell.entry | {"name": cell.name} | found)
        for number, sample in enumerate(samples):
            place = {
                "run_type": "iteration",
                "family_index": index,
                "per_family_instance_index": 0,
                "repetitions": len(samples),
                "repetition_index": number,
                "round": sample.turn.round,
                "order": sample.turn.order,
            }
            benchmarks.append(one_sample(sample.repetitions) | place)
    names = [cell.name for cell in cells]
    return {
        "schema": SCHEMA,
        "context": measured.context | context,
        "benchmarks": benchmarks,
        "cells": entries,
        "failures": [failures[name] for name in names if name in failures],
        "evidence": [entry for name in names for entry in measured.evidence.get(name, ())],
    }


def too_fast(measured: Measured, cells: Sequence[Cell]) -> dict[str, Json]:
    """The failures of the warm cells that are faster than the serial loop of their case lets them be."""
    found = {}
    warm = [cell for cell in cells if cell.lifecycle == "warm"]
    loops = [cell for cell in warm if cell.baseline and cell.entry.get("family", SERIAL) == SERIAL]
    serial = {cell.case: measured.by_round(cell.name) for cell in loops}
    for cell in warm:
        known = roles(cell.entry)
        base, mine = serial.get(cell.case, {}), measured.by_round(cell.name)
        if ratios := [known["work"] * base[number] / time for number, time in mine.items() if number in base]:
            tasks = float(measured.samples[cell.name][0].repetitions[0].get("tasks", cell.workers))
            limit = at_once(cell.workers, known["in_flight"], tasks)
            if reason := impossible(median_interval(ratios), limit):
                found[cell.name] = {"name": cell.name, "kind": "impossible", "cause": {}, "reason": reason}
    return found


def one_sample(repetitions: Sequence[Json]) -> Json:
    """One process's entry: the medians of its times; all else from the repetition whose real time is the
    (lower) median."""
    ordered = sorted(repetitions, key=lambda entry: float(entry["real_time"]))
    middle = ordered[(len(ordered) - 1) // 2]
    return middle | {key: process_time(float(entry[key]) for entry in repetitions) for key in _MEDIANS}


def statistics(samples: Sequence[Sample], stop_reason: str) -> Json:
    """Of a cell's samples. Times are in seconds; what so few cannot show is left out."""
    times = [sample.time for sample in samples]
    interval = median_interval(times)
    apart = scatter([seconds(sample.repetitions) for sample in samples])
    disturbed = [marked(sample.disturbance) for sample in samples]
    found = {
        "samples": len(times),
        "median": interval.median,
        "low": interval.low,
        "high": interval.high,
        "coverage": interval.coverage,
        "scatter_between": apart.between,
        "scatter_within": apart.within,
        "lag1": lag1(times),
        "stop_reason": stop_reason,
        "disturbed": sum(map(bool, disturbed)),
        "marks": Counter(kind for each in disturbed for kind in each),
    }
    return {key: value for key, value in found.items() if value is not None}
