"""Values that are checked as they are read."""

from __future__ import annotations

import argparse

import pytest

from scripts.measuring import flags


@pytest.mark.parametrize(
    ("text", "share"), [("3", 0.03), ("3%", 0.03), ("0.5 %", 0.005), ("0", 0.0), ("99.5%", 0.995)]
)
def test_shares(text: str, share: float) -> None:
    assert flags.share(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["", "%", "-1", "nan", "inf", "100", "3 percent", "1e1", "\u0663"])
def test_what_is_no_percentage(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        flags.share(text)


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("1.5m", 90), ("2h", 7200)])
def test_durations(text: str, seconds: float) -> None:
    assert flags.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "0", "5ms", "-1m", "1d", "nan"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        flags.duration(text)


def test_names_by_commas() -> None:
    assert flags.names("pool, tbb*") == ("pool", "tbb*")
    for wrong, said in {"pool,": "empty name", "1,2,1": "names 1 twice"}.items():
        with pytest.raises(argparse.ArgumentTypeError, match=said):
            flags.names(wrong)
