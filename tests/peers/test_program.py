"""The peers' program: its flags, its JSON, and the agreement with the binary."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jsonschema
import pytest

from benchmarks.peers import registry
from benchmarks.peers.workload import Case
from benchmarks.peers.workloads import map as squares
from benchmarks.peers.workloads import search
from tests.conftest import ROOT
from tests.peers.conftest import BINARY, TINY, WORKLOADS, Json, Peers, cases, cell, measured

SCHEMA = json.loads((ROOT / "tests/benchmarks/results.schema.json").read_text())
BRIEF = ("--set=http.requests=1", "--set=sleep.tasks=2", "--set=sleep.duration=1ms")
OWN = {"name", "executor", "contender", "kind", "family", "executor_parameters", "executor_roles"}
PARAMETERS = {
    "http": "requests:6/latency:1ms/size:1KiB/keepalive:yes/jitter:0",
    "math": "kernel:primes/tasks:8/size:20",
    "search": "algorithm:substring/tasks:8/size:5000/pattern:fanout",
    "overhead": "tasks:8",
    "sleep": "tasks:8/duration:1ms",
}


def ask(*arguments: str | Path) -> Json:
    """The binary's answer."""
    answer = subprocess.run([BINARY, *arguments], capture_output=True, check=True, timeout=60)
    found: Json = json.loads(answer.stdout)
    return found


def validate(document: Json) -> None:
    """Context and entries as the schema of results has them; cells and failures as in test_program's other tests."""
    assert set(document) == {"schema", "context", "benchmarks", "cells", "failures", "evidence"}
    assert document["schema"] == 2 and document["evidence"] == []
    definitions = {"definitions": SCHEMA["definitions"]}
    for part in ("context", "benchmarks"):
        jsonschema.validate(document[part], {**SCHEMA["properties"][part], **definitions})
    for failure in document["failures"]:
        assert set(failure) == {"name", "kind", "cause", "reason"} and isinstance(failure["cause"], dict)
    names = {cell["name"] for cell in document["cells"]}
    assert {entry["name"] for entry in (*document["benchmarks"], *document["failures"])} <= names
    assert document["context"]["law"] == "last batch"


