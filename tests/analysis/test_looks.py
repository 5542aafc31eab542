import numpy as np
import pytest
from scipy.stats import norm

from scripts.analysis.looks import LOOKS, errors, parts


def test_what_is_spent_grows_to_the_whole() -> None:
    spent = parts()
    assert spent == sorted(spent) and spent[-1] == pytest.approx(1)
    assert parts([40]) == [1.0] and errors(0.05, [40]) == (0.05,)


@pytest.mark.parametrize("error", [0.1, 0.01])
def test_all_looks_together_have_nearly_the_error_and_no_more(error: float) -> None:
    """Means of normal rounds, looked at as a duet does. Simply adding up would be 20 to 40 % below."""
    random = np.random.default_rng(1)
    count = 400_000
    total, last, missed = np.zeros(count), 0, np.zeros(count, dtype=bool)
    for look, allowed in zip(LOOKS, errors(error)):
        total += random.normal(0, np.sqrt(look - last), count)
        missed |= np.abs(total) / np.sqrt(look) > norm.isf(allowed / 2)
        last = look
    assert 0.85 * error <= missed.mean() <= error * (1 + 4 / np.sqrt(count * error))
    assert sum(errors(error)) > 1.15 * error
