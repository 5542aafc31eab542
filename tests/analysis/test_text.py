import math

import pytest

from scripts.analysis.text import change, competitor


@pytest.mark.parametrize(
    "ratio, said",
    [
        (1.0, "0.0 %"),
        (0.9999, "0.0 %"),
        (1.0521, "+5.2 %"),
        (0.996, "-0.4 %"),
        (2.0, "+100.0 %"),
        (2.5, "2.50 x"),
        (0.25, "0.25 x"),
        (0.0, "unbounded"),
        (math.inf, "unbounded"),
    ],
)
def test_changes(ratio: float, said: str) -> None:
    assert change(ratio) == said


@pytest.mark.parametrize(
    ("unit", "found"),
    {"batch": "executor", "run": "command", "iteration": "program", "item": "program"}.items(),
)
def test_what_competes_follows_from_what_a_time_is_of(unit: str, found: str) -> None:
    assert competitor(unit) == found
