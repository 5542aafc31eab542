"""`fanout load` as a whole, over a binary whose workers are servers of known times."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests import forked
from tests.conftest import ROOT
from tests.forked import PATIENCE
from tests.scripts import fake_loaded

SLEEP = "sleep/{}/workers:{}/duration:1ms"


def run(name: str, *arguments: str) -> tuple[int, str, str]:
    ended = forked.run(name, *arguments)
    return ended.returncode, ended.stdout, ended.stderr


def load(bench: Path, out: Path, *arguments: str) -> tuple[int, str, str]:
    return run("load", f"--bench={bench}", f"--output={out}", "--workloads=sleep", *arguments)


def document(folder: Path, name: str = "load.json") -> Any:
    return json.loads((folder / name).read_text())


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    return fake_loaded.write(tmp_path / "bench.py", service={"orphan": 2e-3})


@pytest.mark.usefixtures("temporary")
def test_rates_are_swept(bench: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    rates = ["--rate=500/s,1200/s", "--closed", "--rounds=6", "--duration=0.5"]
    status, said, err = load(bench, out, "--executors=pool,loop", "--workers=1,4", *rates)
    assert status == 0, err
    assert "4 cells at 500/s, 1,200/s and closed loop x 6 rounds of 0.5 s" in err
    found = document(out)
    pool = {one["rate"]: one for one in found["loads"] if one["cell"] == SLEEP.format("pool", 1)}
    assert pool.keys() == {None, 500.0, 1200.0}
    assert not pool[500.0]["over"] and pool[1200.0]["over"] and not pool[None]["over"]
    assert pool[500.0]["percentiles"]["50"]["samples"] == 6 and pool[500.0]["percentiles"]["99.9"] is None
    assert 0.8e-3 < pool[500.0]["service"]["mean"] < 1.2e-3
    assert pool[None]["percentiles"]["99"]["median"] < 0.5 * pool[1200.0]["percentiles"]["99"]["median"]
    assert "over capacity: it could do" in said and "Closed loop:" in said
    assert "at 1,200 requests a second: pool on 4 workers, p99" in said
    assert [one["kind"] for one in found["failures"]] == ["unavailable"] * 2
    assert {one["name"] for one in found["failures"]} == {
        f"sleep/loop/workers:{count}/in_flight:all/duration:1ms" for count in (1, 4)
    }
    whole = document(out, "results.json")
    assert {key: value for key, value in whole.items() if key != "evidence"} == found
    charts = {path.stem for path in (out / "charts").glob("*.svg")}
    assert charts == {"percentiles", "load", "queueing"}
    assert (out / "load.md").read_text().startswith("# Under load")

    seeds = {(one["round"], one["seed"]) for one in whole["evidence"]}
    assert seeds == {(number, 1 + number) for number in range(6)}, "arrivals of a round are the same for all"
    assert run("report", str(out), "--format=json")[1].count('"loads"') == 1
    status, written, err = run("plot", str(out), f"--output={tmp_path / 'again'}", "--format=svg")
    assert status == 0 and len(written.splitlines()) == 3, err


@pytest.mark.usefixtures("temporary")
def test_the_knee_is_looked_for(bench: Path, tmp_path: Path) -> None:
    """p90 of one server of 1 ms is 8 ms at 712 a second; so soon after an empty queue, a little later."""
    out = tmp_path / "out"
    status, said, err = load(
        bench, out, "--executors=pool", "--workers=1", "--slo=8ms,p=90", "--duration=0.5"
    )
    assert status == 0, err
    (knee,) = document(out)["knees"]
    assert knee["state"] == "found" and 600 < knee["low"] <= knee["rate"] <= knee["high"] < 1000
    assert "p90 within 8.00 ms" in said and "pool on 1 worker up to" in said
    assert {path.stem for path in (out / "charts").glob("*.svg")} == {"load"}


@pytest.mark.usefixtures("temporary")
def test_drops_and_the_limit(bench: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    queue = ["--queue=4", "--overflow=drop", "--slo=20ms", "--rounds=2"]
    status, said, err = load(bench, out, "--executors=pool", "--workers=1", "--rate=2000", *queue)
    assert status == 0, err
    (one,) = document(out)["loads"]
    assert 0.4 < one["dropped"] / one["offered"] < 0.6 and not document(out)["knees"]
    assert "% dropped" in said and "nothing that was measured keeps p99 within 20.0 ms" in said


@pytest.mark.usefixtures("temporary")
def test_failures_stop_no_others(tmp_path: Path) -> None:
    bench = fake_loaded.write(tmp_path / "bench.py", torn=("segv",), late=1e-3)
    out = tmp_path / "out"
    few = ["--executors=pool,segv,exit1,orphan", "--workers=1", "--rate=900,1000", "--rounds=2"]
    status, said, err = load(bench, out, *few, "--duration=1")
    assert status == 1 and "failed: " in err
    found = document(out)
    assert {one["contender"] for one in found["loads"]} == {"pool", "orphan"}
    failed = {one["name"]: one["reason"] for one in found["failures"]}
    assert failed.keys() == {SLEEP.format(name, 1) for name in ("segv", "exit1")}
    assert "The generator was late" in said and "1.00 ms" in said


@pytest.mark.usefixtures("temporary")
def test_ctrl_c_keeps_what_is_done(bench: Path, tmp_path: Path, logs: Any) -> None:
    out = tmp_path / "out"
    words = [f"--bench={bench}", f"--output={out}", "--workloads=sleep", "--executors=pool,hang"]
    some = [*words, "--workers=1", "--rate=500", "--rounds=4", "--duration=1", "--seed=3"]
    with forked.start("load", *some) as process:
        logs.await_child()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert logs.survivors() == []
    if (out / "load.json").exists():
        assert document(out)["context"]["interrupted"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--rate=1000/s says at which rate, or --slo=20ms"),
        (["--rate=0"], "'0' is not a number above 0"),
        (["--rate=nan/s"], "is not a number above 0"),
        (["--rate=5,5/s"], "names 5/s twice"),
        (["--slo=20"], "'20' is no limit such as 20ms"),
        (["--slo=20ms,p=100"], "is no limit"),
        (["--rate=5", "--overflow=drop"], "a queue without end never overflows"),
        (["--rate=5", "--lifecycle=both"], "requests come to workers that are there"),
        (["--rate=5", "--queue=-1"], "'-1' is not a number above 0"),
        (["--rate=5", "--", "true"], "a command: programs that are not Fanout's own cannot be observed"),
        (["--rate=5", "--peers"], "cannot be observed"),
        (["--rate=0.1", "--duration=5"], "--rate=0.1/s: less than one request in --duration=5s"),
        (["--rate=5", "--scaling=weak"], "requests come at a rate, whatever the workers"),
        (["--rate=5", "--executors=pools"], "nothing is called 'pools' (did you mean pool?)"),
        (["--rate=5", "--as=plug-in"], "--as is for a plug-in"),
        (["--rate=5", "--output=/proc/none"], "--output: cannot write to /proc/none"),
        (["--rate=5", "--bench=/nowhere"], "--bench: no binary at /nowhere"),
        (["--rate=5", "--compile=-O3"], "--compile is for a plug-in"),
    ],
)
def test_wrong_usage_is_one_line(bench: Path, arguments: list[str], said: str) -> None:
    status, _, err = run("load", f"--bench={bench}", *arguments)
    assert status == 2 and said in err.splitlines()[-1], err


def test_a_binary_without_the_observer(bench: Path) -> None:
    status, _, err = run("load", f"--bench={bench.with_name('fake.py')}", "--rate=5")
    assert status == 2
    older = ROOT / "tests/scripts/fake_bench.py"
    status, _, err = run("load", f"--bench={older}", "--rate=5")
    assert status == 2 and "has no observer latency; build it anew" in err


def test_a_dry_run_measures_nothing(bench: Path, tmp_path: Path) -> None:
    status, said, _ = load(bench, tmp_path / "out", "--executors=pool", "--slo=5ms,p=99.9", "--dry-run")
    assert status == 0 and "the highest rate with p99.9 within 5 ms, at most 2 minutes each" in said
    assert not (tmp_path / "out").exists()
