"""What Fanout claims of its own cost, beside hand-written loops."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from scripts.checks import CheckFailed
from scripts.checks.bound import LIMIT, Claim, Times, add_rounds, held, program
from scripts.subjects import calibration
from scripts.measuring.catalogue import Cell
from scripts.reports import Report

EXAMPLES = """Every figure is a ratio or a difference of processes that were interleaved in this one run (9 minutes).

exit status: 0 no bound is missed beyond doubt; 1 one is, or a process failed; 2 wrong usage; 130 interrupted"""
EXECUTORS = "std_thread tbb tbb_grain1 tbb_tasks openmp_static openmp_dynamic openmp_tasks".split()
UNEVEN = {"nqueens": ("search", "search.algorithm=nqueens"), "mandelbrot": ("math", "math.kernel=mandelbrot")}
GRAINS = (1, 2, 4, 8, 16, 32, 64, 128)  # ns, of the sweep for METG
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


def _cell(programs: Path, contest: str, label: str, program: str, *arguments: str) -> Cell:
    """A process of one program; those of a contest are interleaved. Where it runs several benchmarks, "/loop:raw" or
    whatever ends a name is added to the label."""
    return Cell(label, contest, (*arguments, *TIMING[program]), programs / program)


def _harness(
    programs: Path, contest: str, label: str, workload: str, executor: str, workers: int, *settings: str
) -> Cell:
    which = (f"--workloads={workload}", f"--executors={executor}", f"--workers={workers}")
    return _cell(programs, contest, label, "fanout-bench", *which, *(f"--set={text}" for text in settings))


def cells(programs: Path, rate: str) -> list[Cell]:
    """`rate` is spin's setting, "spin.rate=812": the same work for all."""
    raw_rate = "--rate=" + rate.partition("=")[2]
    found = []
    for workload in ("overhead", "spin"):
        for executor in EXECUTORS:
            name = f"{workload}/{executor}"
            filtered = (f"--benchmark_filter=^{name}/", "--workers=2", raw_rate)
            found.append(_cell(programs, f"{workload} by hand", f"pair {name}", "fanout-raw", *filtered))
    for executor in ("pool", "pool_guided", "tbb", "fork_pool", "openmp_dynamic", "tbb_grain1"):
        found.append(_harness(programs, "overhead", f"overhead/{executor}", "overhead", executor, 2))
    for grain in GRAINS:
        settings = ("spin.tasks=1000", f"spin.duration={grain}ns", rate)
        for executor, workers in {"serial": 1, "pool": 2, "pool_guided": 2, "tbb": 2}.items():
            label = f"grain {grain} {executor}"
            found.append(_harness(programs, "grain", label, "spin", executor, workers, *settings))
    for kernel, (workload, setting) in UNEVEN.items():
        for executor in ("pool", "pool_guided"):
            label = f"{kernel}/{executor}"
            found.append(_harness(programs, kernel, label, workload, executor, 2, setting))
    for executor in ("pool", "openmp_static"):
        found.append(
            _harness(programs, "pair", f"pair {executor}", "overhead", executor, 2, "overhead.tasks=2")
        )
    for executor, workers in (("serial", 1), ("pool", 26)):
        latency = "http.latency=20ms"
        found.append(_harness(programs, "fetch", f"fetch {executor}", "http", executor, workers, latency))
    death = "--benchmark_filter=^death/fork_pool/workers:2/"
    return [*found, _cell(programs, "death", "death", "fanout-death", death)]


def _ratio(over: str, under: str) -> Callable[[Times], list[float]]:
    return lambda times: [a / b for a, b in zip(times[over], times[under])]


def _metg(executor: str, times: Times) -> list[float]:
    """Nanoseconds, a figure a round. A crossing outside of the sweep counts as its end, which is on the same side."""
    from scripts.analysis.metg import crossing

    efficiencies = [_ratio(f"grain {grain} serial", f"grain {grain} {executor}")(times) for grain in GRAINS]
    found = [
        crossing({grain: {0: ratio / 2} for grain, ratio in zip(GRAINS, each)}, 0.5)
        for each in zip(*efficiencies)
    ]
    return [interval.median if interval else end for interval, _, end in found]


def claims() -> list[Claim]:
    tasks = {"overhead": "10,000 empty tasks", "spin": "1,000 tasks of 10 us"}
    pairs = {
        f"{tasks[workload]}, {executor}": f"pair {workload}/{executor}/loop"
        for workload in tasks
        for executor in EXECUTORS
    }
    found = [
        Claim(f"harness / raw, {what}", _ratio(f"{loop}:harness", f"{loop}:raw"), 1.05)
        for what, loop in pairs.items()
    ]
    found += [  # what it costs to add to digests, so that each batch can be checked
        Claim(f"adding / storing by hand, {what}", _ratio(f"{loop}:raw", f"{loop}:stored"))
        for what, loop in pairs.items()
    ]

    def against(ours: str, theirs: str, bound: float) -> Claim:
        figure = _ratio(f"overhead/{ours}", f"overhead/{theirs}")
        return Claim(f"{ours} / {theirs}, 10,000 empty tasks", figure, bound)

    def a_task(times: Times) -> list[float]:
        return [seconds / 10_000 * 1e9 for seconds in times["overhead/pool"]]

    def metg_to_tbb(times: Times) -> list[float]:
        return [ours / theirs for ours, theirs in zip(_metg("pool_guided", times), _metg("tbb", times))]

    swept = f"METG(50 %), 1,000 tasks of {GRAINS[0]} to {GRAINS[-1]} ns"
    return [
        *found,
        against("pool", "openmp_dynamic", 0.6),
        against("pool", "tbb_grain1", 0.5),
        Claim("pool, an empty task", a_task, 12, "ns"),
        Claim(f"pool, {swept}", lambda times: _metg("pool", times), 15, "ns"),
        against("pool_guided", "tbb", 1.2),
        Claim(f"pool_guided / tbb, {swept}", metg_to_tbb, 1.2),
        *(
            Claim(f"pool_guided / pool, {kernel}", _ratio(f"{kernel}/pool_guided", f"{kernel}/pool"), 1.02)
            for kernel in UNEVEN
        ),
        against("fork_pool", "openmp_dynamic", 0.5),
        Claim("fork_pool, until a worker's death is seen", _milliseconds("death"), 1, "ms"),
        Claim("pool / openmp_static, two empty tasks", _ratio("pair pool", "pair openmp_static"), 2),
        Claim("serial / pool, 26 fetches at 20 ms, 26 workers", _fetches, 20, "x", at_least=True),
    ]


def _milliseconds(label: str) -> Callable[[Times], list[float]]:
    return lambda times: [seconds * 1e3 for seconds in times[label]]


_fetches = _ratio("fetch serial", "fetch pool")


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_rounds(parser, 10)


def check(arguments: argparse.Namespace, wake: int, say: Callable[[str], None]) -> Report | None:
    """None where it was interrupted. Raises UsageError and CheckFailed."""
    bench = program(arguments)
    try:
        rate = calibration.setting(bench, TIMING["fanout-bench"], LIMIT, wake)
    except calibration.NotCalibrated as error:
        raise CheckFailed(f"spin cannot be calibrated: {error}") from error
    title = "Fanout beside hand-written loops"
    return held(title, cells(bench.parent, rate), claims(), arguments, wake, say)
