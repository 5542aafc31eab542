"""Recording for `fanout selftest`: one program against itself, and made slower on purpose, round by round."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.analysis.replay import BASES, Recording
from scripts.analysis.table import parse_name
from scripts.measuring import calibration as spin, catalogue
from scripts.measuring.duet.order import turns
from scripts.measuring.journal import Journal
from scripts.measuring.sample import Json, run_benchmark
from scripts.measuring.usage import UsageError

SLOWDOWNS = (1, 2, 5, 10)  # per cent
ARMS = (*BASES, *map(str, SLOWDOWNS))
REPETITIONS = 10  # of a process: what a U test of repetitions would have to go by
LIMIT = 60.0  # seconds for one process, of which each takes a sixth of one
TIMING = ("--warmup=0.02", "--benchmark_min_time=0.004", f"--benchmark_repetitions={REPETITIONS}")

# What is recorded: (workload, executor, workers, settings). Of work that waits for nothing but a CPU, in cache and not.
_CELLS = (
    ("spin", "pool", 1, ("spin.tasks=250",)),
    ("spin", "pool", 2, ("spin.tasks=250",)),
    ("math", "serial", 1, ("math.tasks=64",)),
    ("search", "pool", 2, ("search.tasks=32", "search.size=8000000")),
)


class NotRecorded(Exception):
    """A process that gave no number: there is nothing to learn from the rest."""


@dataclass(frozen=True)
class Subject:
    """A cell, and the arguments that run it alone."""

    name: str
    arguments: tuple[str, ...]

    def slower(self, arm: str) -> tuple[str, ...]:
        """The arguments of an arm."""
        slow = () if arm in BASES else (f"--set={self.name.split('/')[0]}.slowdown={arm}",)
        return (*self.arguments, *TIMING, *slow)


def subjects(bench: Path, seed: int, wake: int) -> list[Subject]:
    """The cells by the names that the binary has for them; one calibration of spin for all."""
    found = []
    timing = [f"--seed={seed}", *TIMING]
    try:
        rate = spin.setting(bench, timing, LIMIT, wake)
    except spin.NotCalibrated as error:
        raise NotRecorded(f"spin cannot be calibrated: {error}") from error
    for workload, executor, workers, settings in _CELLS:
        own = [*settings, *([rate] if workload == spin.WORKLOAD else [])]
        flags = [
            f"--workloads={workload}",
            f"--executors={executor}",
            f"--workers={workers}",
            f"--seed={seed}",
        ]
        arguments = (*flags, *(f"--set={setting}" for setting in own))
        (name,) = catalogue.cell_names(bench, list(arguments))
        found.append(Subject(name, arguments))
    return found


def record(
    bench: Path,
    cells: Sequence[Subject],
    rounds: int,
    seed: int,
    wake: int,
    journal: Journal,
    say: Callable[[str], None],
) -> int:
    """Records whole rounds, each process's repetitions a line; how many rounds there were when it ended or was
    interrupted. Raises NotRecorded."""
    by_name = {cell.name: cell for cell in cells}
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        for turn in turns(list(by_name), ARMS, number, seed):
            arguments = by_name[turn.name].slower(turn.arm)
            outcome = run_benchmark(bench, arguments, LIMIT, turn.padding, wake)
            if outcome.kind == "interrupted":
                return number
            if failure := outcome.failure_of(turn.name):
                raise NotRecorded(f"{turn.name}, {turn.arm}: {failure['kind']}: {failure['reason']}")
            journal.append(vars(turn) | {"times": outcome.seconds_of(turn.name)})
    return rounds


def read(records: Sequence[Json]) -> dict[str, dict[str, list[list[float]]]]:
    """The repetitions of every process by cell, arm and round, of all whole rounds. Raises UsageError."""
    found: dict[str, dict[str, list[list[float]]]] = {}
    try:
        for entry in records:
            processes = found.setdefault(str(entry["name"]), {}).setdefault(str(entry["arm"]), [])
            times = [float(time) for time in entry["times"]]
            if len(processes) != entry["round"]:
                raise ValueError(f"round {entry['round']} of {entry['name']}, {entry['arm']} is out of place")
            if not times or not all(0 < time < math.inf for time in times):
                raise ValueError(
                    f"round {entry['round']} of {entry['name']}, {entry['arm']} has no times above 0"
                )
            processes.append(times)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"it is no recording of a selftest: {error}") from error
    if not found or any(set(arms) != set(ARMS) for arms in found.values()) or len(sweep_of(list(found))) < 2:
        raise UsageError("it is no recording of a selftest: cells or arms are missing")
    whole = min(
        len(rounds) for arms in found.values() for rounds in arms.values()
    )  # the last one may be interrupted
    return {
        cell: {arm: rounds[:whole] for arm, rounds in arms.items()} for cell, arms in sorted(found.items())
    }


def sweep_of(names: Sequence[str]) -> dict[int, str]:
    """The cells of spin under one executor, by workers."""
    return {parse_name(name).workers: name for name in names if name.startswith("spin/pool/")}


def medians(processes: Mapping[str, Mapping[str, Sequence[Sequence[float]]]]) -> Recording:
    """A sample is the median of its process."""
    from statistics import median

    return {
        cell: {arm: [median(times) for times in rounds] for arm, rounds in arms.items()}
        for cell, arms in processes.items()
    }
