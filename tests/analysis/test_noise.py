"""What stands beside a verdict of this machine's noise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.analysis import noise

CONTEXT = {"cpu_model": "X", "effective_cpus": 2.0, "compiler": "GNU 12", "seed": 1, "governor": "unknown"}
SHARE = {"hits": 9, "trials": 1000, "share": 0.009, "low": 0.0041, "high": 0.017}


@pytest.fixture
def found() -> dict[str, Any]:
    return {
        "started": "2026-11-20T12:00:00+00:00",
        "machine": noise.facts(CONTEXT),
        "nominal": 0.01,
        "false_alarms": SHARE,
        "quoted": {"slowdown": 0.02, "margin": 0.01, **SHARE, "share": 0.96, "low": 0.94, "high": 0.97},
    }


def quoted(tmp_path: Path, content: str, context: dict[str, Any] = CONTEXT) -> str:
    path = tmp_path / noise.FILE
    path.write_text(content)
    return noise.quote(path, context)


def test_the_sentence(tmp_path: Path, found: dict[str, Any]) -> None:
    assert quoted(tmp_path, json.dumps(found)) == (
        "This machine, by fanout selftest of 2026-11-20: false alarms 0.9 % [0.41, 1.7] at a nominal 1 % a cell; "
        "a change of 2 % is found in 96 % [94, 97] of duets at a margin of 1 %, in the quietest cell."
    )


def test_where_no_slowdown_came_out_as_asked_none_is_quoted(tmp_path: Path, found: dict[str, Any]) -> None:
    assert quoted(tmp_path, json.dumps(found | {"quoted": {}})).endswith("at a nominal 1 % a cell.")


def test_another_seed_is_the_same_machine_and_another_compiler_is_not(
    tmp_path: Path, found: dict[str, Any]
) -> None:
    text = json.dumps(found)
    assert quoted(tmp_path, text, CONTEXT | {"seed": 2}).startswith("This machine")
    other = quoted(tmp_path, text, CONTEXT | {"compiler": "Clang 14", "effective_cpus": 4.0})
    assert other == "The selftest in selftest.json is of another machine or build (effective_cpus, compiler)."


def test_without_a_selftest_it_says_how_to_have_one(tmp_path: Path) -> None:
    assert "`scripts/fanout selftest` finds out" in noise.quote(tmp_path / "none.json", CONTEXT)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"machine": 3}', '{"machine": {}, "false_alarms": {}}']
)
def test_a_torn_file_is_said_to_be_one(tmp_path: Path, content: str) -> None:
    assert "cannot be quoted" in quoted(tmp_path, content)
