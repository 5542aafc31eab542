"""`fanout check advice`: what counts as named, wrong and accused; and the faults that it makes."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from scripts import why
from scripts.advice.causes import causes, name
from scripts.checks import CheckFailed, advice
from scripts.checks.advice import ELSE, NOTHING, RIGHT, SUSPECTED, WRONG, Seen, of_document, report
from scripts.checks.faults import FAULTS, Fault, NotHere, made
from scripts.measuring import process
from scripts.measuring.usage import UsageError
from tests.conftest import BUILD


def arguments(folder: Path, *more: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    advice.add_flags(parser)
    parser.set_defaults(seed=1, bench=BUILD / "fanout-bench")
    return parser.parse_args([f"--output={folder}", *more])


def document(**states: str) -> dict[str, Any]:
    """Of one cell, and its base."""
    said = [
        {"cell": "w/pool", "cause": cause.replace("_", " "), "state": state}
        for cause, state in states.items()
    ]
    return {
        "waterfalls": [{"cell": "w/pool", "base": "w/serial"}, {"cell": "w/pool", "base": "w/alone"}],
        "advice": said,
        "context": {"interrupted": False},
    }


@pytest.mark.parametrize(
    ("said", "cause", "verdict"),
    [
        ({"quota": "confirmed"}, "quota", RIGHT),
        ({"quota": "suspected", "lock": "confirmed"}, "quota", SUSPECTED),
        ({"lock": "confirmed"}, "quota", WRONG),
        ({"lock": "suspected"}, "quota", ELSE),
        ({"unexplained": "unexplained"}, "quota", NOTHING),
        ({}, "quota", NOTHING),
        ({}, "", NOTHING),
        ({"latency": "confirmed"}, "", NOTHING),
        ({"lock": "suspected"}, "", ELSE),
    ],
)
def test_what_a_cell_counts_as(said: dict[str, str], cause: str, verdict: str) -> None:
    assert Seen("fault", "cell", said).verdict(cause) == verdict


def test_cells_are_those_that_were_judged() -> None:
    both = document(quota="confirmed", lock="suspected")
    both["waterfalls"].append({"cell": "w/alone", "base": "w/serial"})
    assert of_document("quota", both) == [
        Seen("quota", "w/pool", {"quota": "confirmed", "lock": "suspected"})
    ]


def test_shares_are_of_all_faults_and_of_all_healthy_cells(tmp_path: Path) -> None:
    right, wrong = {"quota": "confirmed"}, {"lock": "confirmed"}
    seen = [
        Seen("quota", "a", right),
        Seen("quota", "b", wrong),
        Seen("nothing", "c", {}),
        Seen("nothing", "d", wrong),
    ]
    found = report(seen, {"long lock": "no such lock"}, arguments(tmp_path))
    data = found.data()
    assert data["matrix"] == {"quota": {RIGHT: 1, WRONG: 1}, "nothing": {NOTHING: 1, WRONG: 1}}
    assert [(one["hits"], one["trials"]) for one in data["pooled"].values()] == [(1, 2), (1, 2), (1, 2)]
    said = " ".join(getattr(block, "text", "") for block in found.blocks)
    assert "quota: also lock confirmed (1)" in said and "not made here: long lock: no such lock" in said


def test_every_fault_has_a_cause_that_there_is_and_cells(capsys: pytest.CaptureFixture[str]) -> None:
    known = {"", *map(name, causes())}
    for fault in FAULTS.values():
        assert fault.cause in known
        for variant in range(len(fault.settings) + 1):
            words = [*fault.flags(variant, 2.0), "--dry-run", f"--bench={BUILD / 'fanout-bench'}"]
            assert why.main(words) == 0
            assert f"{2 * len(fault.executors) + 1} cells" in capsys.readouterr().out


def test_other_programs_compute_as_long_as_the_fault_lasts() -> None:
    def spinning() -> int:
        """Children of this process that are shells."""
        found = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # one that has just ended
                name, _, rest = path.read_text().partition("(")[2].rpartition(")")
                found += name == "sh" and rest.split()[1] == str(os.getpid())
        return found

    with made(Fault("busy host", "math", [[]], ["pool"], foreign=True), 2.0) as before:
        assert before == []
        deadline = time.monotonic() + 30
        while spinning() < len(os.sched_getaffinity(0)) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert spinning() == len(os.sched_getaffinity(0))
    assert spinning() == 0


def test_a_quota_holds_what_enters_it() -> None:
    try:
        with made(Fault("quota", "math", [[]], ["pool"], quota=0.25), 2.0) as before:
            said = subprocess.run(
                [*before, "cat", "/proc/self/cgroup"], capture_output=True, text=True
            ).stdout
            assert f"/fanout-check-{os.getpid()}" in said
    except NotHere as why_not:
        pytest.skip(str(why_not))
    assert not any(Path("/sys/fs/cgroup").glob("**/fanout-check-*"))


def test_what_is_done_is_not_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variant in range(3):
        folder = tmp_path / f"nothing-{variant}"
        folder.mkdir()
        (folder / "why.json").write_text(json.dumps(document(quota="confirmed")))
    monkeypatch.setattr(process, "run", lambda *_, **__: pytest.fail("it is done"))
    monkeypatch.setattr(advice, "WITHOUT", 3)
    read, write = os.pipe()
    found = advice.check(arguments(tmp_path, "--faults=nothing", "--cells=1"), read, lambda line: None)
    assert found and found.data()["matrix"] == {"nothing": {WRONG: 3}}
    os.write(write, b"x")
    assert advice.check(arguments(tmp_path, "--faults=nothing", "--cells=1"), read, lambda line: None) is None
    for end in (read, write):
        os.close(end)


def test_what_was_interrupted_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "nothing-0"
    folder.mkdir()
    (folder / "why.json").write_text(json.dumps(document() | {"context": {"interrupted": True}}))
    (folder / "samples.jsonl").touch()

    def run(*_: object) -> process.Ended:
        assert not folder.exists(), "a why refuses a directory that holds another"
        folder.mkdir()
        (folder / "why.json").write_text(json.dumps(document(quota="confirmed")))
        return process.Ended("exit", 0, "")

    monkeypatch.setattr(process, "run", run)
    monkeypatch.setattr(advice, "WITHOUT", 1)
    read, write = os.pipe()
    found = advice.check(arguments(tmp_path, "--faults=nothing", "--cells=1"), read, lambda line: None)
    assert found and found.data()["matrix"] == {"nothing": {WRONG: 1}}
    for end in (read, write):
        os.close(end)


def test_what_cannot_be_done_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="nothing is called 'thirst'; known: oversubscription, "):
        advice.check(arguments(tmp_path, "--faults=thirst"), 0, lambda line: None)
    read, write = os.pipe()
    ended = process.Ended("exit", 2, "fanout why: no such thing\n")
    monkeypatch.setattr(process, "run", lambda *_, **__: ended)
    with pytest.raises(CheckFailed, match="fanout why: no such thing"):
        advice.check(arguments(tmp_path, "--faults=nothing"), read, lambda line: None)
    for end in (read, write):
        os.close(end)
