"""`fanout doctor`: in which order it says what it found, and what that comes to."""

from __future__ import annotations

import json

import pytest

from scripts.doctor import show
from scripts.machine.finding import Finding

MIXED = [Finding("a", "ok", "fine"), Finding("b", "severe", "mend it"), Finding("c", "note", "look")]


@pytest.mark.parametrize(
    ("findings", "said"),
    [(MIXED, "SEVERE: b."), (MIXED[::2], "FIT, with notes: c."), (MIXED[:1], "FIT: nothing")],
)
def test_the_last_line_is_a_verdict(
    findings: list[Finding], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show(findings, as_json=False)
    assert capsys.readouterr().out.splitlines()[-1].startswith(said)


def test_the_worst_comes_first_and_colour_is_for_terminals(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    show(MIXED, as_json=True)
    assert [one["check"] for one in json.loads(capsys.readouterr().out)] == ["b", "c", "a"]
    show(MIXED, as_json=False)
    plain = capsys.readouterr().out
    assert plain.index("severe ") < plain.index("note ") < plain.index("ok ") and "\x1b" not in plain
    monkeypatch.setenv("FORCE_COLOR", "1")  # as rich sees a terminal
    monkeypatch.setenv("TERM", "xterm")
    show(MIXED, as_json=False)
    assert "\x1b[1;31mSEVERE" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    show(MIXED, as_json=False)
    assert "31m" not in capsys.readouterr().out
