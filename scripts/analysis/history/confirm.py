"""Whether two builds differ: a duet of them, which ends early where there seems to be nothing to find."""

from __future__ import annotations

import math

from scripts.analysis.duel import Duel, decide
from scripts.analysis.history.parameters import PARAMETERS, Parameters
from scripts.analysis.looks import LOOKS
from scripts.analysis.verdict import Verdict


def confirmed(duel: Duel, parameters: Parameters = PARAMETERS) -> Verdict:
    """The verdict of a duet of both builds in one cell, over as many of its rounds as it takes (`samples`).

    Most of what is nominated is nothing, and to show that builds are equal takes all rounds; so at each look it also ends
    where the estimate lies within the margin. That takes some changes from what is found, and adds none. Fresh rounds are not asked for:
    a change that is nominated has been there in runs of several commits.
    """
    verdict = _so_far(duel, LOOKS[0], parameters)
    for look in LOOKS[1:]:
        hopeless = abs(math.log(verdict.estimate)) <= math.log1p(parameters.margin)
        if verdict.state != "inconclusive" or hopeless:
            break
        verdict = _so_far(duel, look, parameters)
    return verdict


def _so_far(duel: Duel, look: int, parameters: Parameters) -> Verdict:
    return decide(duel.part(0, look), 1, parameters.margin, parameters.error, confirm=False)
