"""The pass that observes has changed what it observes: no verdict, but on tasks that are short for an observer, too."""

from __future__ import annotations

from scripts.advice.figures import number
from scripts.advice.situation import Situation
from scripts.advice.suspicion import Suspicion
from scripts.analysis.why.waterfall import TERMS

ORDER = 95
BY_TIMES = True


def suspect(at: Situation) -> Suspicion | None:
    if not at.perturbed or at.perturbation is None:
        return None
    return Suspicion(
        "the pass that observes takes longer than the cell alone, so that it has seen another one",
        at.share(*TERMS),
        [f"{number(at.perturbation)} of the time without it"],
        "observe larger or more tasks: each worker reads its times at least once a batch, which takes microseconds",
        terms=TERMS,
        state="invalid",
    )
