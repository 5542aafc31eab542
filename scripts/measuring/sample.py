"""One fresh process of a Google Benchmark binary, and its results."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from scripts.analysis.interval import process_time
from scripts.analysis.text import SECONDS
from scripts.machine import leftovers, probes
from scripts.measuring import process
from scripts.measuring.catalogue import Json
from scripts.measuring.dialect import OURS, Dialect, require
from scripts.measuring.process import misplaced

_HEADER = (
    "***WARNING***",
    "Load Average:",
    "L1 ",
    "L2 ",
    "L3 ",
    "CPU Caches:",
    "Run on (",
)  # a last line of it

REFUSED = {
    errno.EAGAIN: "threads",
    errno.ENOMEM: "memory",
}  # the kind of failure where a process cannot be had
_OUT = "--benchmark_out="
_NO_PIPE = "cannot write"  # says a binary of an older commit, which puts a file into its place by its name
_WITHOUT_PIPES: set[str] = set()
_LAST_WORDS = ("std::bad_alloc", "MemoryError")
_NO_MEMORY = "the kernel killed for want of memory: lower the size, or raise the cgroup's memory limit"


@dataclass(frozen=True)
class Outcome:
    """The document of one process, or the kind of failure, its cause and its reason.

    Kinds: crash, timeout, interrupted, memory, threads, placement. Cells that the process itself reports as
    failed are in the document's failures.

    `disturbance` is what the machine did meanwhile, as scripts/machine/probes.py has it.
    """

    document: Json = field(default_factory=dict)
    kind: str = ""
    reason: str = ""
    cause: Json = field(default_factory=dict)  # {"signal": 9}, {"status": 3}, {"errno": 11}
    disturbance: Json = field(default_factory=dict)

    @property
    def context(self) -> Json:
        return dict(self.document.get("context", {}))

    @property
    def failures(self) -> list[Json]:
        return list(self.document.get("failures", []))

    @property
    def evidence(self) -> list[Json]:
        return list(self.document.get("evidence", []))

    def entries(self, name: str | None = None) -> list[Json]:
        """The repetitions (not the aggregates) of the benchmark of that name, or of all."""
        return [
            entry
            for entry in self.document.get("benchmarks", [])
            if entry.get("run_type", "iteration") == "iteration"
            and not entry.get("error_occurred")
            and name in (None, entry["name"])
        ]

    def failure_of(self, name: str) -> Json | None:
        """Why the cell has no number: its name, the kind and the reason; None where it has one."""
        if self.kind:
            return {"name": name, "kind": self.kind, "cause": self.cause, "reason": self.reason}
        for failure in self.failures:
            if failure["name"] == name:
                return dict(failure)
        if not self.entries(name):
            reason = "the process ended well, without a result for this cell"
            return {"name": name, "kind": "crash", "cause": {}, "reason": reason}
        return None

    def time_of(self, name: str) -> float:
        """Seconds a batch of the cell."""
        return process_time(seconds(self.entries(name)))


def seconds(entries: Iterable[Json]) -> list[float]:
    """A batch in each repetition."""
    return [float(entry["real_time"]) * SECONDS[entry["time_unit"]] for entry in entries]


def run_benchmark(
    binary: Path,
    arguments: Sequence[str],
    limit: float,
    padding: int = 0,
    wake: int | None = None,
    cpus: Sequence[int] | None = None,
    variables: Mapping[str, str] = {},
    dialect: Dialect = OURS,
) -> Outcome:
    """Runs any Google Benchmark binary for at most `limit` seconds, on `cpus` if given, with these
    `variables` in its environment, and reads what disturbed it.

    `padding` bytes are added to its environment: where the stack begins moves results by some percent, so a
    fixed place would be a bias that no number of samples averages out (Mytkowicz et al., ASPLOS 2009).
    """
    before = probes.read()
    outcome = _run(
        [str(binary), *arguments], limit, {**variables, "FANOUT_PADDING": "x" * padding}, wake, cpus, dialect
    )
    after = probes.read()
    if probes.starved(before, after):
        outcome = of_starved(outcome)
    told = dialect.says_where and cpus is not None and not outcome.kind
    if told and (wrong := misplaced(cpus or (), outcome.context)):
        outcome = Outcome(kind="placement", reason=wrong)
    return replace(outcome, disturbance=probes.disturbance(before, after, outcome.document))


def _run(
    command: Sequence[str],
    limit: float,
    variables: Mapping[str, str],
    wake: int | None,
    cpus: Sequence[int] | None,
    dialect: Dialect,
) -> Outcome:
    environment = {**os.environ, **variables}
    format = "--benchmark_out_format=json"
    try:
        if command[0] not in _WITHOUT_PIPES:
            ended = process.run([*command, _OUT, format], environment, limit, wake, cpus, _OUT)
            text = ended.results
            if not text and _NO_PIPE in ended.last_line:
                _WITHOUT_PIPES.add(command[0])
        if command[0] in _WITHOUT_PIPES:
            with leftovers.temporary_directory() as directory:
                out = Path(directory, "out.json")
                ended = process.run([*command, f"{_OUT}{out}", format], environment, limit, wake, cpus)
                text = out.read_text(errors="replace") if out.exists() else ""
    except OSError as error:
        kind = REFUSED.get(error.errno or 0, "crash")
        return Outcome(kind=kind, reason=f"cannot be started: {error.strerror}", cause={"errno": error.errno})
    if ended.how == "interrupted":
        return Outcome(kind="interrupted", reason="interrupted")
    if ended.how == "timeout":
        return Outcome(kind="timeout", reason=f"did not end within {limit:g} s" + _last_line(ended))
    return _outcome(ended, text, dialect)


def of_starved(outcome: Outcome) -> Outcome:
    """The kernel killed for want of memory: that is why the process, or a worker of it, was killed."""
    if outcome.kind == "crash" and outcome.cause.get("signal") == signal.SIGKILL:
        return replace(outcome, kind="memory", reason=f"{outcome.reason}; {_NO_MEMORY}")
    failures = [
        {**failure, "kind": "memory", "reason": f"{failure['reason']}; {_NO_MEMORY}"}
        if failure.get("cause", {}).get("signal") == signal.SIGKILL
        else failure
        for failure in outcome.failures
    ]
    return replace(outcome, document={**outcome.document, "failures": failures}) if failures else outcome


def _outcome(ended: process.Ended, text: str, dialect: Dialect = OURS) -> Outcome:
    """A process that ended by itself."""
    kind = "memory" if ended.last_line.endswith(_LAST_WORDS) else "crash"
    last = _last_line(ended)
    if ended.status < 0:
        number = -ended.status
        return Outcome(kind=kind, reason=f"killed by {signal_name(number)}{last}", cause={"signal": number})
    cause = {"status": ended.status}
    if not text or ended.status > dialect.highest_status:
        results = "" if text else " and no results"
        return Outcome(kind=kind, reason=f"exit status {ended.status}{results}{last}", cause=cause)
    try:
        document = dialect.read(text)
        require(Outcome(document).entries(), document)
    except (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        reason = f"torn JSON ({error}), exit status {ended.status}{last}"
        return Outcome(kind="crash", reason=reason, cause=cause)
    return Outcome(document)


def _last_line(ended: process.Ended) -> str:
    """Of standard error, unless it is only Google Benchmark's header."""
    shown = ended.last_line and not ended.last_line.startswith(_HEADER)
    return f": {ended.last_line}" if shown else ""


def signal_name(number: int) -> str:
    """As people know it: SIGSEGV."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
