"""Duels whose truth is known: false alarms, power, a machine that differs from itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from scripts.analysis.duel import ARMS, FRESH, Duel, at_look, confirmed, correlations, decide, first_look
from scripts.analysis.looks import LOOKS
from scripts.reports.wording import reasons

Random = np.random.Generator
ROUNDS = LOOKS[-1] + FRESH


def duel(
    random: Random,
    slower: float = 0.0,
    sd: float = 0.02,
    spikes: float = 0.0,
    rounds: int = ROUNDS,
    drift: float = 0.01,
) -> Duel:
    """Three arms with a scatter of `sd`, a drift that they share, and a share of samples that take up to twice as
    long."""
    times = np.exp(random.normal(0, sd, (3, rounds)) + np.cumsum(random.normal(0, drift, rounds)))
    times *= 1 + (random.random((3, rounds)) < spikes) * random.random((3, rounds))
    times[1] *= 1 + slower
    return Duel(*(dict(enumerate(arm.tolist())) for arm in times))


def states(
    count: int, seed: int, margin: float, nominal: float = 0.01, confirm: bool = True, **how: float
) -> Counter[str]:
    random = np.random.default_rng(seed)
    duels = (duel(random, **how) for _ in range(count))  # type: ignore[arg-type]
    return Counter(decide(one, 1, margin, nominal, confirm=confirm).state for one in duels)


@pytest.mark.parametrize("spikes", [0.0, 0.15])
def test_false_alarms_are_as_many_as_allowed(spikes: float) -> None:
    """At a margin of 0, where every call of equals is an error, and the control's counts as well."""
    found = states(1000, 7, 0.0, nominal=0.1, confirm=False, spikes=spikes)
    assert 0.02 <= (found["slower"] + found["faster"] + found["invalid"]) / 1000 <= 0.1
    assert found["same"] == 0


def test_fresh_rounds_make_them_rare() -> None:
    found = states(500, 7, 0.0, nominal=0.1)
    assert found["slower"] + found["faster"] + found["invalid"] <= 0.03 * 500


def test_a_judge_without_a_budget_is_caught() -> None:
    """Each look at the whole error: what the shares are there to prevent."""
    random = np.random.default_rng(8)
    wolves = 0
    for _ in range(300):
        one = duel(random)
        wolves += any(at_look(one, look, (0.1, 0.1), 0.0).state in ("slower", "faster") for look in LOOKS)
    assert wolves / 300 > 0.12


@pytest.mark.parametrize("spikes, paired", [(0.0, True), (0.15, False)])
def test_the_control_chooses_the_statistic(spikes: float, paired: bool) -> None:
    """A drift that the arms share asks for pairs, a few slow samples for ranks of all."""
    random = np.random.default_rng(20)
    found = [
        decide(duel(random, sd=0.01, spikes=spikes, drift=0.03 if paired else 0.0), 1, 0.03)
        for _ in range(40)
    ]
    methods = Counter(one.ratio.method for one in found if one.ratio)
    assert methods["signed-rank" if paired else "rank-sum"] >= 32


def test_noise_that_follows_itself_widens_and_is_reported() -> None:
    """Each arm's own, 0.9 of it from round to round; nothing differs."""
    random = np.random.default_rng(21)
    steps = random.normal(0, 0.004, (60, 3, ROUNDS))
    following = np.zeros_like(steps)
    for round in range(1, ROUNDS):
        following[..., round] = 0.9 * following[..., round - 1] + steps[..., round]
    duels = [Duel(*(dict(enumerate(arm.tolist())) for arm in np.exp(one))) for one in following]
    found = Counter(decide(one, 4, 0.01).state for one in duels)
    assert found["slower"] + found["faster"] + found["invalid"] <= 3
    verdict = at_look(duels[0], 64, (0.01, 0.01), 0.01)
    assert verdict.lag1 > 0.6
    assert set(correlations(duels[:4])) == set(ARMS)
    steady = [duel(random, drift=0.02) for _ in range(4)]
    assert correlations(steady) == {}, "what the arms share is not theirs"


@pytest.mark.parametrize("spikes", [0.0, 0.05])
def test_5_percent_is_found_within_the_rounds_there_are(spikes: float) -> None:
    assert states(200, 9, 0.03, slower=0.05, sd=0.01, spikes=spikes)["slower"] >= 190
    assert states(200, 10, 0.03, slower=-0.05, sd=0.01, spikes=spikes)["faster"] >= 190


def test_equals_are_the_same_before_long() -> None:
    random = np.random.default_rng(11)
    found = [decide(duel(random, sd=0.01), 4, 0.03) for _ in range(100)]
    assert Counter(verdict.state for verdict in found) == {"same": 100}
    assert {verdict.samples[0] for verdict in found} <= {12, 16, 24, 32}


