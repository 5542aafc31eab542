"""The peers' program: its flags, its JSON, and the agreement with the binary."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from benchmarks.peers import reference, registry
from benchmarks.peers.workload import Case
from benchmarks.peers.workloads import map as squares
from benchmarks.peers.workloads import search
from scripts.analysis import table
from tests.conftest import ROOT
from tests.peers.conftest import TINY, WORKLOADS, Peers, cases, cell, measured

SCHEMA = json.loads((ROOT / "tests/benchmarks/results.schema.json").read_text())
PARAMETERS = {
    "http": "requests:6/latency:1ms/size:1KiB/keepalive:yes/jitter:0",
    "math": "kernel:primes/tasks:8/size:20",
    "search": "algorithm:substring/tasks:8/size:5000/pattern:fanout",
    "overhead": "tasks:8",
    "sleep": "tasks:8/duration:1ms",
}


def test_every_workload_under_every_executor_has_the_binarys_digests(peers: Peers, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    which = (WORKLOADS, "--workers=1,2", "--seed=7", *TINY)
    ended = peers(*which, "--benchmark_repetitions=2", f"--benchmark_out={out}")
    assert ended.returncode == 0, ended.stderr
    document = json.loads(out.read_text())
    jsonschema.validate(document, SCHEMA)
    assert document["failures"] == []
    names = [entry["name"] for entry in document["benchmarks"]]
    assert names[::2] == names[1::2] == peers(*which, "--dry-run").stdout.split()
    wanted = {
        "/".join(part for part in parts if part)
        for workload, parameters in PARAMETERS.items()
        for name in registry.executor_names()
        for executor in [registry.executor(name)]
        for workers in ([1] if executor.alone else [1, 2])
        for parts in [(workload, name, f"workers:{workers}", executor.axis, parameters)]
    }
    assert set(names) == wanted
    results = table.load([out])
    assert len(results.table) == len(names) and set(results.table["round"]) == {0, 1}
    assert list(tmp_path.iterdir()) == [out]


def test_whatever_both_languages_have_agrees(peers: Peers) -> None:
    """Workloads of which no test here knows the parameters, but that they have a number of tasks."""
    shared = set(reference.known_workloads()) & set(registry.workload_names())
    assert set(PARAMETERS) <= shared
    for name in shared - set(PARAMETERS):
        ended = peers(f"--workloads={name}", "--workers=2", f"--set={name}.tasks=8")
        assert ended.returncode == 0, ended.stderr


def test_the_context_tells_the_interpreter(peers: Peers, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    sleep = ("--workloads=sleep", "--executors=py_serial", "--set=sleep.tasks=1", "--set=sleep.duration=1us")
    assert peers(*sleep, "--tag=3.13t", f"--benchmark_out={out}").returncode == 0
    document = json.loads(out.read_text())
    jsonschema.validate(document, SCHEMA)
    (entry,) = document["benchmarks"]
    assert entry["name"] == "sleep/py_serial@3.13t/workers:1/tasks:1/duration:1us"
    assert document["context"]["executors"]["py_serial@3.13t"].startswith("CPython 3.")
    python = document["context"]["pythons"]["3.13t"]
    assert python["gil"] is True and python["implementation"] == "CPython"
    assert "/" not in python["version"]


def test_other_variants_of_http(peers: Peers) -> None:
    flags = (
        "--set=http.keepalive=no",
        "--set=http.jitter=50",
        "--set=http.requests=6",
        "--set=http.size=1KiB",
    )
    ended = peers("--workloads=http", "--workers=2", "--set=http.latency=1ms", *flags)
    assert ended.returncode == 0, ended.stderr


def test_a_text_and_a_pattern_of_the_users_own(peers: Peers, tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"aaaa\xffbaaa" * 10)
    flags = (f"--set=search.text={tmp_path / 'text'}", "--set=search.pattern=aa", "--set=search.tasks=7")
    ended = peers("--workloads=search", "--executors=py_serial,py_pool", *flags)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("size", [1, 7, 100, 4999])
def test_the_generated_text_is_the_binarys(size: int) -> None:
    asked = (
        "--workloads=search",
        f"--set=search.size={size}",
        "--set=search.tasks=3",
        "--set=search.pattern=ta",
    )
    (told,) = cases(*asked, "--seed=5")
    text = search.generated_text(size, 5)
    assert len(text) == size
    assert text.count(b"ta") == sum(map(int, told["expected"]))


@pytest.mark.parametrize("width", [1, 4])
def test_wide_results_are_compared_whole(width: int) -> None:
    words = [task * task for task in range(5) for _ in range(width)]
    good = Case("map/tasks:5", "map", 1, 5, width, {}, {}, words)
    bad = Case("map/tasks:5", "map", 1, 5, width, {}, {}, [*words[:-1], words[-1] + 1])
    for executor in registry.executor_names():
        assert measured(cell(squares.Peer, executor, of=good)).failures == []
    (failure,) = measured(cell(squares.Peer, "py_pool", of=bad)).failures
    assert failure["kind"] == "receipt" and failure["reason"].startswith("task 4 gave")


def test_what_python_lacks_is_said(peers: Peers) -> None:
    ended = peers("--workloads=math", "--set=math.kernel=pi", "--executors=py_serial")
    assert ended.returncode == 2
    assert "the kernel pi is not written in Python" in ended.stderr
    listed = peers("--workloads=math", "--set=math.kernel=pi,primes", "--executors=py_serial", "--dry-run")
    assert listed.stdout.split() == ["math/py_serial/workers:1/kernel:primes/tasks:256/size:200"]


WRONG = {
    "--workloads=maths": "there are: http, ",
    "--executors=pool": "py_thread_pool",
    "--workers=0": "1 .. 4096, or max",
    "--set=sleep.tasks=-1": "0 .. 1000000",
    "--set=sleep.weight=1": "tasks, duration",
    "--seed=x": "--seed",
    "--benchmark_min_time=soon": "--benchmark_min_time",
    "--benchmark_out_format=csv": "json",
    "--bench=/nowhere/fanout-bench": "no binary at /nowhere/fanout-bench",
    "--nonsense": "--nonsense",
}


@pytest.mark.parametrize("flag", WRONG)
def test_wrong_usage_is_one_line_and_exit_2(peers: Peers, tmp_path: Path, flag: str) -> None:
    ended = peers("--workloads=sleep", "--executors=py_serial", f"--benchmark_out={tmp_path / 'out'}", flag)
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert line.startswith("fanout-") and WRONG[flag] in line
    assert ended.stdout == "" and not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", ["missing/out.json", "."])
def test_an_unwritable_path_is_known_before_measuring(peers: Peers, tmp_path: Path, path: str) -> None:
    ended = peers("--workloads=sleep", "--executors=py_serial", f"--benchmark_out={tmp_path / path}")
    assert ended.returncode == 1 and "cannot write" in ended.stderr
    assert not list(tmp_path.rglob("*"))


def test_a_failed_cell_is_status_1(peers: Peers, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    which = ("--workloads=http", "--executors=py_serial", "--set=http.timeout=1ms", "--set=http.latency=1s")
    ended = peers(*which, "--set=http.requests=1", f"--benchmark_out={out}")
    assert ended.returncode == 1
    document = json.loads(out.read_text())
    jsonschema.validate(document, SCHEMA)
    assert document["benchmarks"] == [] and document["failures"][0]["kind"] == "receipt"
    assert "timed out" in document["failures"][0]["reason"]


def test_list_names_everything(peers: Peers) -> None:
    listed = json.loads(peers("--list=json").stdout)
    text = peers("--list").stdout
    for name in (*listed["workloads"], *(executor["name"] for executor in listed["executors"])):
        assert f"\n  {name}" in text
    assert "examples:" in peers("--help").stdout
