"""The waterfall beside the truth: what is gained where a simulated fault is taken away."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest

from scripts.analysis.why.waterfall import (
    BLOCKED,
    DEARER,
    IMBALANCE,
    READY,
    SPINNING,
    STARTING,
    TERMS,
    waterfall,
)
from tests.analysis.why.builder import entry, read
from tests.analysis.why.simulation import TASKS, TICK, TICKS, Faults, run

FAULTS: dict[str, tuple[str, Any]] = {  # by the term in which they belong: the field, its value
    READY: ("cpus", 2),
    BLOCKED: ("lock", 10),
    IMBALANCE: ("uneven", True),
    DEARER: ("dearer", 10),
    SPINNING: ("waste", 9),
    STARTING: ("late", 500),
}


def seconds(names: tuple[str, ...]) -> float:
    return float(run(Faults(**dict(FAULTS[name] for name in names)))["seconds"])


def truth(names: tuple[str, ...]) -> dict[str, float]:
    """What each fault costs, in logarithms: the mean over the orders in which they are taken away."""
    found = dict.fromkeys(names, 0.0)
    orders = list(itertools.permutations(names))
    for order in orders:
        left = order
        while left:
            found[left[0]] += math.log(seconds(left) / seconds(left[1:])) / len(orders)
            left = left[1:]
    return found


def shares(faults: Faults) -> dict[str, float]:
    base = entry("w/serial/workers:1", 1, {"body": (TASKS * TICKS * TICK, 0.0, 0.0)}, tasks=TASKS, batches=1)
    found = waterfall(read(run(faults)), read(base))
    assert sum(term.log.median for term in found.terms) == pytest.approx(found.loss.median)
    return {term.name: term.share.median for term in found.terms}


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_is_found(name: str) -> None:
    whole = math.log(seconds((name,)) / seconds(()))
    assert whole > 0.2, "a loss that is worth a cause"
    assert shares(Faults(**dict([FAULTS[name]])))[name] == pytest.approx(1, abs=0.1)


# Where a lock is always taken, its waits shrink by what else takes time: such costs are hidden, and belong to both.
HIDDEN = [{BLOCKED, other} for other in (READY, DEARER, SPINNING)]
PAIRS = [pair for pair in itertools.combinations(FAULTS, 2) if set(pair) not in HIDDEN]


@pytest.mark.parametrize("names", PAIRS, ids=" and ".join)
def test_two_faults_are_told_apart(names: tuple[str, str]) -> None:
    """Each within 10 percentage points of the loss."""
    found, known = shares(Faults(**dict(FAULTS[name] for name in names))), truth(names)
    for name in TERMS:
        assert found[name] == pytest.approx(known.get(name, 0.0) / sum(known.values()), abs=0.1), name


def test_spinning_for_the_end_is_imbalance() -> None:
    assert shares(Faults(uneven=True, spins=True))[IMBALANCE] == pytest.approx(1, abs=0.1)
