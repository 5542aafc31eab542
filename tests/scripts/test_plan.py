"""Which cells a run measures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scripts.measuring import catalogue, plan, profile
from scripts.measuring.plan import Plan, Selection
from scripts.measuring.profile import FULL, Profile
from scripts.measuring.usage import UsageError

LEAN = replace(profile.DEFAULT, leaves_out=(), settings={"sleep.duration": "1ms", "http.latency": "5ms"})


def make(bench: Path, chosen: Profile = LEAN, selection: Selection = Selection()) -> Plan:
    known = catalogue.read(bench)
    return plan.make(known, chosen, selection, lambda asked: catalogue.cell_names(bench, asked))


def counts(planned: Plan, workload: str) -> list[int]:
    cells = [cell for block in planned.blocks if block.workload == workload for cell in block.cells]
    return sorted({cell.workers for cell in cells if cell.executor == "pool"})


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


def test_the_default_has_all_workloads_and_executors(bench: Path) -> None:
    planned = make(bench)
    assert [block.case for block in planned.blocks] == [
        "math/kernel:primes/tasks:8",
        "sleep/duration:1ms",
        "spin",
    ]
    for block in planned.blocks:
        assert {cell.executor for cell in block.cells} == set(catalogue.read(bench).executors)
        assert [cell.workers for cell in block.cells if cell.executor == "serial"] == [1]
        assert len({cell.name for cell in block.cells}) == len(block.cells)


def test_worker_counts_follow_the_cpus_or_the_waiting(bench: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_CPUS", "2.5")
    assert counts(make(bench), "math") == [1, 2, 3, 6]
    assert counts(make(bench), "sleep") == [1, 4, 16]
    assert counts(make(bench, FULL), "sleep") == [1, 2, 4, 8, 16, 32, 64]
    assert counts(make(bench, selection=Selection(workers="max,7")), "sleep") == [2, 7]


def test_full_has_every_first_choice_as_a_block_of_its_own(bench: Path) -> None:
    cases = [block.case for block in make(bench, FULL).blocks]
    assert cases == ["math/kernel:primes/tasks:8", "math/kernel:pi/tasks:8", "sleep/duration:20ms", "spin"]
    assert make(bench, FULL).left_out == ()


def test_the_default_says_what_it_leaves_out(bench: Path) -> None:
    left_out = make(bench).left_out
    assert "math with kernel pi" in left_out
    assert any("1, 4, 16" in sentence for sentence in left_out)
    asked = make(bench, selection=Selection(settings=("math.kernel=pi",), workers="1")).left_out
    assert not any("kernel" in sentence or "worker" in sentence for sentence in asked)


def test_the_default_leaves_out_variants_unless_they_are_named(bench: Path) -> None:
    leaner = replace(LEAN, leaves_out=("pool", "spin", "not there"))
    planned = make(bench, leaner)
    assert "spin" not in [block.workload for block in planned.blocks]
    assert "pool" not in {cell.executor for block in planned.blocks for cell in block.cells}
    assert "spin, pool" in planned.left_out
    named = make(bench, leaner, Selection(workloads=("sp*",), executors=("p*", "serial")))
    assert {cell.executor for block in named.blocks for cell in block.cells} == {"pool", "serial"}
    assert [block.workload for block in named.blocks] == ["spin"]
    assert "spin, pool" not in named.left_out


def test_a_cell_alone_is_what_its_arguments_run(bench: Path) -> None:
    selection = Selection(settings=("math.kernel=pi,primes", "math.tasks=9"), seed=7)
    planned = make(bench, selection=selection)
    assert [block.case for block in planned.blocks][:2] == [
        "math/kernel:pi/tasks:9",
        "math/kernel:primes/tasks:9",
    ]
    for block in planned.blocks:
        cell = block.cells[-1]
        assert "--seed=7" in cell.arguments
        assert catalogue.cell_names(bench, list(cell.arguments)) == [cell.name]


def test_the_user_overrides_the_profile(bench: Path) -> None:
    planned = make(bench, selection=Selection(settings=("sleep.duration=3ms",)))
    assert "sleep.duration=3ms" in planned.settings
    assert [block.case for block in planned.blocks if block.workload == "sleep"] == ["sleep/duration:3ms"]


def test_globs_select(bench: Path) -> None:
    planned = make(bench, selection=Selection(workloads=("s*",), executors=("exit*", "pool")))
    assert [block.workload for block in planned.blocks] == ["sleep", "spin"]
    assert {cell.executor for cell in planned.blocks[0].cells} == {"pool", "exit1", "exit137"}


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        (Selection(workloads=("maths",)), ["--workloads", "'maths'", "math, sleep, spin"]),
        (Selection(executors=("pool", "z*")), ["--executors", "'z*'", "serial, pool"]),
        (Selection(settings=("math.kernel",)), ["--set=math.kernel", "=VALUE"]),
        (Selection(settings=("math.colour=red",)), ["--set=math.colour=red", "math.kernel, math.tasks"]),
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
