"""What a `why` leaves: the results of its score, and beside them the same with evidence, waterfalls and advice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from scripts.advice.suspicion import Advice, ends
from scripts.measuring.catalogue import Json
from scripts.measuring.running.contest import stop_reasons
from scripts.measuring.running.request import Request
from scripts.measuring.results import document
from scripts.measuring.why.experiments import Experiments
from scripts.measuring.why.findings import Findings
from scripts.measuring.why.passes import Passes

RESULT = "why.json"


def score(request: Request, passes: Passes, context: Mapping[str, Any], unfinished: str) -> Json:
    """As a run's results, which report, plot and compare read; with the evidence of every round."""
    measured, cells = passes.score, request.plan.cells
    reasons = stop_reasons(cells, request.stopping, unfinished, measured)
    found = document(measured, cells, reasons, request.subject.facts(request.catalogue) | context)
    return found | {"evidence": [*found["evidence"], *passes.evidence]}


def whole(
    results: Json, passes: Passes, found: Findings, advice: list[Advice], tried: Experiments | None
) -> Json:
    return results | {
        "unobserved": [one for name, one in passes.failures.items() if name not in passes.score.failures],
        "perturbation": {name: ends(one) for name, one in found.perturbation.items()},
        "waterfalls": [asdict(one) for one in found.waterfalls],
        "doubts": found.doubts,
        "experiments": {"seconds": tried.times, "blocked": tried.blocked, "failures": tried.failures}
        if tried
        else {},
        "advice": [one.as_json() for one in advice],
    }
