"""What one results file found, as data; scripts/report.py spells it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from scripts.analysis.best import Best, at_best, best
from scripts.analysis.failed import Failed, grouped
from scripts.analysis.metg import Metg, metg
from scripts.analysis.scaling import Scaling, refuse_impossible, scaling
from scripts.analysis.table import Results

STOPPED = {
    "max_time": "were not when the time was up",
    "max_rounds": "were not after the most rounds",
    "interrupted": "were not when the run was interrupted",
    "unfinished": "were not yet",
}
MARKS = {
    "steal": "CPU time that the hypervisor gave to others",
    "foreign": "other processes on the CPUs",
    "throttled": "a control group held back",
    "drift": "a clock frequency that changed",
    "ready": "workers waiting for a CPU",
}
EXPECTED_BY_CHANCE = 0.1  # twice the share that samples without any correlation would show


@dataclass(frozen=True)
class CaseSummary:
    """One case: each executor at its own best worker count, fastest first, and who wins."""

    case: str
    rows: tuple[Scaling, ...]
    best: Best


@dataclass(frozen=True)
class Summary:
    """One results file: where it was measured, what each case showed, and what has no number."""

    label: str
    facts: dict[str, str]  # of the machine and the run, in the order they are told
    cases: tuple[CaseSummary, ...]
    metg: tuple[Metg, ...]
    failures: tuple[Failed, ...]
    rounds: int  # the most samples that any cell has
    replication: str  # what a sample is
    coverage: float  # the least of all intervals shown; 0 without any
    unsettled: tuple[str, ...]  # what the precision asked for was not reached for, and why, a sentence each


def summarise(results: Results, file: int = 0) -> Summary:
    """The Summary of one of the loaded files, impossible cells moved to its failures."""
    results = refuse_impossible(results)
    table = results.table[results.table["file"] == file]
    cells = scaling(table)
    cases = [
        CaseSummary(found.cell.case, tuple(at_best(c for c in cells if c.case == found.cell.case)), found)
        for found in best(table)
    ]
    return Summary(
        label=results.labels[file],
        facts=facts(results.contexts[file]),
        cases=tuple(cases),
        metg=tuple(metg(table)),
        failures=tuple(grouped(results.failures[results.failures["file"] == file])),
        rounds=max((cell.real.samples for cell in cells), default=0),
        replication=replication(results.contexts[file]),
        coverage=min((cell.real.coverage for cell in cells), default=0.0),
        unsettled=tuple(unsettled(results.worth[file] if results.worth else {}, results.contexts[file])),
    )


def unsettled(worth: dict[str, dict[str, Any]], context: dict[str, Any]) -> Iterable[str]:
    """What a reader has to know of samples that are not what a run was asked for."""
    yield from _disturbed(worth)
    target = context.get("precision", {}).get("target")
    if not target:
        return
    reasons = Counter(str(cell["stop_reason"]) for cell in worth.values())
    within = f"known to within {100 * target:g} %"
    precise = reasons.pop("precise", 0)
    stopped = [f"{count} {STOPPED.get(reason, reason)}" for reason, count in reasons.items()]
    yield f"{precise} of {len(worth)} cells are {within}" + (f"; {', '.join(stopped)}" if stopped else "")
    followers = sum(bool(cell.get("correlated")) for cell in worth.values())
    if followers > max(1, EXPECTED_BY_CHANCE * len(worth)):
        yield (
            f"in {followers} cells a sample resembles the one before it more than chance would have it: "
            "their intervals are too narrow, since the machine was not steady"
        )


def _disturbed(worth: dict[str, dict[str, Any]]) -> Iterable[str]:
    """How many samples were marked, and of what: `marks` counts them by kind."""
    count = sum(int(cell.get("disturbed", 0)) for cell in worth.values())
    if not count:
        return
    kinds: Counter[str] = Counter()
    for cell in worth.values():
        kinds.update(cell.get("marks", {}))
    told = ", ".join(f"{MARKS.get(kind, kind)} in {times}" for kind, times in kinds.most_common())
    whole = sum(int(cell["samples"]) for cell in worth.values())
    yield f"{count} of {whole} samples were disturbed ({told}; `scripts/fanout doctor` says more)"


def facts(context: dict[str, Any]) -> dict[str, str]:
    """What is needed to trust and repeat the numbers; what the file does not know is left out."""
    command = context.get("command")
    told = {
        "CPU": context.get("cpu_model"),
        "effective CPUs": f"{context['effective_cpus']:g}" if _is_number(context, "effective_cpus") else None,
        "compiler": " ".join(str(context[key]) for key in ("compiler", "flags") if context.get(key)),
        "Python": "; ".join(_python(facts) for facts in context.get("pythons", {}).values()),
        "build": context.get("build_type"),
        "commit": context.get("commit"),
        "rounds": context.get("rounds"),
        "date": context.get("started") or context.get("date"),
        "command": shlex.join(map(str, command)) if isinstance(command, list) else command,
    }
    known = {name: str(value) for name, value in told.items() if value not in (None, "")}
    return {**known, "interrupted": "yes, results are partial"} if context.get("interrupted") else known


def _python(facts: dict[str, Any]) -> str:
    """One interpreter that peers ran with."""
    return f"{facts['implementation']} {facts['version']}, GIL {'on' if facts['gil'] else 'off'}"


def replication(context: dict[str, Any]) -> str:
    """What the samples are: a run's rounds, or what the binary repeated by itself, which varies less than
    processes do."""
    return "rounds, a fresh process each" if "rounds" in context else "repetitions in one process"


def effective_cpus(context: dict[str, Any]) -> float | None:
    """The CPUs that the run could use (affinity and quota, fractional), if the file says so."""
    return float(context["effective_cpus"]) if _is_number(context, "effective_cpus") else None


def _is_number(context: dict[str, Any], key: str) -> bool:
    return isinstance(context.get(key), (int, float)) and context[key] > 0
