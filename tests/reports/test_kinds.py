"""Failures as people are told of them."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from scripts.analysis.table import FAILURE_COLUMNS, frame, grouped, place
from scripts.analysis.text import KINDS, kind_label, where
from tests.cells import cell_of
from tests.conftest import ROOT

SPEAKING = {"crash", "impossible", "interrupted", "unavailable"}  # for themselves


def table(*kinds: str) -> pd.DataFrame:
    row = place(0, cell_of("math/pool/workers:2"))
    return frame([row | {"kind": kind, "reason": "why"} for kind in kinds], FAILURE_COLUMNS)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("timeout", "time-out"),
        ("memory", "out of memory"),
        ("threads", "out of threads"),
        ("receipt", "wrong or missing answer"),
        ("crash", "crash"),
        ("of tomorrow", "of tomorrow"),
    ],
)
def test_a_kind_has_plain_words(kind: str, words: str) -> None:
    (failed,) = grouped(table(kind, kind))
    assert (kind_label(failed.kind), len(failed.cells)) == (words, 2)
    assert where(failed.contender, failed.cells) == "pool (2 cells, the first math/pool/workers:2)"


def test_every_kind_that_there_is_has_words() -> None:
    schema = json.loads((ROOT / "tests/benchmarks/results.schema.json").read_text())
    kinds = schema["definitions"]["failure"]["properties"]["kind"]["enum"]
    assert {*KINDS, *SPEAKING} == set(kinds)
