"""The look at the machine before a run."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from scripts.machine.finding import Finding
from scripts.measuring.running import quiet

BUSY = Finding("foreign load", "severe", "foreign 40 %: others use the CPUs")


@pytest.fixture
def wake() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)
    os.close(writer)


def looks(monkeypatch: pytest.MonkeyPatch, *found: list[Finding]) -> list[float]:
    """Each look finds the next of these; the seconds that the looks were to take."""
    taken: list[float] = []
    left = iter(found)

    def look(seconds: float, wake: int) -> Iterator[Finding]:
        taken.append(seconds)
        return iter(next(left))

    monkeypatch.setattr(quiet, "severe", look)
    monkeypatch.setattr(quiet, "BETWEEN", 0.01)
    return taken


def test_what_is_severe_is_said_and_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, wake: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    taken = looks(monkeypatch, [BUSY])
    quiet.expect(100, 0, wake[0])
    assert "foreign load: foreign 40 %: others use the CPUs" in capsys.readouterr().err
    assert taken == [2.0], "two seconds, and no more than 5 % of a run"
    taken = looks(monkeypatch, [])
    quiet.expect(10, 0, wake[0])
    assert taken == [0.5] and capsys.readouterr().err == ""


def test_it_waits_until_the_machine_is_quiet(
    monkeypatch: pytest.MonkeyPatch, wake: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    taken = looks(monkeypatch, [BUSY], [BUSY], [])
    quiet.expect(1, 60, wake[0])
    assert len(taken) == 3 and capsys.readouterr().err.count("waiting for a quiet machine") == 2


def test_it_waits_no_longer_than_asked(
    monkeypatch: pytest.MonkeyPatch, wake: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    looks(monkeypatch, *[[BUSY]] * 1000)
    quiet.expect(1, 0.05, wake[0])
    assert "measuring all the same: the time to wait is up" in capsys.readouterr().err


def test_an_interrupt_ends_the_wait(monkeypatch: pytest.MonkeyPatch, wake: tuple[int, int]) -> None:
    taken = looks(monkeypatch, [BUSY])
    os.write(wake[1], b"x")
    quiet.expect(1, 600, wake[0])
    assert len(taken) == 1


def test_a_real_look(wake: tuple[int, int]) -> None:
    assert all(finding.severity == "severe" for finding in quiet.severe(0.1, wake[0]))
