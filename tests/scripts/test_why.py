"""`fanout why` as a whole, over a binary whose workers lose their time in known ways."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.scripts import fake_observed
from tests import forked
from tests.forked import PATIENCE

CASE = "kernel:primes/tasks:8"


def start(*arguments: str) -> subprocess.Popen[str]:
    return forked.start("why", "--workloads=math", *arguments)


def why(*arguments: str) -> tuple[int, str, str]:
    with start(*arguments) as process:
        out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def document(folder: Path, name: str = "why.json") -> Any:
    return json.loads((folder / name).read_text())


def lines(folder: Path) -> list[Any]:
    return [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]


@pytest.mark.usefixtures("temporary")
def test_causes_are_found_and_confirmed(tmp_path: Path, logs: Any) -> None:
    """One cell spins, which ends where OpenMP is passive; one is blocked, of which there is no experiment; one is well."""
    faults = {"openmp_dynamic": {"spin": 0.6}, "pool": {"lock": 0.6}}
    bench = fake_observed.write(
        tmp_path / "bench.py", faults=faults, blocked={"pool": {"futex": 9, "read": 1}}
    )
    out = tmp_path / "out"
    status, said, err = why(
        f"--bench={bench}", "--executors=openmp_dynamic,pool,loop", "--workers=2", "--rounds=3", f"--output={out}"
    )  # fmt: skip
    assert status == 0, err
    assert "added to hold the others against: serial on 1, pool on 1" in err
    found = document(out)
    advice = {one["cell"].split("/")[1]: one for one in found["advice"]}
    assert advice.keys() == {"openmp_dynamic", "pool"}
    spins, waits = advice["openmp_dynamic"], advice["pool"]
    assert (spins["cause"], spins["state"]) == ("spinning", "confirmed")
    assert spins["experiment"]["what"] == "OMP_WAIT_POLICY=passive"
    assert 2.4 < spins["experiment"]["ratio"]["low"] < 2.5 < spins["experiment"]["ratio"]["high"] < 2.6
    assert (waits["cause"], waits["state"], waits["experiment"]) == ("lock", "suspected", None)
    assert waits["evidence"][-1] == "blocked in futex 90 % and read 10 %"
    assert spins["cell"] in said and "OMP_WAIT_POLICY=passive" in said

    states = [one for one in found["evidence"] if one["observer"] == "states"]
    places = {(one["cell"], one["round"]) for one in states}
    assert len(states) == len(places) == 7 * 3
    assert {one["base"] for one in found["waterfalls"]} == {
        f"math/{executor}/workers:1/{text}{CASE}"
        for executor, text in (("serial", ""), ("openmp_dynamic", ""), ("pool", ""), ("loop", "in_flight:all/"))
    }  # fmt: skip
    assert all(0.95 < one["median"] < 1.05 for one in found["perturbation"].values())
    score = document(out, "results.json")
    assert {key: found[key] for key in score} == score and score["context"]["rounds"] == 3
    assert len(score["benchmarks"]) == 7 * 3 and score["context"]["command"][:2] == ["scripts/fanout", "why"]

    assert (out / "why.md").read_text().startswith("# ") and list((out / "charts").glob("*.svg"))
    again = forked.run("report", out, "--format=json")
    assert json.loads(again.stdout)["advice"] == found["advice"]

    records = lines(out)
    assert records[0]["of"] == "why"
    arms = [record["arm"] for record in records[1:]]
    assert (arms.count(""), arms.count("states"), arms.count("experiment")) == (21, 21, 21)
    first, second = {"", "states"}, {"experiment"}
    assert set(arms[:42]) == first and set(arms[42:]) == second
    assert all(set(arms[at : at + 2]) == first for at in range(0, 42, 2))  # a pass is beside its score


@pytest.mark.usefixtures("temporary")
def test_cells_and_passes_that_fail_stop_no_other(tmp_path: Path, logs: Any) -> None:
    bench = fake_observed.write(tmp_path / "bench.py", mute=("orphan",), torn=("std_thread",))
    out = tmp_path / "out"
    status, _, err = why(
        f"--bench={bench}",
        "--executors=pool,segv,absent,orphan,std_thread",
        "--workers=1,2",
        "--rounds=2",
        f"--output={out}",
    )
    assert status == 1, err
    found = document(out)
    assert {one["kind"] for one in found["failures"]} == {"crash", "unavailable"}
    assert {one["name"].split("/")[1]: one["reason"][:17] for one in found["unobserved"]} == {
        "orphan": "the process ended",
        "std_thread": "--observe=states:",
    }
    assert {one["cell"].split("/")[1] for one in found["waterfalls"]} == {"pool"}
    assert found["advice"] == []
    tried = [name for name, *_ in logs.samples()]
    assert (
        sum("/segv/workers:1" in name for name in tried) <= 2
    )  # by itself, and once observed if that came first
    assert sum("/orphan/workers:1" in name for name in tried) == 3  # by itself, and once observed


@pytest.mark.usefixtures("temporary")
def test_without_ready_times_it_degrades(tmp_path: Path) -> None:
    """Eight workers that never sleep on two CPUs: what is not running can only have waited for one."""
    bench = fake_observed.write(tmp_path / "bench.py", without_ready=("pool",))
    out = tmp_path / "out"
    status, _, err = why(
        f"--bench={bench}", "--executors=pool", "--workers=8", "--rounds=3", f"--output={out}"
    )
    assert status == 0, err
    (advice,) = document(out)["advice"]
    assert (advice["cause"], advice["state"]) == ("oversubscription", "confirmed")


@pytest.mark.usefixtures("temporary")
def test_a_pass_that_perturbs_gives_no_verdict(tmp_path: Path) -> None:
    bench = fake_observed.write(tmp_path / "bench.py", faults={"pool": {"lock": 0.6}}, slower={"pool": 1.4})
    out = tmp_path / "out"
    assert why(f"--bench={bench}", "--executors=pool", "--workers=2", "--rounds=3", f"--output={out}")[0] == 0
    (advice,) = document(out)["advice"]
    assert (advice["cause"], advice["state"], advice["experiment"]) == ("perturbed", "invalid", None)


@pytest.mark.usefixtures("temporary")
def test_no_experiments_leaves_causes_suspected(tmp_path: Path) -> None:
    bench = fake_observed.write(tmp_path / "bench.py", faults={"openmp_dynamic": {"spin": 0.6}})
    out, few = tmp_path / "out", ("--executors=openmp_dynamic", "--workers=2", "--rounds=3")
    assert why(f"--bench={bench}", "--no-experiments", *few, f"--output={out}")[0] == 0
    (advice,) = document(out)["advice"]
    assert (advice["cause"], advice["state"], advice["experiment"]) == ("spinning", "suspected", None)
    assert {record["arm"] for record in lines(out)[1:]} == {"", "states"}


@pytest.mark.usefixtures("temporary")
@pytest.mark.parametrize("after", [9, 25])
def test_an_interruption_keeps_what_is_done(
    tmp_path: Path, logs: Any, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """In the passes; and in the experiments, which then decide nothing."""
    monkeypatch.setenv("FAKE_HANG_AFTER", str(after))
    bench = fake_observed.write(tmp_path / "bench.py", faults={"hang": {"lock": 0.5, "spin": 0.6}})
    few = ("--executors=hang", "--workers=2", "--rounds=4", "--time-limit=500")
    with start(f"--bench={bench}", *few, f"--output={tmp_path / 'out'}") as process:
        logs.await_child()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    found = document(tmp_path / "out")
    assert found["context"]["interrupted"] is True
    assert [one["observer"] for one in found["evidence"]].count("states") >= after // 3
    assert not any(one["state"] == "confirmed" for one in found["advice"])
    assert logs.survivors() == []


@pytest.mark.usefixtures("temporary")
def test_an_interruption_before_the_first_sample_leaves_nothing(
    bench: Path, logs: Any, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with start(f"--bench={bench}", "--executors=hang", "--workers=1", f"--output={out}") as process:
        logs.await_child()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    if process.returncode != 130:
        pytest.fail(err)
    assert not list(tmp_path.glob("out/results.json")) or document(out)["context"]["interrupted"]
    assert logs.survivors() == []


def test_others_than_fanouts_own_are_refused_with_a_way(bench: Path, tmp_path: Path) -> None:
    refused = forked.run("why", f"--bench={bench}", "--", "sleep", "0")
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1 and "plug-in" in refused.stderr
    status, _, err = why(f"--bench={bench}", "--peers")
    assert status == 2 and "--peers" in err


def test_a_dry_run_runs_nothing(bench: Path, logs: Any) -> None:
    status, out, _ = why(f"--bench={bench}", "--executors=pool", "--workers=2", "--dry-run")
    assert status == 0 and "3 cells x 6 rounds, by themselves and observed: about" in out
    assert logs.samples() == []
