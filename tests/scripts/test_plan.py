"""Which cells a run measures."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.measuring import catalogue, plan
from scripts.measuring.catalogue import Catalogue, Cell, Owner, Parameter
from scripts.measuring.plan import Plan, Selection
from scripts.measuring.profile import DEFAULT, FULL, Profile
from scripts.measuring.usage import UsageError


def make(bench: Path, chosen: Profile = DEFAULT, selection: Selection = Selection()) -> Plan:
    return plan.make(catalogue.read(bench), chosen, selection)


def cells(planned: Plan, workload: str) -> list[Cell]:
    return [cell for cell in planned.cells if cell.workload == workload]


def workloads(planned: Plan) -> list[str]:
    return list(dict.fromkeys(cell.workload for cell in planned.cells))


def counts(planned: Plan, workload: str) -> list[int]:
    return sorted({cell.workers for cell in cells(planned, workload) if cell.executor == "pool"})


@pytest.mark.parametrize(
    ("cpus", "expected"),
    [
        (0.5, [1, 2]),
        (1, [1, 2]),
        (1.5, [1, 2, 4]),
        (2, [1, 2, 4]),
        (3, [1, 2, 3, 6]),
        (4, [1, 2, 4, 8]),
        (5.1, [1, 2, 4, 6, 12]),
        (64, [1, 2, 4, 8, 16, 32, 64, 128]),
    ],
)
def test_worker_counts_are_powers_of_two_then_all_cpus_then_twice_that(
    cpus: float, expected: list[int]
) -> None:
    assert plan.worker_counts(cpus) == expected


def test_the_default_has_all_standard_workloads_and_executors(bench: Path) -> None:
    planned = make(bench)
    assert sorted(planned.cases) == ["math/kernel:primes/tasks:8", "sleep/duration:1ms", "spin"]
    for members in planned.cases.values():
        assert {cell.executor for cell in members} == {one.name for one in catalogue.read(bench).executors}
        assert [cell.workers for cell in members if cell.executor == "serial"] == [1]
        assert len({cell.name for cell in members}) == len(members)


def test_workloads_that_share_worker_counts_are_asked_for_at_once(
    bench: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    honest = catalogue.ask

    def ask(binary: Path, *arguments: str) -> str:
        asked.append([word for word in arguments if word.startswith("--workloads=")])
        return honest(binary, *arguments)

    monkeypatch.setattr(catalogue, "ask", ask)
    make(bench)
    assert asked == [[], ["--workloads=math,spin"], ["--workloads=sleep"]]


def test_worker_counts_follow_the_cpus_or_the_waiting(bench: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_CPUS", "2.5")
    assert counts(make(bench), "math") == [1, 2, 3, 6]
    assert counts(make(bench), "sleep") == [1, 4, 16]
    assert counts(make(bench, FULL), "sleep") == [1, 2, 4, 8, 16, 32, 64]
    assert counts(make(bench, selection=Selection(workers="max,7")), "sleep") == [3, 7]


def test_full_has_every_first_choice_as_a_case_of_its_own(bench: Path) -> None:
    cases = sorted(make(bench, FULL).cases)
    assert cases == ["math/kernel:pi/tasks:8", "math/kernel:primes/tasks:8", "sleep/duration:20ms", "spin"]
    assert make(bench, FULL).left_out == ()


def test_the_default_says_what_it_leaves_out(bench: Path) -> None:
    left_out = make(bench).left_out
    assert "math with kernel pi" in left_out
    assert any("1, 4, 16" in sentence for sentence in left_out)
    for asked in (Selection(workers="1"), Selection(("math",)), Selection(settings=("math.kernel=pi",))):
        assert make(bench, selection=asked).left_out == ()


def test_the_default_leaves_out_what_is_not_standard_unless_it_is_named(
    bench: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_OPTIONAL", "pool,spin")
    planned = make(bench)
    assert workloads(planned) == ["math", "sleep"]
    assert "pool" not in {cell.executor for cell in planned.cells}
    assert "spin, pool" in planned.left_out
    named = make(bench, selection=Selection(workloads=("sp*",), executors=("p*", "serial")))
    assert {cell.executor for cell in named.cells} == {"pool", "serial"}
    assert workloads(named) == ["spin"] and "spin, pool" not in named.left_out
    assert workloads(make(bench, selection=Selection(settings=("spin.rate=7",)))) == ["math", "spin", "sleep"]


def test_a_cell_alone_is_what_its_arguments_run(bench: Path) -> None:
    selection = Selection(settings=("math.kernel=pi,primes", "math.tasks=9"), seed=7)
    planned = make(bench, selection=selection)
    assert {cell.case for cell in cells(planned, "math")} == {
        "math/kernel:pi/tasks:9",
        "math/kernel:primes/tasks:9",
    }
    for members in planned.cases.values():
        cell = members[-1]
        assert "--seed=7" in cell.arguments
        alone = [text for text in cell.arguments if text != "--seed=7"]
        assert [found.name for found in catalogue.read(bench).cells(alone, 7)] == [cell.name]


def test_an_executors_own_parameter_makes_contenders_of_one_case(bench: Path) -> None:
    loop = Selection(("sleep",), ("loop",), "1", ("loop.in_flight=1,16,all",))
    planned = make(bench, selection=loop)
    assert [cell.contender for cell in planned.cells] == ["loop@1", "loop@16", "loop"]
    assert len(planned.cases) == 1
    assert [cell.entry["executor_roles"] for cell in planned.cells] == [
        {"in_flight": 1}, {"in_flight": 16}, {"in_flight": None},
    ]  # fmt: skip


def test_a_setting_takes_the_place_of_a_cells_own() -> None:
    cell = Cell(
        "a", "a", ("--executors=pool", "--set=spin.rate=0", "--set=spin.tasks=2"), Path("b"), "spin", "pool"
    )
    assert cell.with_settings(["spin.rate=812", "math.tasks=3", "pool.grain=4"]) == [
        "--executors=pool", "--set=spin.tasks=2", "--set=spin.rate=812", "--set=pool.grain=4",
    ]  # fmt: skip
    assert cell.with_settings(["spin.rate=812", "spin.rate=7"])[-1] == "--set=spin.rate=7"
    assert cell.with_settings([]) == list(cell.arguments)


def test_values_reach_the_binary_as_they_are(bench: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text and files may hold commas; what is split is for the binary to say."""
    asked: list[str] = []

    def ask(binary: Path, *words: str) -> str:
        asked.extend(words)
        return '{"schema": 2, "cells": []}'

    monkeypatch.setattr(catalogue, "ask", ask)
    known = Catalogue(
        bench,
        2.0,
        (),
        (Owner("search", True, (Parameter("pattern", "", (), ""),)),),
        (Owner("pool", True, ()),),
    )
    with pytest.raises(UsageError, match="nothing to run"):
        plan.make(known, DEFAULT, Selection(settings=("search.pattern=a,b",)))
    assert "--set=search.pattern=a,b" in asked


