"""What Fanout claims of itself, measured: `fanout run --check-overhead`.

Every figure is a ratio or a difference of arms that were interleaved in this one run, each sample a fresh process.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from scripts.analysis.interval import Interval, median_interval
from scripts.analysis.metg import crossing
from scripts.analysis.table import SECONDS
from scripts.measuring import calibration as spin
from scripts.measuring.process import adopt_orphans
from scripts.measuring.sample import run_benchmark

EXECUTORS = (
    "std_thread",
    "tbb",
    "tbb_grain1",
    "tbb_tasks",
    "openmp_static",
    "openmp_dynamic",
    "openmp_tasks",
)
GRAINS = (1, 2, 4, 8, 16, 32, 64, 128)  # ns, of the sweep for METG
LOOP = re.compile(r"/loop:\w+")  # the part of a name that tells the benchmarks of one process apart
LIMIT = 120.0  # seconds for a process
TIMING = {
    "fanout-bench": ("--warmup=0.12", "--benchmark_min_time=0.05", "--benchmark_repetitions=3"),
    "fanout-raw": (
        "--warmup=0.12",
        "--benchmark_min_time=0.01",
        "--benchmark_repetitions=10",
        "--benchmark_enable_random_interleaving=true",
    ),
    "fanout-death": (),
}


class CheckFailed(Exception):
    """An arm gave no number, so that there is nothing to judge."""


@dataclass(frozen=True)
class Arm:
    """A process of one program; arms of a `contest` run in the same rounds.

    Where it runs several benchmarks, "/loop:raw" or whatever ends a name is added to the label.
    """

    contest: str
    label: str
    program: str
    arguments: tuple[str, ...]


Times = dict[str, list[float]]  # seconds a batch by arm, in the order of the rounds


@dataclass(frozen=True)
class Claim:
    """A figure by round, and the bound that it must keep."""

    text: str
    figure: Callable[[Times], list[float]]
    bound: float
    unit: str = "x"
    at_least: bool = False


@dataclass(frozen=True)
class Verdict:
    claim: Claim
    interval: Interval

    @property
    def missed(self) -> bool:
        """The bound lies beyond the whole interval; a median on the wrong side alone is noise."""
        claim = self.claim
        return self.interval.high < claim.bound if claim.at_least else self.interval.low > claim.bound

    @property
    def kept(self) -> bool:
        """The whole interval lies within the bound."""
        bound = self.claim.bound
        return self.interval.low >= bound if self.claim.at_least else self.interval.high <= bound


def _harness(contest: str, label: str, workload: str, executor: str, workers: int, *settings: str) -> Arm:
    which = (f"--workloads={workload}", f"--executors={executor}", f"--workers={workers}")
    return Arm(contest, label, "fanout-bench", (*which, *(f"--set={setting}" for setting in settings)))


def arms(rate: str) -> list[Arm]:
    """`rate` is spin's setting, "spin.rate=812": the same work for all."""
    raw_rate = "--rate=" + rate.partition("=")[2]
    found = []
    for workload in ("overhead", "spin"):
        for executor in EXECUTORS:
            name = f"{workload}/{executor}"
            filtered = (f"--benchmark_filter=^{name}/", "--workers=2", raw_rate)
            found.append(Arm(f"{workload} by hand", f"pair {name}", "fanout-raw", filtered))
    for executor in ("pool", "fork_pool", "openmp_dynamic", "tbb_grain1"):
        found.append(_harness("overhead", f"overhead/{executor}", "overhead", executor, 2))
    for grain in GRAINS:
        settings = ("spin.tasks=10000", f"spin.duration={grain}ns", rate)
        found.append(_harness("grain", f"grain {grain} serial", "spin", "serial", 1, *settings))
        found.append(_harness("grain", f"grain {grain} pool", "spin", "pool", 2, *settings))
    for executor in ("pool", "openmp_static"):
        found.append(_harness("pair", f"pair {executor}", "overhead", executor, 2, "overhead.tasks=2"))
    for executor, workers in (("serial", 1), ("pool", 26)):
        found.append(_harness("fetch", f"fetch {executor}", "http", executor, workers, "http.latency=20ms"))
    found.append(Arm("death", "death", "fanout-death", ("--benchmark_filter=^death/fork_pool/workers:2/",)))
    return found


def _ratio(over: str, under: str) -> Callable[[Times], list[float]]:
    return lambda times: [a / b for a, b in zip(times[over], times[under])]


def _metg(times: Times) -> list[float]:
    """Nanoseconds, a figure a round. A crossing outside of the sweep counts as its end, which is on the same side."""
    curves = zip(*(zip(times[f"grain {grain} serial"], times[f"grain {grain} pool"]) for grain in GRAINS))
    return [
        min(max(found, GRAINS[0]), GRAINS[-1])
        for curve in curves
        for found in [
            crossing([(grain, serial / (2 * pool)) for grain, (serial, pool) in zip(GRAINS, curve)], 0.5)
        ]
    ]