def test_every_workload_under_every_executor_has_the_binarys_digests(peers: Peers, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    which = (WORKLOADS, "--workers=1,2", "--seed=7", *TINY)
    ended = peers(*which, "--benchmark_repetitions=2", f"--benchmark_out={out}")
    assert ended.returncode == 0, ended.stderr
    document = json.loads(out.read_text())
    validate(document)
    assert document["failures"] == []
    names = [entry["name"] for entry in document["benchmarks"]]
    assert names[::2] == names[1::2] == peers(*which, "--dry-run").stdout.split()
    wanted = {
        "/".join(part for part in parts if part)
        for workload, parameters in PARAMETERS.items()
        for name in registry.executor_names()
        for executor in [registry.executor(name)]
        for workers in ([1] if executor.alone else [1, 2])
        for parts in [
            (workload, name, f"workers:{workers}", "in_flight:all" * executor.all_in_flight, parameters)
        ]
    }
    assert set(names) == wanted
    assert [cell["name"] for cell in document["cells"]] == names[::2]
    for entry in document["benchmarks"]:
        workers = entry["tasks"] if "/in_flight:all/" in entry["name"] else entry["workers"]
        assert entry["at_once"] == min(workers, entry["tasks"])
    assert list(tmp_path.iterdir()) == [out]


def test_documents_have_the_binarys_fields(peers: Peers, tmp_path: Path) -> None:
    """Those that only C++ measures aside."""
    failing = ("--workloads=http,sleep", "--workers=2", "--set=http.timeout=1ms", "--set=http.latency=1s")
    out = {name: tmp_path / name for name in ("peers", "binary")}
    assert peers(*failing, *BRIEF, "--executors=py_pool", f"--benchmark_out={out['peers']}").returncode == 1
    short = ("--benchmark_min_time=0.001", "--warmup=0", f"--benchmark_out={out['binary']}")
    subprocess.run([BINARY, *failing, *BRIEF, *short, "--executors=pool"], capture_output=True, timeout=60)
    ours, theirs = (json.loads(out[name].read_text()) for name in ("peers", "binary"))
    assert set(ours) == set(theirs) and ours["schema"] == theirs["schema"]
    for part in ("benchmarks", "cells", "failures"):
        (our, *_), (their, *_) = ours[part], theirs[part]
        assert set(our) == set(their) - {"ready_share", "enough_iterations"}
        assert [type(our[key]) for key in sorted(our)] == [type(their[key]) for key in sorted(our)]


def test_cells_are_the_binarys_with_executors_of_python(peers: Peers) -> None:
    which = ("--workloads=sleep,math,search", "--workers=1,2,max", "--set=sleep.duration=1ms,2ms", "--seed=5")
    pattern = "--set=search.pattern=a,b"
    ours = json.loads(peers(*which, pattern, "--executors=py_thread_pool", "--dry-run=json").stdout)
    theirs = ask(*which, pattern, "--executors=pool", "--dry-run=json")
    assert {**ours, "cells": []} == {**theirs, "cells": []}
    for our, their in zip(ours["cells"], theirs["cells"]):
        assert set(our) == set(their)
        same = set(our) - OWN - {"arguments"}
        assert {key: our[key] for key in same} == {key: their[key] for key in same}
        assert our["name"] == their["name"].replace("/pool/", "/py_thread_pool/")
        assert our["family"] == "python" and our["contender"] == our["executor"] == "py_thread_pool"
    assert len(ours["cells"]) == len(theirs["cells"]) == 8


def test_the_arguments_of_a_cell_run_it_alone(peers: Peers) -> None:
    which = ("--workloads=sleep,search", "--executors=py_asyncio,py_pool", "--set=search.pattern=a,b")
    cells = json.loads(peers(*which, "--workers=1,2", "--tag=3.13t", "--dry-run=json").stdout)["cells"]
    assert len(cells) == 6
    for cell in cells:
        assert cell["contender"] == cell["executor"] and cell["executor"].endswith("@3.13t")
        assert peers(*cell["arguments"], "--dry-run").stdout == cell["name"] + "\n"
        loop = cell["kind"] == "loop"
        assert cell["executor_roles"] == cell["executor_parameters"] == ({"in_flight": None} if loop else {})


def test_a_binary_of_another_schema_is_refused(peers: Peers, tmp_path: Path) -> None:
    other = tmp_path / "fanout-bench"
    other.write_text('#!/bin/sh\necho \'{"schema": 1, "workloads": [{"name": "sleep"}], "cells": []}\'\n')
    other.chmod(0o755)
    ended = peers("--workloads=sleep", "--dry-run", f"--bench={other}")
    assert ended.returncode == 2 and "speaks schema 1, this is 2" in ended.stderr


def test_whatever_both_languages_have_agrees(peers: Peers) -> None:
    """Workloads of which no test here knows the parameters, but that they have a number of tasks."""
    shared = {workload["name"] for workload in ask("--list=json")["workloads"]} & set(
        registry.workload_names()
    )
    assert set(PARAMETERS) <= shared
    for name in shared - set(PARAMETERS):
        ended = peers(f"--workloads={name}", "--workers=2", f"--set={name}.tasks=8")
        assert ended.returncode == 0, ended.stderr


def test_the_context_describes_the_interpreter(peers: Peers, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    sleep = ("--workloads=sleep", "--executors=py_serial", "--set=sleep.tasks=1", "--set=sleep.duration=1us")
    assert peers(*sleep, "--tag=3.13t", f"--benchmark_out={out}").returncode == 0
    document = json.loads(out.read_text())
    validate(document)
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
    (described,) = cases(*asked, "--seed=5")
    text = search.generated_text(size, 5)
    assert len(text) == size
    assert text.count(b"ta") == sum(map(int, described["expected"]))


@pytest.mark.parametrize("width", [1, 4])
def test_wide_results_are_compared_whole(width: int) -> None:
    words = [task * task for task in range(5) for _ in range(width)]
    good = Case("map/tasks:5", "map", 1, 5, width, {}, words)
    bad = Case("map/tasks:5", "map", 1, 5, width, {}, [*words[:-1], words[-1] + 1])
    for executor in registry.executor_names():
        assert measured(cell(squares.Peer, executor, of=good)).failures == []
    (failure,) = measured(cell(squares.Peer, "py_pool", of=bad)).failures
    assert failure["kind"] == "receipt" and failure["reason"].startswith("task 4 gave")


def test_what_python_lacks_is_named(peers: Peers) -> None:
    ended = peers("--workloads=math", "--set=math.kernel=pi", "--executors=py_serial")
    assert ended.returncode == 2
    assert "the kernel pi is not written in Python" in ended.stderr
    listed = peers("--workloads=math", "--set=math.kernel=pi,primes", "--executors=py_serial", "--dry-run")
    assert listed.stdout.split() == ["math/py_serial/workers:1/kernel:primes/tasks:256/size:200"]


def test_a_failed_cell_is_status_1(peers: Peers, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    which = ("--workloads=http", "--executors=py_serial", "--set=http.timeout=1ms", "--set=http.latency=1s")
    ended = peers(*which, "--set=http.requests=1", f"--benchmark_out={out}")
    assert ended.returncode == 1
    document = json.loads(out.read_text())
    validate(document)
    assert document["benchmarks"] == [] and document["failures"][0]["kind"] == "receipt"
    assert "timed out" in document["failures"][0]["reason"]


def test_list_names_everything(peers: Peers) -> None:
    listed = json.loads(peers("--list=json").stdout)
    text = peers("--list").stdout
    for entry in (*listed["workloads"], *listed["executors"]):
        assert f"\n  {entry['name']}" in text
    (fields,) = {frozenset(executor) - {"plugin"} for executor in ask("--list=json")["executors"]}
    assert {frozenset(executor) for executor in listed["executors"]} == {fields}
    assert [entry["name"] for entry in listed["executors"] if not entry["standard"]] == ["py_process"]
    assert {entry["memory"] for entry in listed["executors"] if entry["kind"] == "processes"} == {"forked"}
    assert {entry["family"] for entry in listed["executors"]} == {"python"}
    assert "examples:" in peers("--help").stdout