def test_a_setting_that_reaches_no_cell_is_refused(bench: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a workload that none of the selected executors runs, beside one that they do."""
    honest = catalogue.ask

    def ask(binary: Path, *words: str) -> str:
        return honest(binary, *(word.replace("math,", "") for word in words if "math.tasks" not in word))

    monkeypatch.setattr(catalogue, "ask", ask)
    with pytest.raises(UsageError, match="--set=math.tasks=4: it reaches no cell"):
        make(bench, selection=Selection(("math", "spin"), ("pool",), settings=("math.tasks=4",)))


def test_the_user_overrides_the_profile(bench: Path) -> None:
    planned = make(bench, selection=Selection(settings=("sleep.duration=3ms",)))
    assert "sleep.duration=3ms" in planned.settings
    assert {cell.case for cell in cells(planned, "sleep")} == {"sleep/duration:3ms"}


def test_globs_select(bench: Path) -> None:
    planned = make(bench, selection=Selection(workloads=("s*",), executors=("exit*", "pool")))
    assert sorted(workloads(planned)) == ["sleep", "spin"]
    assert {cell.executor for cell in planned.cells} == {"pool", "exit1", "exit137"}


@pytest.mark.parametrize("answer", ["", "[]", '{"schema": 2}', '{"schema": 2, "cells": [{"name": "a"}]}'])
def test_an_answer_of_another_shape_is_refused(answer: str) -> None:
    with pytest.raises(UsageError, match="b --dry-run=json is not a list of cells"):
        catalogue.parse_cells(answer, "b", Path("b"))


def test_a_binary_of_another_version_is_refused() -> None:
    with pytest.raises(UsageError, match="speaks schema 1, this is 2"):
        catalogue.parse_cells('{"schema": 1, "cells": []}', "b", Path("b"))


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        (
            Selection(workloads=("maths",)),
            ["--workloads", "'maths' (did you mean math?)", "math, sleep, spin"],
        ),
        (Selection(executors=("pool", "z*")), ["--executors", "'z*'", "serial, pool"]),
        (Selection(settings=("math.kernel",)), ["--set=math.kernel", "=VALUE"]),
        (Selection(settings=("math.colour=red",)), ["--set=math.colour=red", "math.kernel, math.tasks"]),
        (Selection(settings=("lop.inflight=3",)), ["'lop.inflight' (did you mean loop.in_flight?)"]),
        (Selection(settings=("pool.in_flight=3",)), ["called 'pool.in_flight'", "accepted: loop.in_flight"]),
        (Selection(executors=("serial",), workers="1,4"), ["--workers=4: serial cannot have 4 workers"]),
        (Selection(executors=("serial",), workers="max"), ["--workers=max: serial cannot have 2 workers"]),
        (
            Selection(executors=("loop",), settings=("loop.in_flight=1,2,1",)),
            ["--set=loop.in_flight=1,2,1", "two of these values are the same"],
        ),
        (
            Selection(settings=("math.tasks=4",), workloads=("spin",)),
            ["--set=math.tasks=4", "not among", "spin"],
        ),
        (Selection(settings=("math.kernel=bad",)), ["fanout-bench: --set=math.kernel", "not accepted"]),
        (Selection(workers="many"), ["fanout-bench: --workers: 'many'"]),
    ],
)
def test_wrong_selections_name_the_flag_and_what_is_accepted(
    bench: Path, selection: Selection, said: list[str]
) -> None:
    with pytest.raises(UsageError) as error:
        make(bench, selection=selection)
    assert all(part in str(error.value) for part in said), error.value
    assert "\n" not in str(error.value)


def test_a_binary_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match="no binary at .*nowhere; build it"):
        catalogue.read(Path("nowhere"))
    with pytest.raises(UsageError, match="/bin/echo --list=json is not a catalogue"):
        catalogue.read(Path("/bin/echo"))
