"""What stands beside a verdict of this machine's noise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.analysis.comparable import noise_facts
from scripts.reports import noise

CONTEXT = {"cpu_model": "X", "effective_cpus": 2.0, "compiler": "GNU 12", "seed": 1, "governor": "unknown"}
SHARE = {"hits": 9, "trials": 1000, "share": 0.009, "low": 0.0041, "high": 0.017}


@pytest.fixture
def found() -> dict[str, Any]:
    return {
        "started": "2026-11-20T12:00:00+00:00",
        "machine": noise_facts(CONTEXT),
        "rounds": 150,
        "trials": 1000,
        "quoted": {
            "margin": 0.03,
            "suites": SHARE,
            "slowdown": 0.05,
            "most": {"cell": "math/serial/workers:1/kernel:primes", **SHARE, "share": 1.0},
            "least": {"cell": "search/pool/workers:2/size:1", **SHARE, "share": 0.25},
        },
    }


def quoted(tmp_path: Path, content: str, context: dict[str, Any] = CONTEXT) -> str:
    path = tmp_path / noise.FILE
    path.write_text(content)
    return noise.quote(path, context)


def test_the_sentence(tmp_path: Path, found: dict[str, Any]) -> None:
    assert quoted(tmp_path, json.dumps(found)) == (
        "This machine, by fanout check machine of 2026-11-20 (1000 duets drawn from 150 rounds): at a margin of 3 %, 0.9 % of "
        "suites in which nothing had changed were red, and 5 % slower was found in 100 % (math/serial/workers:1/kernel:primes) "
        "down to 25 % (search/pool/workers:2/size:1). Unpaired comparisons see less."
    )


def test_another_seed_is_the_same_machine_and_another_compiler_is_not(
    tmp_path: Path, found: dict[str, Any]
) -> None:
    text = json.dumps(found)
    assert quoted(tmp_path, text, CONTEXT | {"seed": 2}).startswith("This machine")
    other = quoted(tmp_path, text, CONTEXT | {"compiler": "Clang 14", "effective_cpus": 4.0})
    assert other == "check-machine.json is of another machine or build (effective_cpus, compiler)."


def test_without_findings_it_names_the_remedy(tmp_path: Path) -> None:
    assert "`scripts/fanout check machine` measures it" in noise.quote(tmp_path / "none.json", CONTEXT)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"machine": 3}', '{"machine": {}, "quoted": {}}'])
def test_a_torn_file_is_said_to_be_one(tmp_path: Path, content: str) -> None:
    assert "cannot be quoted" in quoted(tmp_path, content)
