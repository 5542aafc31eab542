"""Workers get the CPUs that they are given, and it is seen where something moves them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scripts.measuring import catalogue
from scripts.measuring.plan import Plan, Selection
from scripts.measuring.process import misplaced
from scripts.measuring.profile import DEFAULT, STANDARD
from scripts.measuring.running.request import Request
from scripts.subjects.builtin import Builtin
from scripts.measuring.sample import Outcome, run_benchmark
from tests.conftest import BUILD, ROOT
from tests.scripts.conftest import PATIENCE

BENCH = BUILD / "fanout-bench"
PYTHON = Path("/usr/bin/python3")
ALLOWED = sorted(os.sched_getaffinity(0))
TELL = """
import json, os, sys
{moved}
out = next(word for word in sys.argv if word.startswith("--benchmark_out=")).partition("=")[2]
context = {{"affinity": sorted(os.sched_getaffinity(0))}} if {tells} else {{}}
json.dump({{"context": context, "benchmarks": []}}, open(out, "w"))"""

several = pytest.mark.skipif(len(ALLOWED) < 2, reason="there is one CPU")


def told(cpus: tuple[int, ...], moved: str = "", tells: bool = True) -> Outcome:
    """Of a process that was started on these CPUs."""
    code = TELL.format(moved=moved, tells=tells)
    return run_benchmark(PYTHON, ["-S", "-c", code], PATIENCE, cpus=cpus)


def test_each_worker_has_a_cpu_as_long_as_there_are_some() -> None:
    order = (0, 2, 4, 6, 1, 3, 5, 7)
    known = catalogue.Catalogue(BENCH, 8.0, order, (), ())
    subject = Builtin(BENCH, DEFAULT, Selection())
    asked = Request(subject, STANDARD.stopping, 1.0, 1.0, Plan((), (), ()), Selection(), known, pin=True)
    assert asked.cpus(1) == (0,)
    assert asked.cpus(4) == (0, 2, 4, 6)
    assert asked.cpus(5) == (0, 2, 4, 6, 1)
    assert asked.cpus(64) == order


def test_the_cpus_asked_for_are_those_told_in_any_order() -> None:
    assert misplaced((2, 0), {"affinity": [0, 2]}) is None
    assert "started on CPUs 0,2, but it ended on 0:" in str(misplaced((2, 0), {"affinity": [0]}))
    assert "do not say where it ran" in str(misplaced((0,), {}))


@pytest.mark.usefixtures("temporary")
class TestProcess:
    def test_runs_where_it_is_put(self) -> None:
        for cpu in ALLOWED[:2]:
            outcome = told((cpu,))
            assert (outcome.kind, outcome.context["affinity"]) == ("", [cpu])
        assert sorted(os.sched_getaffinity(0)) == ALLOWED

    def test_runs_anywhere_where_nothing_is_asked(self) -> None:
        code = TELL.format(moved="", tells=True)
        assert run_benchmark(PYTHON, ["-S", "-c", code], PATIENCE).context["affinity"] == ALLOWED

    @several
    def test_that_moves_is_a_failure(self) -> None:
        outcome = told(tuple(ALLOWED[:1]), moved=f"os.sched_setaffinity(0, {{{ALLOWED[1]}}})")
        assert outcome.kind == "placement" and f"ended on {ALLOWED[1]}" in outcome.reason
        assert outcome.entries() == []

    def test_that_does_not_tell_is_a_failure(self) -> None:
        assert told(tuple(ALLOWED[:1]), tells=False).kind == "placement"

    def test_on_a_cpu_that_there_is_not_is_a_failure(self) -> None:
        outcome = told((max(ALLOWED) + 1000,))
        assert outcome.kind == "placement" and f"started on CPUs {max(ALLOWED) + 1000}" in outcome.reason


def measured(program: Path, *arguments: str, cpus: tuple[int, ...] | None = None) -> Outcome:
    """Of a short cell."""
    short = ["--set=sleep.tasks=4", "--benchmark_min_time=0.001", "--warmup=0"]
    return run_benchmark(program, [*arguments, "--workloads=sleep", *short], PATIENCE, cpus=cpus)


def test_the_binary_names_its_cpus_in_order() -> None:
    assert sorted(catalogue.read(BENCH).cpus) == ALLOWED


@pytest.mark.parametrize("executor", ["pool", "openmp_static", "tbb", "fork_pool", "coroutines", "std_async"])
def test_every_executor_of_the_binary_keeps_to_its_cpus(executor: str) -> None:
    cpus = tuple(ALLOWED[-1:])
    outcome = measured(BENCH, f"--executors={executor}", "--workers=2", cpus=cpus)
    assert (outcome.kind, outcome.failures) == ("", [])
    assert outcome.entries() and outcome.context["affinity"] == list(cpus)


def test_peers_tell_where_they_ran() -> None:
    program = ROOT / "benchmarks/peers/fanout_peers.py"
    cpus = tuple(ALLOWED[-1:])
    outcome = measured(
        PYTHON, "-S", str(program), f"--bench={BENCH}", "--executors=py_pool", "--workers=2", cpus=cpus
    )
    assert (outcome.kind, outcome.failures) == ("", [])


@several
@pytest.mark.parametrize("executor", ["openmp_static", "pool"])
def test_a_runtime_that_places_its_workers_has_no_number(
    executor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """libgomp binds the main thread before main() begins, so that even the workers of others sit on one CPU."""
    monkeypatch.setenv("OMP_PROC_BIND", "true")
    for cpus in (None, tuple(ALLOWED)):
        outcome = measured(BENCH, f"--executors={executor}", "--workers=2", cpus=cpus)
        kinds = {outcome.kind, *(failure["kind"] for failure in outcome.failures)} - {""}
        assert kinds == {"placement"} and outcome.entries() == []


def test_the_frequency_is_probed_before_and_after() -> None:
    outcome = measured(BENCH, "--executors=serial", "--workers=1")
    assert 10 < outcome.disturbance["frequency"] < 1e5
    assert abs(outcome.disturbance["drift"]) < 1
