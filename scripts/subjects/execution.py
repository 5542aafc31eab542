"""One command, run to its end by fanout-time, which says what it took."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.measuring import process
from scripts.measuring.catalogue import Json
from scripts.measuring.process import Ended
from scripts.measuring.sample import REFUSED, Outcome, signal_name

_OUT = "--out="


@dataclass(frozen=True)
class Took:
    """How a command ended, and what it took; of one that did not come to its end, why."""

    ended: Ended
    limit: float
    numbers: Json = field(default_factory=dict)  # as fanout-time writes them

    def failure(self, any_status: bool = False) -> Outcome | None:
        """Why it is no sample; None where it ended with status 0, or any."""
        said = f": {self.ended.last_line}" if self.ended.last_line else ""
        if self.ended.how == "interrupted":
            return Outcome(kind="interrupted", reason="interrupted")
        if self.ended.how == "timeout":
            return Outcome(kind="timeout", reason=f"did not end within {self.limit:g} s{said}")
        if not self.numbers:
            cause = {"signal": -self.ended.status} if self.ended.status < 0 else {"status": self.ended.status}
            return Outcome(kind="crash", reason=f"what times it was ended{said}", cause=cause)
        if number := self.numbers.get("errno"):
            reason = f"cannot be executed: {os.strerror(number)}"
            return Outcome(kind=REFUSED.get(number, "crash"), reason=reason, cause={"errno": number})
        if number := self.numbers.get("signal"):
            large = " (its files may be no larger: --ignore-output)" if number == signal.SIGXFSZ else ""
            reason = f"killed by {signal_name(number)}{large}{said}"
            return Outcome(kind="crash", reason=reason, cause={"signal": number})
        if (number := self.numbers["status"]) and not any_status:
            return Outcome(kind="crash", reason=f"exit status {number}{said}", cause={"status": number})
        return None


@dataclass(frozen=True)
class Timer:
    """fanout-time."""

    program: Path

    def run(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        limit: float,
        wake: int | None = None,
        cpus: Sequence[int] | None = None,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.DEVNULL,
        largest: int | None = None,
    ) -> Took:
        """Runs a command, which may write files of at most `largest` bytes."""
        bound = [] if largest is None else [f"--largest-file={largest}"]
        told = [str(self.program), _OUT, *bound, "--", *words]
        try:
            ended = process.run(told, environment, limit, wake, cpus, _OUT, stdin, stdout)
        except OSError as error:
            return Took(Ended("exit", 0, ""), limit, {"errno": error.errno})
        return Took(ended, limit, json.loads(ended.results) if ended.how == "exit" and ended.results else {})
