"""`fanout-bench --expected`: what a peer in another language needs."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Run
from tests.peers.conftest import cases


def test_each_case_is_there_once_whatever_runs_it() -> None:
    asked = ("--workloads=sleep,math", "--set=sleep.duration=1ms,2ms", "--set=math.tasks=2")
    names = [case["case"] for case in cases(*asked)]
    assert names == [
        "math/kernel:primes/tasks:2/size:200",
        "sleep/tasks:64/duration:1ms",
        "sleep/tasks:64/duration:2ms",
    ]
    assert [case["case"] for case in cases(*asked, "--executors=pool,fork_pool", "--workers=1,2,3")] == names


def test_parameters_are_given_as_text_and_in_base_units() -> None:
    (http,) = cases("--workloads=http", "--set=http.latency=0.5ms", "--set=http.size=2KiB", "--seed=9")
    assert http["workload"] == "http" and http["seed"] == 9 and http["width"] == 1
    assert http["values"]["latency"] == "500us" and http["values"]["keepalive"] == "yes"
    assert http["numbers"]["latency"] == 500_000 and http["numbers"]["size"] == 2048
    assert http["numbers"]["timeout"] == 10_000_000_000, "it is not in the name"
    assert "keepalive" not in http["numbers"]


def test_digests_are_text_that_keeps_all_bits() -> None:
    (http,) = cases("--workloads=http", "--set=http.size=1KiB")
    assert len(http["expected"]) == http["tasks"] * http["width"] == 26
    numbers = [int(word) for word in http["expected"]]
    assert all(isinstance(word, str) for word in http["expected"])
    assert max(numbers) > 2**53 and all(int(float(number)) != number for number in numbers[:1])


def test_a_case_that_cannot_be_built_says_why_and_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "urls").write_text("http://127.0.0.1:9/refused\n")
    http, sleep = cases("--workloads=http,sleep", f"--set=http.urls={tmp_path / 'urls'}")
    assert "http://127.0.0.1:9/refused" in http["missing"] and http["expected"] == []
    assert sleep["missing"] == "" and len(sleep["expected"]) == 64


def test_more_digests_than_are_handed_over_are_missing() -> None:
    (sleep,) = cases("--workloads=sleep", "--set=sleep.tasks=1000000")
    assert sleep["missing"] == "" and len(sleep["expected"]) == 1_000_000
    (overhead,) = cases("--workloads=overhead", "--set=overhead.tasks=1000001")
    assert "more than the 1000000" in overhead["missing"] and overhead["expected"] == []


def test_the_seed_decides() -> None:
    one, two = (cases("--workloads=sleep", f"--seed={seed}")[0]["expected"] for seed in (1, 2))
    assert one != two


def test_the_machine_is_described(bench: Run) -> None:
    context = json.loads(bench("--expected", "--workloads=sleep").stdout)["context"]
    assert context["effective_cpus"] > 0 and context["commit"] and context["cpu_model"]


def test_wrong_usage_is_refused_as_ever(bench: Run) -> None:
    result = bench("--expected", "--workloads=maths")
    assert (result.returncode, result.stdout) == (2, "")
    assert "no such name" in result.stderr
