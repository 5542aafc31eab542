"""What a `load` leaves: its results with the evidence of every sample, and beside them what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from scripts.analysis.load.answer import Choice, choices
from scripts.analysis.load.knee import knees
from scripts.analysis.load.slo import Slo
from scripts.analysis.load.loads import loads
from scripts.analysis.text import SCHEMA
from scripts.measuring.catalogue import Json
from scripts.measuring.load.samples import Samples
from scripts.measuring.running.request import Request

RESULT = "load.json"


def whole(request: Request, samples: Samples, slo: Slo | None, context: Mapping[str, Any]) -> Json:
    """The results, and what they say: "loads", "choices" and "knees"."""
    cells = [cell.entry | {"name": cell.name} for cell in request.plan.cells]
    known = {str(cell["name"]): cell for cell in cells}
    found = loads(samples.seen, known)
    searched = bool(context["searched"])
    return {
        "schema": SCHEMA,
        "context": samples.context | request.subject.facts(request.catalogue) | dict(context),
        "benchmarks": [],
        "cells": cells,
        "failures": samples.as_failures(list(known)),
        "loads": [one.as_json() for one in found],
        "choices": [] if searched else [_choice(one) for one in choices(found, slo)],
        "knees": [
            {"cell": name, **one.as_json()}
            for name, one in (knees(samples.seen, slo) if slo and searched else {}).items()
        ],
        "evidence": samples.evidence,
    }


def said(document: Json) -> Json:
    """Without the evidence."""
    return {key: value for key, value in document.items() if key != "evidence"}


def _choice(one: Choice) -> Json:
    needs = [
        {
            "contender": need.contender,
            "workers": need.enough.workers if need.enough else None,
            "best": need.most.cell,
        }
        for need in one.needs
    ]
    return {
        "case": one.case,
        "rate": one.rate,
        "share": one.share,
        "best": one.best.cell if one.best else None,
        "needs": needs,
    }


def limit(slo: Slo | None) -> Json | None:
    """As the context has it."""
    return asdict(slo) if slo else None
