"""What the names of benchmarks say."""

from __future__ import annotations

import pytest

from scripts.analysis.foreign.names import entries, named


@pytest.mark.parametrize(
    ("name", "found"),
    {
        "sort": ("sort", "sort", 1),
        "sort/8/real_time/threads:4": ("sort", "sort/8/real_time", 4),
        "jobs/workers:2/iterations:3": ("jobs", "jobs/iterations:3", 2),
        "both/workers:2/threads:4": ("both", "both/workers:2", 4),
        "none/threads:0": ("none", "none/threads:0", 1),
        "none/threads:x/1threads:2/threads:3x": ("none", "none/threads:x/1threads:2/threads:3x", 1),
        "threads:4": ("threads:4", "threads:4", 1),
        "/": ("/", "/", 1),
        "/threads:2": ("/threads:2", "/threads:2", 2),
    }.items(),
)
def test_a_component_says_the_workers(name: str, found: tuple[str, str, int]) -> None:
    assert named(name) == found


def test_the_fewest_workers_of_a_case_are_the_base() -> None:
    found = entries(["a/threads:2", "a/threads:4", "b", "c/threads:8"], "program")
    assert [name for name, entry in found.items() if entry["baseline"]] == ["a/threads:2"]
    assert {entry["contender"] for entry in found.values()} == {"program"}


def test_cells_that_would_be_one_are_cases_by_themselves() -> None:
    found = entries(["a/threads:2", "a/workers:2", "a/workers:4"], "program")
    assert [(entry["case"], entry["workers"]) for entry in found.values()] == [
        ("a/threads:2", 2),
        ("a/workers:2", 2),
        ("a", 4),
    ]
