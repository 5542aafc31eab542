import pytest

from scripts.analysis.duel import LOOKS, errors
from scripts.analysis.ratio import signed_rank


@pytest.mark.parametrize("error", [0.1, 0.05, 0.01, 0.0025, 1e-4])
def test_the_looks_spend_nearly_all_and_never_more(error: float) -> None:
    shares = errors(error)
    assert len(shares) == len(LOOKS)
    for count, look in enumerate(LOOKS, 1):
        assert sum(shares[:count]) <= error * look / LOOKS[-1] * (1 + 1e-12)
    assert sum(shares) > 0.95 * error


def test_what_8_rounds_cannot_attain_is_carried_over() -> None:
    first, second, *_ = errors(0.01)
    assert first == 0 and 0.8 * 0.0025 < second <= 0.0025
    assert errors(0.1)[0] == 2 / 256


def test_each_share_is_attained_exactly() -> None:
    for look, share in zip(LOOKS, errors(0.01)):
        assert signed_rank(look, share)[1] == share


def test_a_single_look_has_it_all() -> None:
    assert errors(0.05, [40]) == (signed_rank(40, 0.05)[1],)