def test_a_change_as_large_as_the_margin_is_hardly_ever_the_same() -> None:
    found = states(400, 12, 0.03, slower=0.0301, sd=0.01)
    assert found["same"] + found["slower"] <= 8


def test_the_error_is_divided_among_the_comparisons() -> None:
    one = duel(np.random.default_rng(1))
    alone, among = (decide(one, count, 0.0).ratio for count in (1, 100))
    assert alone and among
    assert among.low < alone.low and alone.high < among.high and among.error <= 0.01 / 100


def test_a_machine_that_differs_from_itself_compares_nothing() -> None:
    one = duel(np.random.default_rng(2), slower=0.5)
    skewed = replace(one, control={number: 1.1 * time for number, time in one.control.items()})
    verdict = decide(skewed, 4, 0.03)
    assert (verdict.state, verdict.samples) == ("invalid", (16 + FRESH,))
    assert reasons(verdict).startswith("this machine cannot compare: base against itself is +")
    assert decide(one, 4, 0.03).state == "slower"


def test_a_change_that_does_not_last_is_not_confirmed() -> None:
    """20 % slower in the first 16 rounds, then as fast as before, then a bit faster."""
    one = duel(np.random.default_rng(3), sd=0.01)
    passing = replace(one, new={n: time * (1.2 if n < 16 else 0.99) for n, time in one.new.items()})
    first = at_look(passing, 16, (0.001, 0.001), 0.03)
    assert first.state == "slower" and not confirmed(passing, 16, first, (0.001, 0.001))
    verdict = decide(passing, 4, 0.03, looks=(8, 16))
    assert (verdict.state, verdict.samples) == ("inconclusive", (16 + FRESH,))
    assert reasons(verdict) == "slower, but 8 fresh rounds do not confirm it"
    assert decide(passing, 4, 0.03, looks=(8, 16), confirm=False).state == "slower"


def test_a_control_that_does_not_last_is_not_confirmed_either() -> None:
    one = duel(np.random.default_rng(3), sd=0.01)
    passing = replace(one, control={n: time * (1.2 if n < 16 else 0.99) for n, time in one.control.items()})
    assert at_look(passing, 16, (0.001, 0.001), 0.03).state == "invalid"
    assert reasons(decide(passing, 4, 0.03, looks=(8, 16))).startswith(
        "invalid, but 8 fresh rounds do not confirm it"
    )


def test_needed_is_what_a_duet_can_take() -> None:
    """Close to the margin's edge it would take thousands."""
    one = decide(duel(np.random.default_rng(22), slower=0.03, sd=0.03), 4, 0.03)
    assert one.state == "inconclusive" and one.needed is None
    assert reasons(one) == "more rounds than a duet takes (64) would be needed"


def test_a_change_without_fresh_rounds_is_not_confirmed() -> None:
    one = duel(np.random.default_rng(4), slower=0.2, rounds=16 + FRESH - 1)
    assert decide(one, 4, 0.03).state == "inconclusive"
    longer = duel(np.random.default_rng(4), slower=0.2, rounds=16 + FRESH)
    verdict = decide(longer, 4, 0.03)
    assert (verdict.state, verdict.samples) == ("slower", (16 + FRESH,))


def test_rounds_that_one_arm_lacks_do_not_count() -> None:
    one = duel(np.random.default_rng(5), slower=0.2)
    torn = replace(one, control={number: time for number, time in one.control.items() if number % 2})
    assert torn.rounds == list(range(1, ROUNDS, 2))
    assert decide(torn, 4, 0.03).samples == (16 + FRESH,)


def test_nothing_is_called_before_the_errors_allow_it() -> None:
    assert first_look(0) == first_look(1) == LOOKS[0]
    assert LOOKS[0] < first_look(10**6) < first_look(10**14)
    verdict = decide(duel(np.random.default_rng(6), slower=1.0, rounds=LOOKS[0]), 10**6, 0.03)
    assert reasons(verdict) == f"fewer than {first_look(10**6)} rounds"


def test_too_few_rounds_and_none() -> None:
    verdict = decide(duel(np.random.default_rng(6), rounds=11), 1, 0.03)
    assert (verdict.state, reasons(verdict), verdict.samples) == (
        "inconclusive",
        "fewer than 12 rounds",
        (11,),
    )
    assert decide(Duel({}, {}, {}), 1, 0.03).state == "inconclusive"
    assert at_look(Duel({1: 1.0}, {}, {}), 8, (0.01, 0.01), 0.03).ratio is None
