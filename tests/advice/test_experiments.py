"""What an experiment changes of a cell, and what its gain is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.advice.causes.tiny_tasks import larger
from scripts.advice.experiment import Experiment
from scripts.advice.judge import Suspect, suspects
from scripts.advice.suspicion import Suspicion
from scripts.measuring.catalogue import Cell, Json, parse_cells
from scripts.measuring.sample import Outcome
from scripts.measuring.schedule import Turn
from scripts.measuring.subject import Conditions
from scripts.measuring.why.experiments import Experiments, Trial, changed, trials
from tests.advice.faults import FAULTS, situation, tiny
from tests.conftest import BUILD, Run

CELL = Cell(
    "lock/openmp_static/workers:4", "lock", ("--workloads=lock", "--executors=openmp_static", "--workers=4",
    "--set=lock.kind=mutex", "--set=openmp_static.chunk=2"), Path("bench"), "lock", "openmp_static", workers=4,
)  # fmt: skip
SERIAL = Cell("lock/serial", "lock", ("--executors=serial", "--workers=1"), Path("bench"), "lock", "serial")


def suspect(cause: str, experiment: Experiment | None) -> Suspect:
    return Suspect(cause, Suspicion("", None, [], "", experiment))


def test_arguments_are_replaced() -> None:
    other = changed(CELL, Experiment("", 1.0, workers=2, executor="openmp_dynamic", lifecycle="warm"))
    assert sorted(other.arguments) == [
        "--executors=openmp_dynamic",
        "--lifecycle=warm",
        "--set=lock.kind=mutex",
        "--workers=2",
        "--workloads=lock",
    ]
    assert (other.executor, other.workers) == ("openmp_dynamic", 2)
    assert changed(CELL, Experiment("", 1.0)) == CELL


def test_settings_and_environment_reach_the_process() -> None:
    """Also where an experiment gives one of a parameter that the cell has already."""
    passive = Experiment("passive", 1.1, environment={"OMP_WAIT_POLICY": "passive"})
    none = Experiment("none", 1.1, ("lock.kind=none",), relative=True)
    pinned = Experiment("pinned", 1.1, pinned=True)
    found = trials(
        CELL,
        SERIAL,
        [suspect("a", passive), suspect("b", none), suspect("c", None), suspect("d", pinned)],
        ["spin.rate=5"],
    )
    assert [trial.what for trial in found] == ["as it is", "a", "b", "b, base", "base", "d"]
    assert {trial.of for trial in found} == {CELL.name}
    by = {trial.what: trial for trial in found}
    assert by["a"].change.environment == {"OMP_WAIT_POLICY": "passive"} and not by["b"].change.environment
    assert "--set=lock.kind=none" in by["b"].cell.with_settings(by["b"].change.settings)
    assert "--set=lock.kind=mutex" not in by["b"].cell.with_settings(by["b"].change.settings)
    assert "--set=lock.kind=none" in by["b, base"].cell.with_settings(by["b, base"].change.settings)
    assert trials(CELL, SERIAL, [suspect("c", None)], []) == []

    seen: list[tuple[Cell, Conditions]] = []

    def sampler(cell: Cell, how: Conditions) -> Outcome:
        seen.append((cell, how))
        return Outcome(kind="crash", reason="no")

    tried = Experiments(found, sampler, lambda workers: list(range(workers)), lambda record: None)
    assert {one.case for one in tried.cells} == {CELL.name} and len({one.name for one in tried.cells}) == 6
    for one in tried.cells:
        tried.sample(one, Conditions(1.0))
    assert [how.cpus for _, how in seen] == [None] * 5 + [[0, 1, 2, 3]]
    assert [cell.name for cell, _ in seen] == [trial.cell.name for trial in found]


def measured(found: Sequence[Trial], times: dict[str, float]) -> Experiments:
    """Seven rounds, each a little slower than the one before."""
    kept: list[Json] = []
    tried = Experiments(found, lambda cell, how: Outcome(), lambda workers: None, kept.append)
    for number in range(7):
        for trial, one in zip(found, tried.cells):
            entry = {
                "name": "x",
                "real_time": times[trial.what] * (1 + number / 50),
                "cpu_time": 1,
                "time_unit": "s",
            }
            document = {"benchmarks": [entry]} if times[trial.what] else {}
            tried.take(Turn(one, "", number, 0, 0), Outcome(document))
    assert len(kept) == 7 * len(found) and all(record["arm"] == "experiment" for record in kept)
    return tried


def test_gains() -> None:
    """Of a relative one, of the speedup: the changed work is half as much for the base, too."""
    suspected = [
        suspect("faster", Experiment("", 1.5)),
        suspect("less work", Experiment("", 1.5, ("lock.work=1",), relative=True)),
        suspect("broken", Experiment("", 1.5)),
    ]
    found = trials(CELL, SERIAL, suspected, [])
    times = {
        "as it is": 4.0, "faster": 2.0, "less work": 2.0, "base": 3.0, "less work, base": 1.5, "broken": 0.0
    }  # fmt: skip
    tried = measured(found, times)
    gains = tried.gains(CELL.name, suspected)
    assert gains.keys() == {"faster", "less work"}
    assert gains["faster"].estimate == pytest.approx(2.0) and gains["faster"].bounded
    assert gains["less work"].estimate == pytest.approx(1.0)
    results = [one.why.experiment.result(gains.get(one.cause)) for one in suspected if one.why.experiment]
    assert results == ["confirmed", "refuted", "unclear"]
    assert tried.failures == {f"{CELL.name}: broken": "no result"}
    assert tried.gains("another cell", suspected) == {}


def test_only_what_is_undecided_goes_on() -> None:
    """By the first look alone, whatever later rounds show; a cell's trials stay together."""
    suspected = [suspect("faster", Experiment("", 1.5)), suspect("broken", Experiment("", 1.5))]
    found = trials(CELL, SERIAL, suspected, [])
    decided = measured(found, {"as it is": 4.0, "faster": 2.0, "broken": 0.0})
    by = {CELL.name: suspected}
    assert decided.wanted(0, by) == decided.wanted(6, by) == {found[0].label, found[1].label}
    assert decided.wanted(7, by) == set()
    open_ = measured(found, {"as it is": 3.0, "faster": 2.0, "broken": 0.0})
    assert open_.wanted(7, by) == {found[0].label, found[1].label}
    open_.times[found[1].label] |= {7: 0.1, 8: 0.1}
    assert open_.wanted(9, by) == {found[0].label, found[1].label} and open_.wanted(14, by) == set()


