"""A run that was cut off goes on, as the same run."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from scripts.measuring.running.request import differences
from tests.scripts.runner import PATIENCE, run, start

BENCH = Path(__file__).with_name("fake_bench.py")
KILLS = int(os.environ.get("FANOUT_KILLS", "12"))
SELECTION = ("--workloads=math,spin", "--executors=serial,pool,receipt", "--workers=1,2")


def lines(directory: Path) -> list[Any]:
    """The samples in the journal that are whole."""
    content = (directory / "samples.jsonl").read_bytes()
    return [json.loads(line) for line in content[: content.rfind(b"\n") + 1].splitlines()[1:]]


def strictly(path: Path) -> Any:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    return json.loads(path.read_text(), parse_constant=refuse)


def test_killed_at_random_moments_it_keeps_every_sample_and_has_none_twice(
    bench: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    chance = random.Random(6)
    asked = (f"--bench={bench}", *SELECTION, f"--rounds={KILLS}")
    kept: list[Any] = []
    process = start(*asked, f"--output={output}")
    for _ in range(KILLS):
        deadline = time.monotonic() + PATIENCE
        while not (output / "samples.jsonl").exists() and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.8))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
        if not (output / "samples.jsonl").exists() or not (output / "samples.jsonl").stat().st_size:
            pytest.fail("killed before there was a journal, which was awaited")
        found = lines(output)
        assert found[: len(kept)] == kept
        kept = found
        process = start(f"--resume={output}")
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1, err  # receipt fails
    found = lines(output)
    assert found[: len(kept)] == kept
    assert set(Counter((sample["cell"], sample["round"]) for sample in found).values()) == {1}

    document = strictly(output / "results.json")
    good = Counter(sample["cell"] for sample in found if "failure" not in sample)
    assert Counter(entry["name"] for entry in document["benchmarks"]) == good
    assert set(good.values()) == {KILLS} and len(good) == 6
    assert len(document["failures"]) == 4
    undisturbed = tmp_path / "undisturbed"
    assert run(*asked, f"--output={undisturbed}").returncode == 1
    places = [(sample["cell"], sample["round"], sample["order"], sample["padding"]) for sample in found]
    assert places == [(s["cell"], s["round"], s["order"], s["padding"]) for s in lines(undisturbed)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has ended well."""
    output = tmp_path_factory.mktemp("whole") / "done"
    ended = run(
        f"--bench={BENCH}", "--workloads=math", "--executors=serial,pool", "--workers=1", f"--output={output}"
    )
    assert ended.returncode == 0, ended.stderr
    return output


@pytest.fixture
def done(whole: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(whole, tmp_path / "done"))


def test_a_torn_line_is_dropped_with_a_notice(done: Path, logs: Any) -> None:
    journal = done / "samples.jsonl"
    content = journal.read_bytes()
    journal.write_bytes(content[:-7])
    ended = run(f"--resume={done}")
    assert ended.returncode == 0, ended.stderr
    assert "going on after 19 samples; a torn last line of" in ended.stderr
    assert len(logs.samples()) == 1
    assert len(lines(done)) == 20


def test_a_run_that_is_complete_is_only_reported_again(done: Path, logs: Any) -> None:
    (done / "results.json").unlink()
    ended = run(f"--resume={done}")
    assert ended.returncode == 0, ended.stderr
    assert logs.samples() == []
    assert len(strictly(done / "results.json")["benchmarks"]) == 20


def test_it_may_be_asked_to_go_on_for_longer(done: Path, logs: Any) -> None:
    ended = run("--resume", str(done), "--rounds=12")
    assert ended.returncode == 0, ended.stderr
    assert len(logs.samples()) == 4
    assert len(strictly(done / "results.json")["benchmarks"]) == 24


def test_what_differs_is_refused_by_name(done: Path, bench: Path, tmp_path: Path, logs: Any) -> None:
    same = (f"--resume={done}", f"--bench={bench}", "--workloads=math", "--executors=serial,pool")
    assert run(*same, "--workers=1").returncode == 0
    before = (done / "samples.jsonl").read_bytes()
    seed = run(*same, "--workers=1", "--seed=2")
    assert (seed.returncode, "seed: 1 then, 2 now" in seed.stderr) == (2, True)
    plan = run(*same, "--workers=1,2")
    assert (plan.returncode, "cells: 1 new, such as math/pool/workers:2" in plan.stderr) == (2, True)
    other = tmp_path / "fake_bench.py"
    other.write_text(f'#!/bin/sh\nexec {bench} "$@"\n')
    other.chmod(0o755)
    binary = run(f"--resume={done}", f"--bench={other}")
    assert binary.returncode == 2
    assert "it is not the same run: fake_bench.py: " in binary.stderr
    assert (done / "samples.jsonl").read_bytes() == before
    assert logs.samples() == []


