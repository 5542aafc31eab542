"""`fanout check machine` as a whole, over the real binary and over recordings."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from scripts.checks.recorded import recording
from scripts.measuring.usage import UsageError
from tests import forked
from tests.cells import cell_of
from tests.conftest import BUILD
from tests.forked import PATIENCE

NAMES = ("math/serial/workers:1/tasks:64", "spin/pool/workers:1/tasks:250", "spin/pool/workers:2/tasks:250")


@pytest.fixture(autouse=True)
def its_own_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not where the tests were started."""
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return forked.run("check", "machine", *arguments)


def recorded(directory: Path, rounds: int = 40, base: float = 1.0) -> Path:
    """A recording with 1 % of noise between processes; `base` is how much longer the first of the equal arms takes."""
    chance = random.Random(8)
    directory.mkdir()
    cells: list[Any] = [cell_of(name) | {"arguments": []} for name in NAMES]
    lines: list[Any] = [
        {"started": "2026-11-20T12:00:00+00:00", "machine": {"cpu_model": "X"}, "cells": cells}
    ]
    for number in range(rounds):
        for name in chance.sample(NAMES, len(NAMES)):
            for arm in chance.sample(recording.ARMS, len(recording.ARMS)):
                slow = base if arm == "base" else 1 + (int(arm) / 100 if arm.isdigit() else 0)
                time_ = slow * chance.lognormvariate(0, 0.01)
                times = [time_ * chance.lognormvariate(0, 0.001) for _ in range(10)]
                lines.append({"round": number, "cell": name, "arm": arm, "times": times})
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (directory / "samples.jsonl").write_text(text)
    return directory


def test_a_recording_is_judged_and_quoted(tmp_path: Path) -> None:
    ended = run("--replay", str(recorded(tmp_path / "r")), "--trials=40", "--json")
    assert ended.returncode == 0, ended.stderr
    found: Any = json.loads(ended.stdout)
    assert found == json.loads((tmp_path / "r/check-machine.json").read_text())
    assert found["rounds"] == 40 and found["machine"] == {"cpu_model": "X"}
    assert found["false_alarms"]["trials"] == 120 and found["false_alarms"]["share"] < 0.04
    for name in NAMES:
        cell = found["cells"][name]
        assert cell["measured"]["5"]["low"] > 1.03 and cell["measured"]["5"]["high"] < 1.07
        sight = cell["seen"]["5 %, margin 3 %"]
        assert sight["found"]["share"] > 0.9 and sight["called same"]["hits"] == 0
    assert found["quoted"]["most"]["share"] >= found["quoted"]["least"]["share"] > 0.9
    assert found["unequal"] == []
    assert found["shapes"]["shape only, 10 %"]["share"] > 0.95
    assert found["shapes"]["uniform, 10 %"]["share"] < 0.05
    assert found["mann_whitney"]["all"]["share"] > 0.5, "repetitions of one process are no samples"
    assert found["mann_whitney"]["suites"]["share"] >= found["mann_whitney"]["all"]["share"]


def test_the_table_says_what_the_trials_are(tmp_path: Path) -> None:
    ended = run("--replay", str(recorded(tmp_path / "r", rounds=16)), "--trials=20", "--verbose")
    assert ended.returncode == 0, ended.stderr
    assert "they share those rounds" in ended.stdout
    assert "false alarm, margin 0, nominal 1 %: math/serial" in ended.stdout
    assert "called shape: uniform, 5 %" in ended.stdout


def test_a_machine_whose_equal_arms_differ_is_red(tmp_path: Path) -> None:
    ended = run("--replay", str(recorded(tmp_path / "r", base=1.2)), "--trials=10", "--json")
    assert ended.returncode == 1, ended.stderr
    assert json.loads(ended.stdout)["unequal"] == list(NAMES)


def test_an_interrupted_last_round_is_left_out(tmp_path: Path) -> None:
    path = recorded(tmp_path / "r", rounds=20) / "samples.jsonl"
    lines = path.read_bytes().splitlines(True)
    path.write_bytes(b"".join(lines[:-3]) + lines[-3][:20])
    ended = run("--replay", str(path.parent), "--trials=10", "--json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["rounds"] == 19


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace('"arm": "10"', '"arm": "11"'), "arms are missing"),
        (
            lambda text: text.replace('"workers": 2', '"workers": 1'),
            "cells or arms are missing",
        ),
        (lambda text: text.replace('"times": [', '"times": ["a", ', 1), "not a recording of check machine"),
        (lambda text: text.replace('"times": [', '"times": [0, ', 1), "has no times above 0"),
        (lambda text: re.sub(r'"times": \[.*?\]', '"times": []', text, count=1), "has no times above 0"),
        (lambda text: text.replace('"round": 3', '"round": "x"', 1), "is out of place"),
        (lambda text: "\n".join(text.splitlines()[:1]) + "\n", "cells or arms are missing"),
        (lambda text: "", "nothing was measured yet"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, change: Any, said: str) -> None:
    path = recorded(tmp_path / "r", rounds=16) / "samples.jsonl"
    path.write_text(change(path.read_text()))
    ended = run("--replay", str(path.parent), "--trials=10")
    assert ended.returncode == 2
    assert said in ended.stderr and len(ended.stderr.splitlines()) == 1


def test_too_few_rounds_are_refused() -> None:
    ended = run("--rounds=5")
    assert (ended.returncode, "--rounds=5: 16 or more" in ended.stderr) == (2, True)


def test_the_arms_are_slower_by_the_hidden_parameter_alone() -> None:
    changes = recording.changes(["math", "spin"], "spin.rate=812")
    assert list(changes) == ["base", "again", "control", "1", "2", "5", "10"]
    assert changes["5"].settings == ["spin.rate=812", "math.slowdown=5", "spin.slowdown=5"]
    assert changes["control"].settings == changes["base"].settings == ["spin.rate=812"]


def test_out_of_place_rounds_are_no_recording() -> None:
    header: dict[str, Any] = {"cells": [cell_of(NAMES[0]) | {"arguments": []}]}
    with pytest.raises(UsageError, match="out of place"):
        recording.read([header, {"round": 1, "cell": "a", "arm": "base", "times": [1.0]}])


@pytest.mark.skipif(not (BUILD / "fanout-bench").exists(), reason="not built")
def test_the_real_binary_is_recorded_until_interrupted(tmp_path: Path) -> None:
    output = tmp_path / "out"
    bench = f"--bench={BUILD / 'fanout-bench'}"
    with forked.start("check", "machine", bench, f"--output={output}") as process:
        deadline = time.monotonic() + PATIENCE
        journal = output / "samples.jsonl"
        while not journal.exists() or len(journal.read_bytes().splitlines()) < 4:
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert f"--replay={output}" in out
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert lines[0]["machine"]["cpu_model"]
    assert all(len(line["times"]) == recording.REPETITIONS for line in lines[1:])
