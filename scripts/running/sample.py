"""One fresh process of a Google Benchmark binary, and what it said."""

from __future__ import annotations

import errno
import json
import math
import os
import signal
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from scripts.analysis.table import SECONDS
from scripts.running import placement, probes, process

Json = dict[str, Any]

_HEADER = (
    "***WARNING***",
    "Load Average:",
    "L1 ",
    "L2 ",
    "L3 ",
    "CPU Caches:",
    "Run on (",
)  # a last line of it

_REFUSED = {
    errno.EAGAIN: "threads",
    errno.ENOMEM: "memory",
}  # the kind of failure where a process cannot be had
_LAST_WORDS = ("std::bad_alloc", "MemoryError")
_KILLED = "killed by SIGKILL"
_NO_MEMORY = "the kernel killed for want of memory: lower the size, or raise the cgroup's memory limit"


@dataclass(frozen=True)
class Outcome:
    """The document of one process, or the kind of failure and its reason.

    Kinds: crash, timeout, interrupted, memory, threads, placement. Cells that failed by their process's own word are in
    the document's failures.

    `disturbance` is what the machine did meanwhile, as scripts/running/probes.py has it.
    """

    document: Json = field(default_factory=dict)
    kind: str = ""
    reason: str = ""
    disturbance: Json = field(default_factory=dict)

    @property
    def context(self) -> Json:
        return dict(self.document.get("context", {}))

    @property
    def failures(self) -> list[Json]:
        return list(self.document.get("failures", []))

    def entries(self, name: str | None = None) -> list[Json]:
        """The repetitions (not the aggregates) of the benchmark of that name, or of all."""
        return [
            entry
            for entry in self.document.get("benchmarks", [])
            if entry.get("run_type", "iteration") == "iteration"
            and not entry.get("error_occurred")
            and name in (None, entry["name"])
        ]


def run_benchmark(
    binary: Path,
    arguments: Sequence[str],
    limit: float,
    padding: int = 0,
    wake: int | None = None,
    cpus: Sequence[int] | None = None,
) -> Outcome:
    """Runs any Google Benchmark binary for at most `limit` seconds, on `cpus` if given, and reads what disturbed it.

    `padding` bytes are added to its environment: where the stack begins moves results by some percent, so a
    fixed place would be a bias that no number of samples averages out (Mytkowicz et al., ASPLOS 2009).
    """
    before = probes.read()
    outcome = _run([str(binary), *arguments], limit, padding, wake, cpus)
    after = probes.read()
    if probes.starved(before, after):
        outcome = _of_starved(outcome)
    if cpus is not None and not outcome.kind and (wrong := placement.wrong(cpus, outcome.context)):
        outcome = Outcome(kind="placement", reason=wrong)
    return replace(outcome, disturbance=probes.disturbance(before, after, outcome.document))


def _run(
    command: Sequence[str], limit: float, padding: int, wake: int | None, cpus: Sequence[int] | None
) -> Outcome:
    environment = {**os.environ, "FANOUT_PADDING": "x" * padding}
    with tempfile.TemporaryDirectory(prefix="fanout-") as directory:
        out = Path(directory, "out.json")
        results = [f"--benchmark_out={out}", "--benchmark_out_format=json"]
        try:
            ended = process.run([*command, *results], environment, limit, wake, cpus)
        except OSError as error:
            return Outcome(
                kind=_REFUSED.get(error.errno or 0, "crash"), reason=f"cannot be started: {error.strerror}"
            )
        text = out.read_text(errors="replace") if out.exists() else ""
    if ended.how == "interrupted":
        return Outcome(kind="interrupted", reason="interrupted")
    if ended.how == "timeout":
        return Outcome(kind="timeout", reason=f"did not end within {limit:g} s" + _said(ended))
    return _outcome(ended, text)


def _of_starved(outcome: Outcome) -> Outcome:
    """Who was killed when the kernel killed for want of memory, the process or a worker of it, has a reason."""
    if outcome.kind == "crash" and _KILLED in outcome.reason:
        return replace(outcome, kind="memory", reason=f"{outcome.reason}; {_NO_MEMORY}")
    failures = [
        {**failure, "kind": "memory", "reason": f"{failure['reason']}; {_NO_MEMORY}"}
        if any(words in str(failure.get("reason")) for words in (_KILLED, "signal 9 "))
        else failure
        for failure in outcome.failures
    ]
    return replace(outcome, document={**outcome.document, "failures": failures}) if failures else outcome


def _outcome(ended: process.Ended, text: str) -> Outcome:
    """A process that ended by itself. Status 1 with a document is the binary's word for failed cells, named in it."""
    kind = "memory" if ended.last_line.endswith(_LAST_WORDS) else "crash"
    if ended.status < 0:
        return Outcome(kind=kind, reason=f"killed by {_signal(-ended.status)}" + _said(ended))
    if not text or ended.status > 1:
        return Outcome(kind=kind, reason=f"exit status {ended.status} and no results" + _said(ended))
    try:
        document = json.loads(text, parse_constant=_refuse)
        if not isinstance(document, dict):
            raise ValueError("not an object")
        _require(document)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return Outcome(kind="crash", reason=f"torn JSON ({error}), exit status {ended.status}" + _said(ended))
    return Outcome(document)


def _require(document: Json) -> None:
    """Raises what an object of another shape leads to, or ValueError, where this is no document of results."""
    if not isinstance(document.get("context", {}), dict):
        raise ValueError("its context is no object")
    for failure in document.get("failures", []):
        if not all(isinstance(failure[key], str) for key in ("name", "kind", "reason")):
            raise ValueError("a failure without name, kind and reason")
    require_entries(Outcome(document).entries())


def require_entries(entries: list[Json]) -> None:
    """Raises KeyError, TypeError or ValueError unless each has a name, a time above 0, CPU time, and their unit."""
    if not isinstance(entries, list):
        raise TypeError("its entries are no list")
    for entry in entries:
        real, cpu = float(entry["real_time"]), float(entry["cpu_time"])
        known = isinstance(entry["name"], str) and entry["time_unit"] in SECONDS
        if not (known and 0 < real < math.inf and 0 <= cpu < math.inf):
            raise ValueError(f"a real_time of {real} {entry['time_unit']}")


def _said(ended: process.Ended) -> str:
    """The process's last words, unless they are only Google Benchmark's header."""
    spoke = ended.last_line and not ended.last_line.startswith(_HEADER)
    return f": {ended.last_line}" if spoke else ""


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
