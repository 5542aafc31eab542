"""False alarms of compare.py, of `fanout compare` and of duets, side by side."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.check import main
from scripts.checks import alarms
from scripts.checks.alarms import PROCESSES, REPETITIONS, Processes, compared, dueled, judged, u_tests
from scripts.checks.replay import BASES, draw
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(not alarms.TOOLS.is_dir(), reason="libbenchmark-tools is not installed")
ROUNDS = 40


def processes(seed: int, factor: float = 1.0, rounds: int = PROCESSES) -> list[list[float]]:
    """Each process is at a level of its own, around which its repetitions scatter less."""
    chance = random.Random(seed)
    levels = [factor * chance.gauss(1e-3, 1e-5) for _ in range(rounds)]
    return [[level * chance.gauss(1, 0.001) for _ in range(REPETITIONS)] for level in levels]


def sides(factor: float) -> tuple[Processes, Processes]:
    return {"sort": processes(1)}, {"sort": processes(2, factor)}


def test_compare_py_takes_repetitions_for_samples() -> None:
    assert u_tests(*sides(1.0))["sort"] != "same"
    assert u_tests(*sides(1.2)) == {"sort": "slower"} and u_tests(*sides(0.8)) == {"sort": "faster"}
    same = {"sort": processes(1)}
    assert u_tests(same, same) == {"sort": "same"}


def test_compare_takes_processes() -> None:
    assert compared(*sides(1.0))["sort"] in ("same", "inconclusive")
    assert compared(*sides(1.2))["sort"] == "slower"


def test_a_duet_takes_rounds() -> None:
    recorded = {"sort": {arm: processes(number, 1.0, ROUNDS) for number, arm in enumerate(BASES)}}
    drawn = list(draw(ROUNDS, random.Random(1)))
    assert dueled(recorded, drawn, 1.0)["sort"] == "same"
    assert dueled(recorded, drawn, 1.2)["sort"] == "slower"


def test_all_are_judged_on_the_same_recording(closed: int) -> None:
    recorded = {"sort": {arm: processes(number, 1.0, ROUNDS) for number, arm in enumerate(BASES)}}
    found = judged(recorded, 10, 1, closed, lambda text: None)
    assert found is not None
    assert found["compare.py"]["suites"]["share"] >= 0.5
    for method in ("fanout compare", "fanout duet"):
        assert found[method]["suites"]["share"] == 0 and found[method]["found"]["share"] >= 0.5
        assert found[method]["missed"]["share"] == 0


@pytest.fixture
def closed() -> Iterator[int]:
    """What never becomes readable."""
    read, write = os.pipe()
    yield read
    os.close(read)
    os.close(write)


def test_one_command_prints_them(
    tricky: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    flags = [
        f"--bench={ROOT}/tests/scripts/fake_bench.py",
        "--filter=^(counts|least/4.*|dies)$",
        "--min-time=0.001",
        "--json",
    ]
    assert main(["alarms", str(tricky), *flags, "--rounds=20", "--trials=2"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rounds"] == 20 and found["fanout duet"]["suites"]["trials"] == 2
    assert set(found["compare.py"]["cells"]) == {
        "counts",
        "least/4/min_time:0.020",
    }, "one that fails is left out"
    assert main(["alarms", str(tricky), *flags[:1], "--filter=dies", "--rounds=20"]) == 1
    assert "dies: crash: killed by SIGABRT" in capsys.readouterr().err
    monkeypatch.setattr(alarms, "TOOLS", Path("/absent"))
    assert main(["alarms", str(tricky), *flags]) == 1
    assert "install libbenchmark-tools" in capsys.readouterr().err
