"""What tests that run the binary share."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

ROOT = Path(__file__).resolve().parents[1]
BUILD = Path(os.environ.get("FANOUT_BUILD", ROOT / "build/release"))


@pytest.fixture
def bench() -> Run:
    """Runs fanout-bench to its end, with short measurements, and returns what it said."""

    def run(*arguments: str | bytes | Path, **options: object) -> subprocess.CompletedProcess[str]:
        command = [BUILD / "fanout-bench", "--benchmark_min_time=0.001", "--warmup=0", *arguments]
        return subprocess.run(  # type: ignore[call-overload, no-any-return]
            command, capture_output=True, text=True, timeout=120, **options
        )

    return run