def test_a_refused_resumption_leaves_a_torn_line_where_it_is(done: Path) -> None:
    journal = done / "samples.jsonl"
    torn = journal.read_bytes()[:-7]
    journal.write_bytes(torn)
    assert run(f"--resume={done}", "--seed=2", f"--bench={BENCH}").returncode == 2
    assert journal.read_bytes() == torn


def test_another_run_never_touches_a_journal_that_is_there(bench: Path, done: Path) -> None:
    (done / "results.json").unlink()
    before = (done / "samples.jsonl").read_bytes()
    ended = run(f"--bench={bench}", "--workloads=math", "--executors=serial", f"--output={done}")
    assert (ended.returncode, "holds a samples.jsonl already" in ended.stderr) == (2, True)
    assert f"--resume={done}" in ended.stderr
    assert (done / "samples.jsonl").read_bytes() == before


def test_another_machine_is_no_place_to_go_on(done: Path, logs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (done / "samples.jsonl").read_bytes()
    monkeypatch.setenv("FAKE_KERNEL", "Linux 99")
    ended = run(f"--resume={done}", "--rounds=12")
    assert ended.returncode == 2, ended.stderr
    assert "not the machine that it was: kernel: Linux 1 then, Linux 99 now" in ended.stderr
    assert (done / "samples.jsonl").read_bytes() == before


def test_a_target_that_is_narrower_is_pursued_in_rounds_of_their_own(bench: Path, tmp_path: Path) -> None:
    """Cells that had stopped do not take up rounds that others have had: ratios are within rounds."""
    which = ("--workloads=math", "--executors=serial,pool", "--workers=1", f"--output={tmp_path / 'out'}")
    assert run(f"--bench={bench}", *which).returncode == 0
    assert run(f"--resume={tmp_path / 'out'}", "--rounds=13").returncode == 0
    rounds = Counter((s["round"], s["cell"].split("/")[1]) for s in lines(tmp_path / "out"))
    assert set(rounds.values()) == {1}
    assert {number for number, _ in rounds} == set(range(13))


@pytest.mark.parametrize(
    "damage",
    ['"real_time":0', '"real_time":null', '"time_unit":"h"', '"repetitions":5', '"repetitions":[7]'],
)
def test_samples_without_a_time_are_no_samples(done: Path, damage: str) -> None:
    journal = done / "samples.jsonl"
    head, *rest = journal.read_text().splitlines(True)
    record = json.loads(rest[3])
    ((name, value),) = json.loads("{" + damage + "}").items()
    if name in record:
        record[name] = value
    else:
        record["repetitions"][1][name] = value
    rest[3] = json.dumps(record) + "\n"
    journal.write_text("".join([head, *rest]))
    ended = run(f"--resume={done}")
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1), ended.stderr
    assert "line 5 is no sample of this run" in ended.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda content: content.replace(b'"round":0', b'"round":77', 1).replace(b'"cell"', b'"kell"', 1),
            "line 2",
        ),
        (
            lambda content: content + content.splitlines(True)[-1],
            "line 22 is no sample of this run: a sample that",
        ),
        (lambda content: b"", "nothing was measured yet"),
        (lambda content: content.replace(b'"argv"', b'"vrga"', 1), "does not say how it was started"),
    ],
)
def test_a_journal_that_is_none_is_refused(done: Path, logs: Any, change: Any, said: str) -> None:
    journal = done / "samples.jsonl"
    journal.write_bytes(change(journal.read_bytes()))
    ended = run(f"--resume={done}")
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert said in ended.stderr
    assert logs.samples() == []


def test_nothing_to_resume(tmp_path: Path) -> None:
    ended = run(f"--resume={tmp_path}")
    assert ended.returncode == 2
    assert "no journal to go on with" in ended.stderr


def test_differences_name_what_changed() -> None:
    then = {"programs": {"a": "1", "b": "2"}, "seed": 1, "cells": ["x", "y"]}
    assert differences(then, then) == []
    now = {"programs": {"a": "1", "c": "3"}, "seed": 2, "cells": ["y", "z"]}
    assert differences(then, now) == [
        "c: absent then, 3 now",
        "b: 2 then, absent now",
        "seed: 1 then, 2 now",
        "cells: 1 no more, such as x",
        "cells: 1 new, such as z",
    ]
    assert differences(then, then | {"cells": ["y", "x"]}) == ["cells: in another order"]
