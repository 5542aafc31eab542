"""How thorough a run is: which cells (`--full` or not), and how precisely (`--quick`, `--rigorous` or neither)."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.analysis.stopping import Stopping

# Seconds to start and end a process, build its workload and check its receipt; for estimates only.
_START = 0.03
_PEER_START = 0.8  # of a cell in Python, where two batches alone take longer than what they are timed for


@dataclass(frozen=True)
class Profile:
    """Which cells, and what one sample of them is. Times are in seconds; each is spent in every process, which is one sample."""

    max_time: float  # of all samples, at standard precision
    warmup: float
    min_time: float
    repetitions: int
    time_limit: float
    waiting_workers: tuple[int, ...]  # worker counts of workloads that wait
    full: bool  # everything, with every value of a workload's first choice (its kernels); or what is standard, in brief

    def arguments(self) -> list[str]:
        return [
            f"--warmup={self.warmup}",
            f"--benchmark_min_time={self.min_time}",
            f"--benchmark_repetitions={self.repetitions}",
        ]

    def estimate(self, peer: bool = False, batch: float = 0.0) -> float:
        """Seconds of one sample. Google Benchmark's search for an iteration count costs about one repetition more, and two
        batches are counted."""
        start = _PEER_START if peer else _START
        timed = max(self.min_time, batch) * (self.repetitions + 1)
        return start + max(self.warmup, batch) + timed + 2 * batch


@dataclass(frozen=True)
class Precision:
    """How well each cell is to be known, and what that may cost."""

    stopping: Stopping
    patience: float  # times the profile's max_time


DEFAULT = Profile(
    max_time=150.0,
    warmup=0.005,
    min_time=0.01,
    repetitions=2,
    time_limit=20.0,
    waiting_workers=(1, 4, 16),
    full=False,
)

FULL = Profile(
    max_time=7200.0,
    warmup=0.12,
    min_time=0.05,
    repetitions=5,
    time_limit=120.0,
    waiting_workers=(1, 2, 4, 8, 16, 32, 64),
    full=True,
)

# The caps keep a cell that never settles from taking what others need.
QUICK = Precision(Stopping(target=0.05, most=12), patience=0.7)
STANDARD = Precision(Stopping(target=0.02, most=40), patience=1.0)
RIGOROUS = Precision(Stopping(target=0.01, most=200), patience=24.0)
