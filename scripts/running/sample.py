"""One fresh process of a Google Benchmark binary, and what it said."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from scripts.running import probes, process

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


@dataclass(frozen=True)
class Outcome:
    """The document of one process, or the kind of failure (crash, timeout, memory, interrupted) and its reason.

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
    binary: Path, arguments: Sequence[str], limit: float, padding: int = 0, wake: int | None = None
) -> Outcome:
    """Runs any Google Benchmark binary for at most `limit` seconds, and reads what disturbed it.

    `padding` bytes are added to its environment: where the stack begins moves results by some percent, so a
    fixed place would be a bias that no number of samples averages out (Mytkowicz et al., ASPLOS 2009).
    """
    before = probes.read()
    outcome = _run([str(binary), *arguments], limit, padding, wake)
    return replace(outcome, disturbance=probes.disturbance(before, probes.read(), outcome.document))


def _run(command: Sequence[str], limit: float, padding: int, wake: int | None) -> Outcome:
    environment = {**os.environ, "FANOUT_PADDING": "x" * padding}
    with tempfile.TemporaryDirectory(prefix="fanout-") as directory:
        out = Path(directory, "out.json")
        results = [f"--benchmark_out={out}", "--benchmark_out_format=json"]
        try:
            ended = process.run([*command, *results], environment, limit, wake)
        except OSError as error:
            return Outcome(kind="crash", reason=f"cannot be started: {error.strerror}")
        text = out.read_text(errors="replace") if out.exists() else ""
    if ended.how == "interrupted":
        return Outcome(kind="interrupted", reason="interrupted")
    if ended.how == "timeout":
        return Outcome(kind="timeout", reason=f"did not end within {limit:g} s" + _said(ended))
    return _outcome(ended, text)


def _outcome(ended: process.Ended, text: str) -> Outcome:
    """A process that ended by itself. Status 1 with a document is the binary's word for failed cells, named in it."""
    if ended.status < 0:
        return Outcome(kind="crash", reason=f"killed by {_signal(-ended.status)}" + _said(ended))
    if not text or ended.status > 1:
        return Outcome(kind="crash", reason=f"exit status {ended.status} and no results" + _said(ended))
    try:
        document = json.loads(text, parse_constant=_refuse)
        if not isinstance(document, dict):
            raise ValueError("not an object")
    except ValueError as error:
        return Outcome(kind="crash", reason=f"torn JSON ({error}), exit status {ended.status}" + _said(ended))
    return Outcome(document)


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
