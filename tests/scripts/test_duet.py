"""`fanout duet` as a whole, over binaries that take the time that they are told to."""

from __future__ import annotations

import json
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.forked import PATIENCE
from tests.scripts import fake_timed
from tests.scripts.duets import POOL, SERIAL, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.mark.usefixtures("temporary")
class TestVerdicts:
    def test_one_binary_on_both_sides_passes_and_is_noticed(self, stage: Stage) -> None:
        ended = stage.run(stage.base, stage.base)
        assert ended.returncode == 0, ended.stderr
        assert "PASS: 1 same of 1" in ended.stdout
        assert "A/A: both sides are binaries of one content" in ended.stdout
        assert "1 cells, 1 comparisons" in ended.stderr
        assert stage.states() == {SERIAL: "same"}

    def test_a_slower_new_is_a_regression_and_a_decided_cell_does_not_run_on(self, stage: Stage) -> None:
        new = stage.new(slower={"math/pool/*": 20.0})
        ended = stage.run(stage.base, new, executors="serial,pool")
        assert ended.returncode == 1, ended.stderr
        assert f"REGRESSION: 1 slower and 1 same of 2; worst: {POOL}" in ended.stdout
        assert "A/A" not in ended.stdout
        rounds = {cell["name"]: cell["samples"] for cell in stage.document()["cells"]}
        taken = Counter((sample["cell"], sample["arm"]) for sample in stage.samples())
        for name in (SERIAL, POOL):
            assert {taken[name, arm] for arm in ("base", "new", "control")} == {*rounds[name]}
        assert rounds == {SERIAL: [12], POOL: [20]}

    def test_the_document_has_what_the_verdict_rests_on(self, stage: Stage) -> None:
        assert stage.run(stage.base, stage.new(slower={"*": -20.0}), "--seed=5").returncode == 0
        document = stage.document()
        assert (document["seed"], document["comparisons"], document["status"]) == (5, 1, 0)
        assert document["cells"][0]["state"] == "faster"
        assert document["cells"][0]["ratio"] == pytest.approx(0.8, rel=0.02)
        assert document["sides"]["base"]["context"]["compiler"] == "fake"
        assert document["command"][:2] == ["scripts/fanout", "duet"]
        assert (stage.output / "ratios.svg").is_file() and (stage.output / "ratios.png").is_file()
        for sample in stage.samples():
            kept = document["samples"][sample["cell"]][sample["arm"]][str(sample["round"])]
            assert kept == sample["seconds"]

    def test_new_alone_gets_what_is_set_for_it(self, stage: Stage, logs: Any) -> None:
        arguments = ("--set-new=spin.rate=7", "--max-time=5s")
        assert stage.run(stage.base, stage.base, *arguments, workload="spin").returncode == 0
        rates = Counter(
            rate for _, _, rate in logs.samples()[3:]
        )  # before them: two builds asked, and calibration
        assert set(rates) == {"812", "7"}, "one calibration for all, but for what NEW was given"
        assert rates["812"] == pytest.approx(2 * rates["7"], abs=3)
        assert "NEW alone has --set=spin.rate=7" in json.dumps(stage.document())

    def test_time_is_limited(self, stage: Stage) -> None:
        ended = stage.run(stage.base, stage.base, "--max-time=0.5")
        assert ended.returncode == 0
        assert (
            "INCONCLUSIVE: 1 inconclusive of 1; a slowdown of any size may have gone undetected"
            in ended.stdout
        )
        assert "time is up" in ended.stdout
        assert "choose fewer cells" in ended.stderr


