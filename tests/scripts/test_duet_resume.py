"""A duet that was cut off goes on with the same builds, as if it had never stopped."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import forked
from tests.forked import PATIENCE
from tests.scripts.repository import Repository
from tests.scripts.runner import run as fanout_run
from tests.scripts.duets import SERIAL, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def resume(directory: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return forked.run("duet", f"--resume={directory}", *arguments, **options)


def refused(directory: Path, why: str, *arguments: str) -> None:
    before = (directory / "samples.jsonl").read_bytes()
    ended = resume(directory, *arguments)
    assert (ended.returncode, why in ended.stderr) == (2, True), ended.stderr
    assert (directory / "samples.jsonl").read_bytes() == before


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """A duet that has ended well."""
    stage = Stage(tmp_path_factory.mktemp("whole"))
    assert stage.run(stage.base, stage.new()).returncode == 0
    return stage


def cut_off(whole: Stage, stage: Stage, samples: int, torn: str = "") -> Path:
    """The same, as if it had been killed after so many samples."""
    shutil.copytree(whole.output, stage.output)
    journal = stage.output / "samples.jsonl"
    journal.write_text("".join(journal.read_text().splitlines(True)[: samples + 1]) + torn)
    (stage.output / "duet.json").unlink()
    return stage.output


@pytest.mark.parametrize(("samples", "torn"), [(0, '{"ce'), (25, ""), (35, "\0\0"), (36, "")])
def test_it_goes_on_as_if_it_had_never_stopped(whole: Stage, stage: Stage, samples: int, torn: str) -> None:
    """The fakes' times follow from the padding: the same places have the same times."""
    ended = resume(cut_off(whole, stage, samples, torn))
    assert ended.returncode == 0, ended.stderr
    assert f"going on after {samples} samples" in ended.stderr and "PASS: 1 same of 1" in ended.stdout
    assert stage.samples() == whole.samples()
    for key in ("samples", "cells", "end"):
        assert stage.document()[key] == whole.document()[key]


@pytest.mark.usefixtures("temporary")
def test_what_was_interrupted_says_how_to_go_on_and_does(
    stage: Stage, logs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_HANG_AFTER", "30")
    with stage.start(stage.base, stage.base, executors="serial,hang") as process:
        logs.await_child()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert err.splitlines()[-1] == f"go on with: scripts/fanout duet --resume={stage.output}"
    before = stage.samples()
    monkeypatch.setenv("FAKE_HANG_AFTER", "9999")
    ended = resume(stage.output, "--format=json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["verdict"] == "pass" and stage.document()["end"] == "decided"
    assert stage.samples()[: len(before)] == before and len(stage.samples()) > len(before)


def test_what_had_no_time_may_be_given_more(stage: Stage) -> None:
    ended = stage.run(stage.base, stage.base, "--max-time=0.5")
    assert (ended.returncode, "--resume=" in ended.stderr) == (0, True)
    assert stage.states() == {SERIAL: "inconclusive"}
    assert resume(stage.output, "--max-time=10m").returncode == 0
    assert stage.states() == {SERIAL: "same"}


def test_another_build_or_selection_is_another_duet(stage: Stage) -> None:
    assert stage.run(stage.base, stage.new(), "--max-time=0.5").returncode == 0
    output = stage.output
    refused(output, "leave out seed", "--seed=2")
    refused(output, "leave out base, new", "BASE", "NEW")
    stage.new(noise=0.6)
    refused(output, "it is not the same duet: new of NEW: ")
    stage.new(without=("serial",))
    refused(output, "it is not the same duet: ")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"round": 9}, "line 5 of the journal is no sample of this duet: another place in the order"),
        ({"arm": "none"}, "line 5 of the journal"),
        ({"seconds": "1"}, "no time above 0"),
        ({"seconds": -1.0}, "no time above 0"),
        ({"kind": "crash"}, "line 5 of the journal"),
        ({"seconds": [[]]}, "no time above 0"),
    ],
)
def test_a_line_of_another_shape_is_refused_by_its_number(
    whole: Stage, stage: Stage, change: dict[str, Any], why: str
) -> None:
    output = cut_off(whole, stage, 10, '{"torn')
    journal = output / "samples.jsonl"
    lines = journal.read_text().splitlines(True)
    lines[4] = json.dumps(json.loads(lines[4]) | change) + "\n"
    journal.write_text("".join(lines))
    refused(output, why)


def test_samples_beyond_the_end_are_refused(whole: Stage, stage: Stage) -> None:
    journal = cut_off(whole, stage, 36) / "samples.jsonl"
    journal.write_text(journal.read_text() + journal.read_text().splitlines(True)[-1])
    refused(stage.output, "line 38 of the journal is beyond the end of this duet")


def test_each_command_goes_on_with_its_own(whole: Stage, stage: Stage, bench: Path) -> None:
    output = cut_off(whole, stage, 5)
    ended = fanout_run(f"--resume={output}")
    assert ended.returncode == 2
    assert f"is not of fanout run; go on with it: scripts/fanout duet --resume={output}" in ended.stderr
    other = stage.directory / "run"
    which = ("--workloads=math", "--executors=serial", "--workers=1", "--rounds=1")
    assert fanout_run(f"--bench={bench}", *which, f"--output={other}").returncode == 0
    refused(other, f"is not of fanout duet; go on with it: scripts/fanout run --resume={other}")


def test_refs_are_the_commits_that_they_were(stage: Stage, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    repository.commit("base")
    head = repository.commit("new", noise=0.6)
    arguments = ("main~1", "main", "--max-time=0.5")
    assert stage.run(*arguments, cwd=repository.root).returncode == 0
    repository.commit("later", slower={"*": 50.0})
    ended = resume(stage.output, "--max-time=10m", cwd=repository.root)
    assert ended.returncode == 0, ended.stderr
    assert stage.document()["sides"]["new"]["commit"] == head


def test_without_builds_it_is_wrong_usage() -> None:
    ended = forked.run("duet")
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith("fanout duet: BASE and NEW are required, or --base and --new")
