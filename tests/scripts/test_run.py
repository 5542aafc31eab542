"""`fanout run` as a whole, over a binary that fails as it is told to."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.scripts.runner import PATIENCE, run, start


def results(directory: Path) -> Any:
    return json.loads((directory / "results.json").read_text())


@pytest.mark.usefixtures("temporary")
def test_a_run_measures_reports_and_exits_with_1_for_failed_cells(
    bench: Path, logs: Any, tmp_path: Path
) -> None:
    output = tmp_path / "out put"
    ended = run(
        f"--bench={bench}",
        "--workloads=*",
        "--executors=serial,pool,segv,absent",
        "--workers=1,2",
        f"--output={output}",
        "--seed=5",
        "--precision=all",
    )
    assert ended.returncode == 1, ended.stderr
    document = results(output)

    samples = defaultdict(list)
    for entry in document["benchmarks"]:
        samples[entry["name"]].append(entry)
    assert len(samples) == 9
    for name, entries in samples.items():  # always the same times: ten of them are precise
        assert [entry["repetition_index"] for entry in entries] == list(range(10)), name
        assert {(entry["real_time"], entry["cpu_time"], entry["repetitions"]) for entry in entries} == {
            (2, 20, 10)
        }
    assert {(cell["samples"], cell["stop_reason"]) for cell in document["cells"] if "samples" in cell} == {
        (10, "precise")
    }
    assert len(document["cells"]) == 21 and {cell["case"] for cell in document["cells"]} == {
        "math/kernel:primes/tasks:8", "sleep/duration:1ms", "spin",
    }  # fmt: skip
    assert {entry["cell"] for entry in document["evidence"]} >= samples.keys()
    assert Counter(failure["kind"] for failure in document["failures"]) == {"crash": 6, "unavailable": 6}

    context = document["context"]
    assert (context["rounds"], context["order_seed"], context["seed"]) == (10, 5, 5)
    assert context["interrupted"] is False
    assert context["started"].endswith("+00:00") and context["wall_seconds"] > 0
    assert {"--seed=5", "--set=sleep.duration=1ms"} < set(context["command"])

    runs = logs.samples()
    tried = Counter(name for name, _, _ in runs if "/segv/" in name or "/absent/" in name)
    assert set(tried.values()) == {1}
    assert {rate for name, _, rate in runs[1:] if name.startswith("spin/")} == {"812"}
    assert runs[0][0] == "spin/serial/workers:1" and runs[0][2] == ""
    assert len({padding for _, padding, _ in runs}) > 5

    assert {path.suffix for path in (output / "charts").iterdir()} == {".svg", ".png"}
    assert (output / "summary.md").read_text().startswith("# ")
    answers = json.loads((output / "summary.json").read_text())["answers"]
    assert len(answers) == 3 and all(
        one["schema"] == 1 and one["use"]["workers"] in (1, 2) for one in answers
    )
    assert str(output / "results.json") in ended.stdout
    assert "round 10: 9 cells" in ended.stderr and "round 11" not in ended.stderr
    assert "9 of 9 cells are known to within 2 %" in (output / "summary.md").read_text()
    assert "crash: killed by SIGSEGV" in ended.stderr


@pytest.mark.usefixtures("temporary")
def test_a_run_with_nothing_but_failures_is_reported_too(bench: Path, tmp_path: Path) -> None:
    arguments = ("--workloads=math", "--workers=1", "--rounds=2", f"--output={tmp_path / 'out'}")
    ended = run(f"--bench={bench}", "--executors=torn", *arguments)
    assert ended.returncode == 1
    assert results(tmp_path / "out")["benchmarks"] == []
    assert "torn JSON" in ended.stdout


@pytest.mark.usefixtures("temporary")
def test_unavailable_is_no_failure(bench: Path, tmp_path: Path) -> None:
    arguments = ("--workloads=math", "--workers=1", "--rounds=2", f"--output={tmp_path / 'out'}")
    assert run(f"--bench={bench}", "--executors=absent,serial", *arguments).returncode == 0


@pytest.mark.usefixtures("temporary")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_keeps_and_reports_what_is_done(
    bench: Path, logs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setenv("FAKE_HANG_AFTER", "9")
    selection = ("--workloads=math", "--executors=pool,hang", "--workers=1,2")
    with start(f"--bench={bench}", *selection, f"--output={tmp_path / 'out'}", "--time-limit=500") as process:
        logs.await_child()
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    document = results(tmp_path / "out")
    assert document["context"]["interrupted"] is True
    assert len(document["benchmarks"]) == len(logs.samples()) - 1 >= 9
    assert document["failures"] == []
    assert list((tmp_path / "out/charts").glob("*.svg"))
    assert "interrupted" in out
    assert logs.survivors() == []


@pytest.mark.usefixtures("temporary")
def test_an_interruption_before_the_first_sample_leaves_nothing(
    bench: Path, logs: Any, tmp_path: Path
) -> None:
    selection = ("--workloads=math", "--executors=hang", "--workers=1")
    with start(f"--bench={bench}", *selection, f"--output={tmp_path / 'out'}") as process:
        logs.await_child()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert err.endswith("fanout: interrupted\n")
    assert not (tmp_path / "out").exists()
    assert logs.survivors() == []


def test_a_dry_run_shows_what_would_run_and_runs_nothing(
    bench: Path, logs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_OPTIONAL", "spin")
    ended = run(f"--bench={bench}", "--dry-run", "--executors=serial,pool", f"--output={tmp_path / 'out'}")
    assert ended.returncode == 0
    assert "math/kernel:primes/tasks:8: 2 executors, workers 1, 2, 4: 4 cells" in ended.stdout
    assert "about" in ended.stdout and "left out" not in ended.stdout
    whole = run(f"--bench={bench}", "--dry-run")
    assert "left out without --full: spin; math with kernel pi" in whole.stdout
    assert logs.samples() == []
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--workloads=maths"],
            "fanout run: --workloads: nothing is called 'maths' (did you mean math?); accepted: math, sleep, spin",
        ),
        (["--set=math.kernel=bad"], "fanout run: fanout-bench: --set=math.kernel: 'bad' is not accepted"),
        (
            ["--rounds=0"],
            "fanout run: argument --rounds: '0' is not a number above 0 (see fanout run --help)",
        ),
        (
            ["--rounds=two"],
            "fanout run: argument --rounds: 'two' is not a number above 0 (see fanout run --help)",
        ),
        (
            ["--time-limit=nan"],
            "fanout run: argument --time-limit: 'nan' is not a number above 0 (see fanout run --help)",
        ),
        (
            ["--seed=-1"],
            "fanout run: argument --seed: '-1' is not a whole number from 0 up (see fanout run --help)",
        ),
        (
            ["--executors=a,,b"],
            "fanout run: argument --executors: 'a,,b' has an empty name (see fanout run --help)",
        ),
        (
            ["--qick"],
            "fanout run: unrecognized arguments: --qick (did you mean --quick?) (see fanout run --help)",
        ),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(bench: Path, logs: Any, arguments: list[str], said: str) -> None:
    ended = run(f"--bench={bench}", *arguments)
    assert (ended.returncode, ended.stderr, ended.stdout) == (2, said + "\n", "")
    assert logs.samples() == []


def test_results_are_never_overwritten(bench: Path, logs: Any, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text("precious")
    ended = run(f"--bench={bench}", f"--output={tmp_path}")
    assert ended.returncode == 2
    assert "holds a results.json already" in ended.stderr
    assert (tmp_path / "results.json").read_text() == "precious"
    assert logs.samples() == []


def test_an_output_that_cannot_be_made_is_wrong_usage(bench: Path, logs: Any) -> None:
    ended = run(f"--bench={bench}", f"--output={os.devnull}/results")
    assert ended.returncode == 2
    assert "--output: cannot write to" in ended.stderr
    assert logs.samples() == []


@pytest.mark.usefixtures("temporary")
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one CPU leaves nothing to choose")
def test_pinned_processes_have_a_cpu_for_each_worker_and_wanderers_are_caught(
    bench: Path, logs: Any, tmp_path: Path
) -> None:
    cpus = sorted(os.sched_getaffinity(0))
    which = ("--workloads=math", "--executors=pool,wander", "--workers=1,2", "--rounds=2")
    ended = run(f"--bench={bench}", *which, "--pin", f"--output={tmp_path / 'out'}")
    assert ended.returncode == 1, ended.stderr
    ran = [line.partition(" ") for line in (logs.directory / "affinity").read_text().splitlines()]
    assert {(name.split("/")[2], where) for name, _, where in ran} == {
        ("workers:1", str(cpus[:1])),
        ("workers:2", str(cpus[:2])),
    }
    document = results(tmp_path / "out")
    assert document["context"]["pinned"] is True and "--pin" in document["context"]["command"]
    kinds = {failure["name"].split("/workers:")[0]: failure["kind"] for failure in document["failures"]}
    assert kinds == {"math/wander": "placement"}
    failed = {failure["name"].split("/")[2] for failure in document["failures"]}
    assert failed == ({"workers:1"} if len(cpus) == 2 else {"workers:1", "workers:2"})
    assert [entry["name"].split("/")[1] for entry in document["benchmarks"]].count("pool") == 4


@pytest.mark.usefixtures("temporary")
def test_without_pin_a_process_may_run_anywhere(bench: Path, tmp_path: Path) -> None:
    which = ("--workloads=math", "--executors=wander", "--workers=1", "--rounds=1")
    assert run(f"--bench={bench}", *which, f"--output={tmp_path / 'out'}").returncode == 0
    assert results(tmp_path / "out")["context"]["pinned"] is False
