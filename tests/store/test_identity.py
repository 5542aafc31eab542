"""What makes two results of one class, and what does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scripts.store.identity import build, changes, machine, memory_class
from tests.store.making import BUILD, MACHINE

GIB = 1 << 30
CONTEXT: dict[str, Any] = {
    "cpu_model": "Model X",
    "architecture": "x86_64",
    "effective_cpus": 2.0,
    "smt": "off",
    "governor": "performance",
    "virtualisation": "none seen",
    "memory": 8 * GIB - 300_000_000,
    "mhz_per_cpu": 2400,
    "load_avg": [0.1, 0.2, 0.3],
    "host_name": "one",
    "kernel": "Linux 6.1",
    "caches": [{"level": 1, "size": 32768}],
    "compiler": "GNU 12.2.0",
    "flags": "-O3",
    "build_type": "Release",
    "seed": 1,
    "rounds": 9,
    "pinned": False,
    "commit": "abc1234",
    "date": "2025-01-31T12:00:00+00:00",
    "executors": {"pool": "libstdc++ 12", "tbb": "oneTBB 2021.8", "py_pool": "CPython 3.11.2"},
    "environment": {"OMP_WAIT_POLICY": "active", "PYTHONHASHSEED": "0"},
}
POOL = {"contender": "pool", "executor": "pool", "family": "pool"}
PEER = {"contender": "py_pool", "executor": "py_pool", "family": "python"}


@pytest.mark.parametrize(
    "varied",
    [
        {"mhz_per_cpu": 3600, "load_avg": [9.0, 9.0, 9.0]},
        {
            "host_name": "two",
            "kernel": "Linux 6.12",
            "date": "2026-01-01T00:00:00+00:00",
            "commit": "def5678",
        },
        {"memory": 8 * GIB - 350_000_000, "frequency_probe": {"before": 1.0}, "affinity": [0, 1]},
        {"caches": []},  # the model is known
        {"executors": {"pool": "libstdc++ 12"}},
        {"environment": {"OMP_WAIT_POLICY": "active"}, "pythons": {}},
    ],
)
def test_what_merely_varies_is_in_no_class(varied: dict[str, Any]) -> None:
    other = CONTEXT | varied
    assert machine(other) == machine(CONTEXT) and build(other, POOL) == build(CONTEXT, POOL)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cpu_model", "Model Y"),
        ("effective_cpus", 1.5),
        ("smt", "on"),
        ("governor", "powersave"),
        ("virtualisation", "a hypervisor"),
        ("architecture", "aarch64"),
        ("memory", 16 * GIB),
    ],
)
def test_what_changes_results_is_another_machine(key: str, value: Any) -> None:
    other = machine(CONTEXT | {key: value})
    assert changes(machine(CONTEXT), other) == [key] and other.digest != machine(CONTEXT).digest


@pytest.mark.parametrize(
    ("context", "fact"),
    [
        ({"compiler": "GNU 13"}, "compiler"),
        ({"flags": "-O2"}, "flags"),
        ({"build_type": "Debug"}, "build_type"),
        ({"seed": 2}, "seed"),
        ({"pinned": True}, "pinned"),
        ({"executors": {"pool": "libstdc++ 13"}}, "library"),
        ({"environment": {"OMP_WAIT_POLICY": "passive"}}, "environment"),
    ],
)
def test_what_makes_other_code_is_another_build(context: dict[str, Any], fact: str) -> None:
    other = build(CONTEXT | context, POOL)
    assert changes(build(CONTEXT, POOL), other) == [fact] and other.digest != build(CONTEXT, POOL).digest


def test_so_are_repetitions_of_one_process_and_another_source() -> None:
    one = {key: value for key, value in CONTEXT.items() if key != "rounds"}
    assert changes(build(CONTEXT, POOL), build(one, POOL)) == ["sampling"]
    assert changes(build(CONTEXT, POOL, "a"), build(CONTEXT, POOL, "b")) == ["source"]


def test_what_steers_an_interpreter_is_of_its_cells_alone() -> None:
    other = CONTEXT | {"environment": {"OMP_WAIT_POLICY": "passive", "PYTHONHASHSEED": "0"}}
    assert build(other, PEER) == build(CONTEXT, PEER) and build(CONTEXT, PEER).library == "CPython 3.11.2"


def test_nothing_is_known_of_nothing() -> None:
    empty = machine({"cpu_model": "unknown", "effective_cpus": "many", "memory": True})
    assert empty == replace(MACHINE, **dict.fromkeys(("cpu_model", "architecture", "smt", "virtualisation"), ""),
                            effective_cpus=None, memory=None, caches="[]")  # fmt: skip
    assert build({"executors": 1, "environment": [], "pinned": "yes"}, POOL) == replace(
        BUILD, **dict.fromkeys(("compiler", "flags", "build_type", "library", "seed"), ""),
        pinned=None, sampling="repetitions")  # fmt: skip


def test_a_machine_may_be_named_where_results_do_not() -> None:
    assert machine({}, "runner-1").cpu_model == "runner-1"
    assert machine(CONTEXT, "runner-1").cpu_model == "Model X"


@pytest.mark.parametrize(
    ("bytes_", "size"),
    [
        (8 * GIB, 8.0),
        (7.6 * GIB, 8.0),
        (6.1 * GIB, 8.0),
        (5.8 * GIB, 6.0),
        (15.5 * GIB, 16.0),
        (46.9 * GIB, 48.0),
        (0.45 * GIB, 0.5),
        (1007 * GIB, 1024.0),
    ],
)
def test_memory_has_classes_that_reserved_memory_does_not_change(bytes_: float, size: float) -> None:
    assert memory_class(int(bytes_)) == memory_class(int(0.985 * bytes_)) == size


@pytest.mark.parametrize("wrong", [None, 0, -1, "8 GiB", True, []])
def test_no_memory_is_unknown(wrong: Any) -> None:
    assert memory_class(wrong) is None
