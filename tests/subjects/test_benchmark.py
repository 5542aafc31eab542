"""A Google Benchmark program as a subject, with the packaged library."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.measuring.catalogue import Catalogue
from scripts.measuring.plan import Selection
from scripts.measuring.sample import Outcome
from scripts.measuring.subject import Change, Conditions
from scripts.measuring.usage import UsageError
from scripts.subjects.benchmark import Benchmark

MACHINE = Catalogue(Path("fanout-bench"), 1.5, (0, 1), (), ())
LAMBDA = 'a (b) [c] {d} *+?.^$|\\ "q" ü, [](int x) { return x / 2; }'
HOSTILE = [LAMBDA, "latin \ufffd", "/", "-negative", "templated<std::pair<int, char*>, int>/8"]


def of(program: Path, filter: str = "") -> Benchmark:
    return Benchmark(program, filter, 0.001)


def sample(subject: Benchmark, name: str, how: Conditions = Conditions(60.0)) -> tuple[Outcome, str]:
    """The outcome of a cell, and the kind and reason of its failure, if any."""
    (cell,) = (cell for cell in subject.plan(Selection(), MACHINE).cells if cell.name == name)
    outcome = subject.sample(cell, replace(how, timing=subject.timing))
    failure = outcome.failure_of(name)
    return outcome, f"{failure['kind']}: {failure['reason']}" if failure else ""


def test_its_benchmarks_are_the_cells(tricky: Path) -> None:
    cells = {cell.name: cell for cell in of(tricky).plan(Selection(), MACHINE).cells}
    assert {*HOSTILE, "counts", "twice", "fails", "dies", "least/4/min_time:0.020"} <= cells.keys()
    assert len(cells) == 19, "what the program prints is none, though a benchmark is called like it"
    threads = [cells[f"sleeps/real_time/threads:{count}"] for count in (1, 2, 4)]
    assert [(cell.case, cell.workers, cell.baseline) for cell in threads] == [
        ("sleeps/real_time", 1, True),
        ("sleeps/real_time", 2, False),
        ("sleeps/real_time", 4, False),
    ]
    assert cells["jobs/workers:2/iterations:3"].workers == 2
    assert {cell.contender for cell in cells.values()} == {"tricky"}


def test_a_sample_is_one_benchmark_whatever_its_name(tricky: Path) -> None:
    for name in HOSTILE:
        outcome, failure = sample(of(tricky), name)
        assert not failure and [entry["name"] for entry in outcome.entries()] == [name]
        assert outcome.time_of(name) < 0.001


def test_counters_pass_through_and_take_no_name_of_fanouts(tricky: Path) -> None:
    outcome, _ = sample(of(tricky), "counts")
    (entry,) = outcome.entries()
    assert entry["items_per_second"] > 0 and entry["tasks_counter"] == 1.5 and entry["workers"] == 1
    assert not {"tasks", "nothing"} & entry.keys(), "NaN is no number"


@pytest.mark.parametrize(
    "name", ["jobs/workers:2/iterations:3", "repeated/repeats:3/process_time", "sleeps/real_time/threads:1"]
)
def test_a_sample_is_in_nanoseconds_whatever_the_benchmark_asks_for(tricky: Path, name: str) -> None:
    outcome, failure = sample(of(tricky), name)
    assert not failure and len(outcome.entries()) == 1
    assert outcome.entries()[0]["time_unit"] == "ns" and outcome.time_of(name) > 0.001


def test_a_rate_is_judged_by_the_time_of_one_item(tricky: Path) -> None:
    by_rate = replace(of(tricky), rate="items_per_second")
    (entry,) = sample(by_rate, "counts")[0].entries()
    assert entry["real_time"] == pytest.approx(1e9 / entry["items_per_second"])
    assert entry["cpu_time"] == pytest.approx(entry["real_time"]), "the library takes this rate by CPU time"
    assert entry["iterations"] * entry["real_time"] > 100 * entry["iteration_time"]
    assert by_rate.facts(MACHINE)["unit"] == "item" and "--rate=items_per_second" in by_rate.words
    assert by_rate.identity != of(tricky).identity
    failure = sample(replace(of(tricky), rate="bytes_per_second"), "counts")[1]
    assert failure == "error: --rate=bytes_per_second is None; its rates: items_per_second"
    assert sample(by_rate, "dies")[1] == "crash: killed by SIGABRT"


def test_manual_time_is_the_time(tricky: Path) -> None:
    outcome, _ = sample(of(tricky), "manual/manual_time")
    assert outcome.time_of("manual/manual_time") == pytest.approx(0.001)


def test_threads_share_the_iterations(tricky: Path) -> None:
    outcome, _ = sample(of(tricky), "sleeps/real_time/threads:4")
    assert outcome.time_of("sleeps/real_time/threads:4") > 0.00025


@pytest.mark.parametrize(
    ("name", "found"),
    {
        "fails": 'error: no "input" here',
        "dies": "crash: killed by SIGABRT",
        "twice": "error: two benchmarks have this name",
    }.items(),
)
def test_a_cell_fails_with_its_reason(tricky: Path, name: str, found: str) -> None:
    assert sample(of(tricky), name)[1] == found


def test_an_exit_status_is_a_failure_whatever_was_written(tricky: Path) -> None:
    how = Conditions(60.0, change=Change(environment={"TRICKY_STATUS": "3"}))
    assert sample(of(tricky), "counts", how)[1] == "crash: exit status 3"


def test_a_benchmark_that_takes_too_long_is_killed(tricky: Path) -> None:
    began = time.monotonic()
    endless = replace(of(tricky), min_time=1000.0)
    assert sample(endless, "counts", Conditions(0.5))[1].startswith("timeout: did not end within 0.5 s")
    assert time.monotonic() < began + 30


def test_another_program_of_an_arm_may_lack_the_benchmark(tricky: Path, tmp_path: Path) -> None:
    (cell,) = of(tricky, "^counts$").plan(Selection(), MACHINE).cells
    absent = replace(cell, name="count")
    outcome = of(tricky).sample(absent, Conditions(60.0, timing=of(tricky).timing))
    assert outcome.failure_of("count") == {
        "name": "count",
        "kind": "missing",
        "cause": {"status": 0},
        "reason": "no such benchmark: --benchmark_filter=^count$ matched none",
    }


def test_it_runs_on_its_cpus(tricky: Path) -> None:
    cpus = sorted(os.sched_getaffinity(0))[:1]
    assert not sample(of(tricky), "counts", Conditions(60.0, cpus=cpus))[1]


def test_filter_and_workers_choose(tricky: Path) -> None:
    def names(subject: Benchmark, workers: str = "") -> list[str]:
        return [cell.name for cell in subject.plan(Selection(workers=workers), MACHINE).cells]

    assert names(of(tricky, "^jobs")) == ["jobs/workers:1/iterations:3", "jobs/workers:2/iterations:3"]
    assert names(of(tricky, "^(jobs|sleeps)"), "max,4") == [
        "sleeps/real_time/threads:2",
        "sleeps/real_time/threads:4",
        "jobs/workers:2/iterations:3",
    ]
    with pytest.raises(UsageError, match="--workers=3: no benchmark has as many.* 1, 2, 4"):
        names(of(tricky), "3")
    with pytest.raises(UsageError, match="--filter=nothing: tricky has no such benchmarks"):
        names(of(tricky, "nothing"))
    with pytest.raises(UsageError, match="refuses the filter: Could not compile"):
        names(of(tricky, "*("))
    with pytest.raises(UsageError, match="--set=a.b=1: .* has no parameters"):
        of(tricky).plan(Selection(settings=("a.b=1",)), MACHINE)