@pytest.mark.usefixtures("temporary")
class TestWhatDoesNotCompare:
    def test_a_cell_that_new_does_not_have_fails_after_the_rest_is_judged(self, stage: Stage) -> None:
        ended = stage.run(stage.base, stage.new(without=("pool",)), executors="serial,pool")
        assert ended.returncode == 3, ended.stderr
        assert stage.states() == {SERIAL: "same", POOL: "invalid"}
        assert "missing in NEW" in ended.stdout

    def test_a_cell_that_only_new_has_is_told(self, stage: Stage) -> None:
        base = fake_timed.write(stage.directory / "older", without=("tbb",))
        ended = stage.run(base, stage.new(), "--max-time=20s", executors="serial,*b*")
        assert ended.returncode == 0, ended.stderr
        assert "Only NEW has math/tbb/workers:2/kernel:primes/tasks:8." in stage.document()["notes"]

    def test_a_torn_document_of_new_fails(self, stage: Stage) -> None:
        ended = stage.run(stage.base, stage.new(torn="math/pool/*"), executors="serial,pool")
        assert ended.returncode == 3, ended.stderr
        assert stage.states() == {SERIAL: "same", POOL: "invalid"}
        assert "fails in NEW: crash: torn JSON" in ended.stdout.replace("\n", " ")

    def test_what_fails_in_both_is_left_out(self, stage: Stage) -> None:
        ended = stage.run(stage.base, stage.base, executors="serial,segv,absent")
        assert ended.returncode == 0, ended.stderr
        assert stage.states() == {SERIAL: "same"}
        notes = " ".join(stage.document()["notes"])
        assert "segv/workers:2/kernel:primes/tasks:8 is left out; it fails in BASE and NEW: crash" in notes
        assert "it fails in BASE and NEW: unavailable: libabsent-dev is not installed" in notes

    def test_nothing_to_compare_is_no_pass(self, stage: Stage) -> None:
        ended = stage.run(stage.base, stage.base, executors="absent")
        assert ended.returncode == 3
        assert "NOT COMPARABLE: there is nothing to compare" in ended.stdout

    def test_other_flags_are_another_build(self, stage: Stage) -> None:
        new = stage.new(context={"flags": "-O0", "build_type": "Debug"})
        ended = stage.run(stage.base, new)
        assert ended.returncode == 4
        assert "flags: -O3 in BASE, -O0 in NEW; build type: Release in BASE, Debug in NEW" in ended.stderr
        assert not stage.output.exists()
        assert stage.run(stage.base, new, "--cross-machine").returncode == 0
        assert "The builds differ: flags: -O3 in BASE, -O0 in NEW." in stage.document()["notes"]


@pytest.mark.usefixtures("temporary")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_keeps_and_prints_what_is_decided(
    stage: Stage, logs: Any, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setenv("FAKE_HANG_AFTER", "70")
    with stage.start(stage.base, stage.base, "--time-limit=500", executors="serial,hang") as process:
        logs.await_child()
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    assert logs.survivors() == []
    assert stage.document()["end"] == "interrupted"
    assert len(stage.samples()) + 3 == len(logs.samples())  # 2 asked how they are built, 1 was interrupted


@pytest.mark.usefixtures("temporary")
def test_an_interruption_before_the_first_sample_leaves_nothing(
    stage: Stage, logs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_HANG_AFTER", "2")
    with stage.start(stage.base, stage.base, executors="hang") as process:
        logs.await_child()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err.endswith("fanout: interrupted\n")) == (130, True)
    assert not stage.output.exists()
    assert logs.survivors() == []


class TestUsage:
    def test_a_dry_run_says_what_would_run_and_runs_nothing(self, stage: Stage) -> None:
        ended = stage.run(
            *(stage.base, stage.new(without=("tbb",)), "--dry-run"), executors="serial,pool,tbb"
        )
        assert ended.returncode == 0, ended.stderr
        assert SERIAL in ended.stdout and POOL in ended.stdout
        assert "math/tbb/workers:2/kernel:primes/tasks:8, which is missing in NEW" in ended.stdout
        assert "2 cells, 2 comparisons; 12 rounds take about" in ended.stdout
        assert not stage.output.exists()

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--margin=much"], "fanout duet: argument --margin: 'much' is not a percentage below 100"),
            (
                ["--margin=100%"],
                "fanout duet: argument --margin: '100%' is not a percentage below 100, such as 3 or 3%",
            ),
            (["--max-time=0"], "fanout duet: argument --max-time: '0' is not a number above 0"),
            (["--workloads=maths"], "fanout duet: BASE: --workloads: nothing is called 'maths'"),
            (
                ["--set-new=math.kernel=pi"],
                "fanout duet: --set-new: math.kernel=pi makes another cell of",
            ),
        ],
    )
    def test_wrong_usage_is_one_line_and_exit_2(self, stage: Stage, arguments: list[str], said: str) -> None:
        ended = stage.run(stage.base, stage.base, *arguments)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert ended.stderr.startswith(said) and ended.stderr.count("\n") == 1
        assert not stage.output.exists()

    def test_a_duet_is_never_overwritten(self, stage: Stage) -> None:
        stage.output.mkdir()
        (stage.output / "samples.jsonl").write_text("precious")
        ended = stage.run(stage.base, stage.base)
        assert ended.returncode == 2
        assert "holds a samples.jsonl already" in ended.stderr
