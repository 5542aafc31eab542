"""Recording for `fanout check machine`: one program against itself, and made slower on purpose, round by round."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from scripts.analysis.interval import process_time
from scripts.checks.replay import BASES, Recording
from scripts.checks import CheckFailed
from scripts.measuring import catalogue
from scripts.subjects import calibration
from scripts.measuring.catalogue import Cell, Json
from scripts.measuring.duet.judge import sweeps_of
from scripts.measuring.files import Journal
from scripts.measuring.sample import Outcome, seconds
from scripts.measuring.schedule import Runner, Turn
from scripts.measuring.subject import Change
from scripts.measuring.usage import UsageError

SLOWDOWNS = (1, 2, 5, 10)  # per cent
ARMS = (*BASES, *map(str, SLOWDOWNS))
FEWEST = 16  # rounds: from fewer, duets would be drawn that are all alike
REPETITIONS = 10  # of a process: what a U test of repetitions would have to go by
LIMIT = 60.0  # seconds for one process, of which each takes a sixth of one
TIMING = ("--warmup=0.02", "--benchmark_min_time=0.004", f"--benchmark_repetitions={REPETITIONS}")

# What is recorded: (workload, executor, workers, settings). Of work that waits for nothing but a CPU, in cache and not.
_CELLS = (
    ("spin", "pool", "1,2", ("spin.tasks=250",)),
    ("math", "serial", "1", ("math.tasks=64",)),
    ("search", "pool", "2", ("search.tasks=32", "search.size=8000000")),
)

Processes = Mapping[str, Mapping[str, Sequence[Sequence[float]]]]  # repetitions by cell, arm and round


def cells(bench: Path, seed: int) -> list[Cell]:
    """What is recorded, as the binary lists it. Raises UsageError."""
    known = catalogue.read(bench)
    found: list[Cell] = []
    for workload, executor, workers, settings in _CELLS:
        which = [f"--workloads={workload}", f"--executors={executor}", f"--workers={workers}"]
        found += known.cells([*which, *(f"--set={text}" for text in settings)], seed)
    return found


def changes(workloads: Sequence[str], rate: str) -> dict[str, Change]:
    """The arms: one calibration of spin for all, and the workloads slower by their hidden parameter alone."""
    return {
        arm: Change(settings=[rate, *(f"{name}.slowdown={arm}" for name in workloads if arm not in BASES)])
        for arm in ARMS
    }


def record(
    bench: Path,
    which: Sequence[Cell],
    rounds: int,
    seed: int,
    wake: int,
    journal: Journal,
    say: Callable[[str], None],
) -> bool:
    """Records whole rounds, each process's repetitions a line; whether all are there. Raises CheckFailed."""
    try:
        rate = calibration.setting(bench, [f"--seed={seed}", *TIMING], LIMIT, wake)
    except calibration.NotCalibrated as error:
        raise CheckFailed(f"spin cannot be calibrated: {error}") from error

    def take(turn: Turn, outcome: Outcome) -> None:
        if failure := outcome.failure_of(turn.cell.name):
            raise CheckFailed(f"{turn.cell.name}, {turn.arm}: {failure['kind']}: {failure['reason']}")
        journal.append(turn.record() | {"times": seconds(outcome.entries(turn.cell.name))})

    arms = changes(sorted({cell.workload for cell in which}), rate)
    runner = Runner(which, seed, LIMIT, TIMING, arms, wake)
    return runner.rounds(rounds, take, lambda number: say(f"round {number + 1} of {rounds}"))


def read(records: Sequence[Json]) -> tuple[Processes, dict[int, str]]:
    """All whole rounds of a journal, and the cells of its sweep by workers. Raises UsageError."""
    found: dict[str, dict[str, list[list[float]]]] = {}
    try:
        listed = [catalogue.cell(entry, Path()) for entry in records[0]["cells"]]
        for entry in records[1:]:
            taken = found.setdefault(str(entry["cell"]), {}).setdefault(str(entry["arm"]), [])
            times = [float(time) for time in entry["times"]]
            place = f"round {entry['round']} of {entry['cell']}, {entry['arm']}"
            if len(taken) != entry["round"]:
                raise ValueError(f"{place} is out of place")
            if not times or not all(0 < time < math.inf for time in times):
                raise ValueError(f"{place} has no times above 0")
            taken.append(times)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UsageError(f"not a recording of check machine: {error}") from error
    sweep = {workers: name for members in sweeps_of(listed).values() for name, workers in members.items()}
    missing = any(set(arms) != set(ARMS) for arms in found.values())
    if {cell.name for cell in listed} != set(found) or missing or len(sweep) < 2:
        raise UsageError("not a recording of check machine: cells or arms are missing")
    whole = min(
        len(rounds) for arms in found.values() for rounds in arms.values()
    )  # the last may be interrupted
    processes = {
        cell: {arm: rounds[:whole] for arm, rounds in arms.items()} for cell, arms in sorted(found.items())
    }
    return processes, sweep


def medians(processes: Processes) -> Recording:
    return {
        cell: {arm: [process_time(times) for times in rounds] for arm, rounds in arms.items()}
        for cell, arms in processes.items()
    }
