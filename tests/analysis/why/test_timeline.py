"""Reading the evidence of a timeline."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from scripts.analysis.results import BadResults, load
from scripts.analysis.why.timeline import Slice, timelines
from tests.analysis.why.observed import BATCH, timeline, track
from tests.cells import cell_of

NAME = "math/pool/workers:2/tasks:20"
CELLS = {NAME: cell_of(NAME)}


def test_what_it_holds() -> None:
    other = {"observer": "states", "cell": NAME}
    (one,) = timelines([other, timeline(NAME), timeline(NAME, batches=9)], CELLS).values()
    assert (one.contender, one.family, one.workers, one.batches) == ("pool", "pool", 2, 30), "of the first"
    assert one.begin == 0 and one.end == pytest.approx(2 * BATCH + 0.495 * BATCH)
    first, _ = one.tracks
    assert first.slices[1] == Slice(0.0005, 0.00095, 1, 1)
    assert first.watched and [each.kind for each in first.absences] == ["blocked"] * 3


def test_without_a_slice_there_is_none() -> None:
    idle = track(slices=[], absences=[])
    assert timelines([timeline(NAME, [idle])], CELLS) == {}
    busy = timeline(NAME, [idle, track(2)], begins=[])
    assert timelines([busy], CELLS)[NAME].begin == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 2},
        {"cell": "another"},
        {"begins": [math.inf]},
        {"seconds": -1},
        {"tracks": None},
        {"tracks": [track(slices=[[0, 2, 0, 1], [1, 3, 1, 1]])]},
        {"tracks": [track(slices=[[2, 1, 0, 1]])]},
        {"tracks": [track(slices=[[0, 1]])]},
        {"tracks": [track(absences=[[0, 1, "lost"]])]},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^evidence\[0\]: no timeline \("):
        timelines([{**timeline(NAME), **wrong}], CELLS)


def test_results_bring_it(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    document = {"schema": 2, "context": {}, "benchmarks": [], "failures": [], "cells": [CELLS[NAME]]}
    path.write_text(json.dumps({**document, "evidence": [timeline(NAME)]}))
    assert set(load([path]).timelines[0]) == {NAME}
    path.write_text(json.dumps({**document, "evidence": [timeline("another")]}))
    with pytest.raises(BadResults, match="no timeline"):
        load([path])