def test_larger_tasks() -> None:
    """As many times as long and as many fewer, where a task has a duration; else larger, or a quarter of them."""

    def of(workload: str, **entry: object) -> Experiment | None:
        return larger(situation(tiny(1e-5, 4), base=tiny(0.0, 1), workload=workload, **entry))  # type: ignore[arg-type]

    spin = of("spin", parameters={"tasks": 1000, "duration": 1e-6})
    assert spin and spin.settings == ("spin.duration=4000ns", "spin.tasks=250") and not spin.relative
    math = of("math", parameters={"tasks": 64, "size": 200}, roles={"size": 200})
    assert math and math.settings == ("math.size=800",) and math.relative
    empty = of("overhead", parameters={"tasks": 10_000})
    assert empty and empty.settings == ("overhead.tasks=2500",) and empty.least == 2
    assert of("overhead", parameters={"tasks": 10}) is None


def test_the_binary_knows_what_experiments_ask_of_it(bench: Run) -> None:
    """Every setting and executor that a cause may ask for, of a cell of its own."""
    asked = {
        "oversubscription": ("math", "pool", 8),
        "spinning": ("math", "openmp_dynamic", 4),
        "tiny tasks": ("overhead", "pool", 4),
        "tiny batches": ("spin", "pool", 4),
        "imbalance": ("search", "openmp_static", 4),
        "lock": ("lock", "pool", 4),
        "false sharing": ("lock", "pool", 4),
        "start up": ("math", "std_thread", 4),
        "external": ("http", "pool", 4),
        "shared core": ("math", "pool", 4),
    }
    for cause, (workload, executor, workers) in asked.items():
        words = f"--workloads={workload}", f"--executors={executor}", f"--workers={workers}"
        (one,) = parse_cells(bench(*words, "--dry-run=json").stdout, cause, BUILD)
        at = FAULTS[cause]()
        found = [each for each in suspects(replace(at, workload=workload)) if each.why.experiment]
        assert [each.cause for each in found] == [cause]
        for trial in trials(one, one, found, []):
            dry = bench(*trial.cell.with_settings(trial.change.settings), "--dry-run=json")
            assert dry.returncode == 0, dry.stderr
            assert len(json.loads(dry.stdout)["cells"]) == 1, trial.what