def claims() -> list[Claim]:
    tasks = {"overhead": "10,000 empty tasks", "spin": "1,000 tasks of 10 us"}
    found = [
        Claim(
            f"harness / raw, {tasks[workload]}, {executor}",
            _ratio(f"pair {workload}/{executor}/loop:harness", f"pair {workload}/{executor}/loop:raw"),
            1.05,
        )
        for workload in tasks
        for executor in EXECUTORS
    ]

    def against(ours: str, theirs: str, bound: float) -> Claim:
        figure = _ratio(f"overhead/{ours}", f"overhead/{theirs}")
        return Claim(f"{ours} / {theirs}, 10,000 empty tasks", figure, bound)

    def a_task(times: Times) -> list[float]:
        return [seconds / 10_000 * 1e9 for seconds in times["overhead/pool"]]

    return [
        *found,
        against("pool", "openmp_dynamic", 0.6),
        against("pool", "tbb_grain1", 0.5),
        Claim("pool, an empty task", a_task, 12, "ns"),
        Claim(f"pool, METG(50 %), swept over {GRAINS[0]} to {GRAINS[-1]} ns", _metg, 15, "ns"),
        against("fork_pool", "openmp_dynamic", 1.2),
        Claim("fork_pool, until a worker's death is seen", _milliseconds("death"), 1, "ms"),
        Claim("pool / openmp_static, two empty tasks", _ratio("pair pool", "pair openmp_static"), 2),
        Claim("serial / pool, 26 fetches at 20 ms, 26 workers", _fetches, 20, "x", at_least=True),
    ]


def _milliseconds(label: str) -> Callable[[Times], list[float]]:
    return lambda times: [seconds * 1e3 for seconds in times[label]]


_fetches = _ratio("fetch serial", "fetch pool")


def measure(programs: Path, rounds: int, seed: int, wake: int, say: Callable[[str], None]) -> Times | None:
    """Times of all arms: round by round; within a round contest by contest, the arms of each in random order.

    `programs` is the directory of the binaries. None where it was interrupted. Raises CheckFailed.
    """
    rate = spin.setting(programs / "fanout-bench", [*TIMING["fanout-bench"]], LIMIT, wake)
    generator = random.Random(seed)
    everything = arms(rate)
    times: Times = {}
    for number in range(rounds):
        for contest in dict.fromkeys(arm.contest for arm in everything):
            say(f"round {number + 1} of {rounds}: {contest}")
            rivals = [arm for arm in everything if arm.contest == contest]
            for arm in generator.sample(rivals, len(rivals)):
                found = sample(programs, arm, wake)
                if found is None:
                    return None
                for label, seconds in found.items():
                    times.setdefault(label, []).append(seconds)
    return times


def sample(programs: Path, arm: Arm, wake: int | None) -> dict[str, float] | None:
    """One fresh process of one arm: seconds a batch by label. None where interrupted; raises CheckFailed."""
    arguments = [*arm.arguments, *TIMING.get(arm.program, ())]
    outcome = run_benchmark(programs / arm.program, arguments, LIMIT, wake=wake)
    if outcome.kind == "interrupted":
        return None
    entries = outcome.entries()
    if not entries:
        why = outcome.reason or "; ".join(str(failure["reason"]) for failure in outcome.failures)
        raise CheckFailed(f"{arm.label}: {why or 'no result'}")
    repetitions: dict[str, list[float]] = {}
    for entry in entries:
        seconds = float(entry["real_time"]) * SECONDS[entry["time_unit"]]
        repetitions.setdefault(arm.label + "".join(LOOP.findall(entry["name"])), []).append(seconds)
    return {label: median(several) for label, several in repetitions.items()}


def judge(times: Times) -> list[Verdict]:
    return [Verdict(claim, median_interval(claim.figure(times))) for claim in claims()]


def row(verdict: Verdict) -> tuple[str, str, str, str]:
    """What is claimed, the figure with its interval, the bound, and whether it holds."""
    claim, interval = verdict.claim, verdict.interval
    figure = f"{interval.median:.3g} [{interval.low:.3g}, {interval.high:.3g}] {claim.unit}"
    bound = f"{'>=' if claim.at_least else '<='} {claim.bound:g}"
    return claim.text, figure, bound, "missed" if verdict.missed else "kept" if verdict.kept else "unclear"


def run(programs: Path, rounds: int, seed: int) -> int:
    """Measures, prints the table, and returns the exit status: 1 where a bound is missed beyond doubt."""
    from rich.console import Console
    from rich.table import Table

    from scripts.measuring.interruption import Interruption

    adopt_orphans()
    progress = Console(stderr=True)
    try:
        with Interruption() as interruption, progress.status("") as status:

            def say(line: str) -> None:
                status.update(line) if progress.is_terminal else progress.print(line)

            times = measure(programs, rounds, seed, interruption.wake, say)
    except (CheckFailed, spin.NotCalibrated) as error:
        print(f"fanout run: {error}", file=sys.stderr)
        return 1
    if times is None:
        return 130
    verdicts = judge(times)
    shown = Table("claim", "median [interval]", "bound", "")
    for verdict in verdicts:
        shown.add_row(*row(verdict))
    Console(highlight=False).print(shown)
    print(f"{rounds} rounds; an interval covers the median with {verdicts[0].interval.coverage:.1%}")
    return int(any(verdict.missed for verdict in verdicts))
