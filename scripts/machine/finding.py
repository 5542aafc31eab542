"""What `fanout doctor` finds: of a machine, real or made up for a test, one sentence a check."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from scripts.machine.kernel import ROOT

Severity = Literal["ok", "note", "severe"]  # severe: numbers would be wrong, or there would be none
Observation = tuple[Severity, str]  # the sentence has the remedy in it, where it is not ok

UNKNOWN = "not known here"


@dataclass(frozen=True)
class Finding:
    check: str
    severity: Severity
    sentence: str


@dataclass(frozen=True)
class Machine:
    """Where to look, and what is known besides."""

    root: Path = ROOT  # of its /proc and /sys
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    results: Path = Path("results")
    affinity: frozenset[int] = field(default_factory=lambda: frozenset(os.sched_getaffinity(0)))
    binary: Mapping[str, Any] = field(default_factory=dict)  # fanout-bench's context; empty without one
