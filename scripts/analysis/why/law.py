"""The law that speedups follow as workers are added: linear, Amdahl's, the Universal Scalability Law, or a plateau; scaled
speedups, where the work grows with the workers, also Gustafson's.

X(N) = gamma N / (1 + alpha (N - 1) + beta N (N - 1)), so that N / X is linear in N - 1 and N (N - 1); the plateau is
X(N) = gamma min(N, knee), Gustafson's X(N) = gamma (N - serial (N - 1)). The laws sum up: they are no cause.
Source: N. J. Gunther, Guerrilla Capacity Planning, chapters 4 to 6; K. P. Burnham, D. R. Anderson, Model Selection and
Multimodel Inference, 2nd edition, section 2.4 (AICc); J. L. Gustafson, Reevaluating Amdahl's Law, Communications of the ACM
31 (1988).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from scripts.analysis.interval import DRAWS, SEED, Interval, bootstrap_interval, redrawn

REACH = 4  # times the largest number of workers that was fitted: no curve goes further
LEAST_POINTS, LEAST_ROUNDS = 3, 3
WIDEST = 3.0  # from one end of the band to the other, where the curve ends
MISFIT = 0.1  # of a speedup
PEAK_SPREAD, PEAK_REACH = 2.0, 1.5  # of a peak's interval; of its lower end, over the most workers
_EXACT = 1e-4  # relative error below which laws are not told apart: data without noise

Name = Literal["linear", "Amdahl", "USL", "plateau", "Gustafson"]
PARAMETERS: Mapping[Name, int] = {"linear": 1, "Amdahl": 2, "plateau": 2, "USL": 3, "Gustafson": 2}
# By law, which columns of (1, N - 1, N (N - 1)) may be above 0.
_ACTIVE: Mapping[Name, tuple[tuple[int, ...], ...]] = {
    "linear": ((0,),),
    "Amdahl": ((0,), (0, 1)),
    "USL": ((0,), (0, 1), (0, 2), (0, 1, 2)),
}


@dataclass(frozen=True)
class Law:
    """`unidentified` says why nothing follows from it: "points" (fewer than 3 numbers of workers), "rounds" (fewer than
    3), "bend" (at the most workers alone, which a plateau explains better than any law), "misfit" (no law is within 10 %
    of the medians), "wide" (its band spans a factor of 3 where it would end); "" where something does."""

    name: Name | None  # None where there are too few points or rounds
    points: tuple[int, ...]  # numbers of workers that were fitted: at most the effective CPUs
    unidentified: Literal["", "points", "rounds", "bend", "misfit", "wide"]
    gamma: Interval | None = None  # speedup of one worker
    alpha: Interval | None = None  # Amdahl and USL: the serial fraction
    beta: Interval | None = None  # USL: what each pair of workers costs
    knee: Interval | None = None  # plateau: the workers beyond which nothing is gained
    serial: Interval | None = (
        None  # Gustafson: the share of the time that stays one worker's, however many there are
    )
    peak: Interval | None = None  # USL: the best number of workers, where it can be placed
    misfit: float = 0.0  # the largest distance of a median from the law, over the law
    aicc: Mapping[str, float] | None = None  # of the laws that were tried; less is better
    curve: tuple[tuple[float, Interval], ...] = ()  # speedup by workers; beyond points[-1] only if identified


class _Fit(NamedTuple):
    """Of each draw: a0, a1, a2, the knee and the serial share, and the sum of squared relative errors."""

    coefficients: Any
    errors: Any


def fit(points: Mapping[int, Sequence[float]], effective_cpus: float, weak: bool = False) -> Law:
    """The law of the speedups (or of any throughput) by number of workers, as many rounds as there are; those of more
    workers than effective CPUs say nothing of it and are left out. `weak`: they are scaled speedups.

    Least squares of relative errors, with alpha and beta from 0 up; the law with the least AICc. Intervals have nominal
    95 %, from rounds drawn again at each number of workers, and include the choice of the law, but for the knee. Raises
    ValueError for a speedup that is not above 0.
    """
    used = {
        count: list(points[count]) for count in sorted(points) if count <= effective_cpus and points[count]
    }
    if not all(0 < speedup < math.inf for each in used.values() for speedup in each):
        raise ValueError("a law needs speedups above 0")
    counts, fewest = tuple(used), min(map(len, used.values()), default=0)
    if len(counts) < LEAST_POINTS or fewest < LEAST_ROUNDS:
        return Law(None, counts, "points" if len(counts) < LEAST_POINTS else "rounds")
    workers = np.repeat(counts, [len(each) for each in used.values()]).astype(float)
    inverse = workers / _drawn(list(used.values()))
    tried = [name for name, own in PARAMETERS.items() if own < len(counts) and (weak or name != "Gustafson")]
    fits = {name: _fitted(name, workers, inverse) for name in tried}
    scores = np.array([_aicc(found.errors, PARAMETERS[name], len(workers)) for name, found in fits.items()])
    names, best = list(fits), np.argmin(scores, axis=0)
    name = names[best[0]]
    everything = np.stack([found.coefficients for found in fits.values()])
    chosen = everything[best, np.arange(1 + DRAWS)]

    def interval(drawn: Any) -> Interval:
        return bootstrap_interval(drawn, fewest)

    medians = np.array([np.median(each) for each in used.values()])
    misfit = float(np.max(np.abs(medians / _speedup(chosen[0], np.array(counts, float)) - 1)))
    grid = np.union1d(np.geomspace(counts[0], REACH * counts[-1], 49), counts)
    curve = [(float(at), interval(_speedup(chosen.T, at))) for at in grid]
    wide = curve[-1][1].high > WIDEST * curve[-1][1].low
    bend = _knee(workers, inverse[:1], *counts[-2:])
    bent = _aicc(bend.errors[0], PARAMETERS["plateau"], len(workers)) < scores[:, 0].min()
    unidentified: Any = "bend" if bent else "misfit" if misfit > MISFIT else "wide" if wide else ""
    a0, a1, a2, _, _ = chosen.T
    return Law(
        name,
        counts,
        unidentified,
        interval(1 / a0),
        interval(a1 / a0) if name in ("Amdahl", "USL") else None,
        interval(a2 / a0) if name == "USL" else None,
        interval(fits[name].coefficients[:, 3]) if name == "plateau" else None,
        interval(fits[name].coefficients[:, 4]) if name == "Gustafson" else None,
        _peak(a0, a1, a2, counts[-1], fewest) if name == "USL" else None,
        misfit,
        {name: float(score) for name, score in zip(names, scores[:, 0])},
        tuple(point for point in curve if not unidentified or point[0] <= counts[-1]),
    )


def _drawn(rounds: Sequence[Sequence[float]]) -> Any:
    """All speedups, as found in the first row; in the others drawn again within each number of workers."""
    draw = np.random.default_rng(SEED)
    return np.concatenate([np.asarray(each, float)[redrawn(draw, len(each))] for each in rounds], axis=1)


def _fitted(name: Name, workers: Any, inverse: Any) -> _Fit:
    """The best of the active sets, or of the places where the knee may be."""
    if name == "plateau":
        return _best(_knees(workers, inverse))
    if name == "Gustafson":
        return _gustafson(workers, inverse)
    columns = np.stack([np.ones_like(workers), workers - 1, workers * (workers - 1)], axis=1)
    return _best([_squares(columns, active, inverse) for active in _ACTIVE[name]])


def _best(fits: Sequence[_Fit]) -> _Fit:
    errors = np.stack([one.errors for one in fits])
    best, rows = np.argmin(errors, axis=0), np.arange(errors.shape[1])
    return _Fit(np.stack([one.coefficients for one in fits])[best, rows], errors[best, rows])


def _squares(columns: Any, active: Sequence[int], inverse: Any) -> _Fit:
    """Weighted by 1 / y^2, so that the error is relative; infinite where a coefficient is below 0."""
    relative = columns[None, :, list(active)] / inverse[:, :, None]
    products = np.einsum("dni,dnj->dij", relative, relative)
    found = np.linalg.solve(products, relative.sum(axis=1)[:, :, None])[:, :, 0]
    errors = ((1 - np.einsum("dni,di->dn", relative, found)) ** 2).sum(axis=1)
    coefficients = np.zeros((len(inverse), 5))
    coefficients[:, list(active)] = found
    coefficients[:, 3] = math.inf
    valid = (found >= 0).all(axis=1) & (found[:, 0] > 0)
    return _Fit(coefficients, np.where(valid, errors, math.inf))


def _knees(workers: Any, inverse: Any) -> list[_Fit]:
    """y = a0 up to the knee and a0 N / knee beyond: the knee at a number of workers, or free between two. Two numbers of
    workers have to show that it is flat."""
    counts = np.unique(workers)[:-1]
    at = [_flat(workers, inverse, np.full(len(inverse), count)) for count in counts]
    return at + [_knee(workers, inverse, left, right) for left, right in zip(counts, counts[1:])]


def _knee(workers: Any, inverse: Any, left: float, right: float) -> _Fit:
    """Between the two."""
    below = workers <= left
    first, rest = 1 / inverse[:, below], workers[~below] / inverse[:, ~below]
    knee = (first.sum(1) / (first**2).sum(1)) / (rest.sum(1) / (rest**2).sum(1))
    return _flat(workers, inverse, np.clip(knee, left, right))


def _flat(workers: Any, inverse: Any, knee: Any) -> _Fit:
    relative = np.maximum(1, workers / knee[:, None]) / inverse
    a0 = relative.sum(axis=1) / (relative**2).sum(axis=1)
    errors = ((1 - a0[:, None] * relative) ** 2).sum(axis=1)
    zero = np.zeros_like(a0)
    return _Fit(np.stack([a0, zero, zero, knee, zero], axis=1), errors)


def _gustafson(workers: Any, inverse: Any) -> _Fit:
    """X / gamma = N - serial (N - 1) is linear in 1 and N - 1, so that X is fitted, by relative errors; where the line is
    steeper than N, or falls, the share is at its end."""
    speedups = workers / inverse
    basis = np.stack([np.ones_like(workers), workers - 1], axis=1)[None] / speedups[:, :, None]
    products = np.einsum("dni,dnj->dij", basis, basis)
    first, slope = np.linalg.solve(products, basis.sum(axis=1)[:, :, None])[:, :, 0].T
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.clip(np.where(first > 0, 1 - slope / first, 0.0), 0, 1)
    shape = (workers - share[:, None] * (workers - 1)) / speedups
    gamma = shape.sum(axis=1) / (shape**2).sum(axis=1)
    errors = ((1 - 1 / (gamma[:, None] * shape)) ** 2).sum(axis=1)
    zero = np.zeros_like(gamma)
    return _Fit(np.stack([1 / gamma, zero, zero, zero + math.inf, share], axis=1), errors)


def _aicc(errors: Any, parameters: int, samples: int) -> Any:
    own = parameters + 1  # and the variance
    error = np.maximum(errors / samples, _EXACT**2)
    return samples * np.log(error) + 2 * own + 2 * own * (own + 1) / max(samples - own - 1, 1e-9)


def _speedup(coefficients: Any, workers: Any) -> Any:
    a0, a1, a2, knee, share = coefficients
    useful = np.minimum(workers, knee) - share * (workers - 1)
    return np.where(
        np.isinf(knee), useful / (a0 + a1 * (workers - 1) + a2 * workers * (workers - 1)), useful / a0
    )


def _peak(a0: Any, a1: Any, a2: Any, most: int, fewest: int) -> Interval | None:
    """sqrt((1 - alpha) / beta), where it can be placed."""
    with np.errstate(divide="ignore"):
        found = np.sqrt(np.maximum(a0 - a1, 0) / a2)
    peak = bootstrap_interval(np.maximum(np.nan_to_num(found, nan=math.inf, posinf=math.inf), 1), fewest)
    placed = math.isfinite(peak.high) and peak.high < PEAK_SPREAD * peak.low and peak.low <= PEAK_REACH * most
    return peak if placed else None
