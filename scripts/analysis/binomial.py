"""How far a share of hits can be trusted."""

from __future__ import annotations

from scipy.special import betaincinv


def clopper_pearson(hits: int, trials: int, error: float = 0.05) -> tuple[float, float]:
    """The exact interval of a probability that gave `hits` in `trials`; it misses with at most `error`.

    Raises ValueError unless 0 <= hits <= trials and trials > 0.
    Source: C. J. Clopper, E. S. Pearson, The use of confidence or fiducial limits illustrated in the case of
    the binomial, Biometrika 26 (1934), by the quantiles of the beta distribution.
    """
    if not 0 <= hits <= trials or trials == 0:
        raise ValueError(f"{hits} hits in {trials} trials")
    low = float(betaincinv(hits, trials - hits + 1, error / 2)) if hits else 0.0
    high = float(betaincinv(hits + 1, trials - hits, 1 - error / 2)) if hits < trials else 1.0
    return low, high
