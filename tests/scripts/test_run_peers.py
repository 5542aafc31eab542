"""`fanout run --peers`: Python's cells beside C++'s, over the real binary."""

from __future__ import annotations

import json
import os
import subprocess
from collections import defaultdict
from pathlib import Path

import jsonschema
import pytest

from scripts.analysis.results import load
from scripts.measuring import peers
from scripts.measuring.results import joined
from scripts.measuring.usage import UsageError
from tests.conftest import BUILD, ROOT
from tests.scripts import runner

SCHEMA = json.loads((ROOT / "tests/benchmarks/results.schema.json").read_text())
BINARY = BUILD / "fanout-bench"
SMALL = ("--workers=2", "--rounds=2", "--set=sleep.tasks=4", "--set=sleep.duration=1ms")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return runner.run(f"--bench={BINARY}", *arguments)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """An interpreter that says that it is another."""
    path = tmp_path / "python3.99"
    path.write_text(
        '#!/bin/sh\ncase "$*" in\n'
        '*--list=json*) /usr/bin/python3 "$@" | sed \'s/"tag": .*/"tag": "3.99t",/\' ;;\n'
        '*) exec /usr/bin/python3 "$@" ;;\nesac\n'
    )
    path.chmod(0o755)
    return path


@pytest.mark.usefixtures("temporary")
def test_the_cells_of_both_languages_are_interleaved_in_one_result(tmp_path: Path) -> None:
    output = tmp_path / "out"
    which = ("--workloads=sleep,spin", "--executors=serial,pool,py_*", "--set=spin.tasks=10")
    ended = run("--peers", *which, *SMALL, f"--output={output}")
    assert ended.returncode == 0, ended.stderr
    document = json.loads((output / "results.json").read_text())
    jsonschema.validate(document, SCHEMA)
    results = load([output])

    sleep = results.table[results.table["workload"] == "sleep"]
    assert set(sleep["case"]) == {"sleep/tasks:4/duration:1ms"}
    assert {"serial", "pool", "py_serial", "py_pool", "py_process", "py_asyncio"} < set(sleep["contender"])
    assert set(results.table[results.table["workload"] == "spin"]["contender"]) == {"serial", "pool"}
    rounds = defaultdict(list)
    for entry in document["benchmarks"]:
        if entry["name"].startswith("sleep/"):
            rounds[entry["repetition_index"]].append((entry["order"], "/py_" in entry["name"]))
    languages = [[python for _, python in sorted(order)] for order in rounds.values()]
    assert [len(each) for each in languages] == [9, 9]
    assert any(each != sorted(each) for each in languages)

    with_arguments = [cell["name"] for cell in document["cells"] if cell.get("arguments")]
    assert with_arguments == [cell["name"] for cell in document["cells"] if cell["family"] != "python"]
    context = document["context"]
    assert {"pool", "py_pool"} < set(context["executors"])
    (python,) = context["pythons"].values()
    assert set(python) == {"version", "implementation", "compiler", "gil"}
    assert "--peers" in context["command"] and "--python=python3" in context["command"]
    summary = (output / "summary.md").read_text()
    assert "py_asyncio" in summary and f"{python['version']}, GIL on" in summary
    assert list((output / "charts").glob("*.svg"))


@pytest.mark.usefixtures("temporary")
def test_two_interpreters_are_told_apart(tmp_path: Path, other: Path) -> None:
    output = tmp_path / "out"
    two = ("--peers", "--python=/usr/bin/python3", f"--python={other}", "--workloads=sleep", *SMALL)
    ended = run(*two, "--executors=py_thread_pool,py_s*@3.99t", f"--output={output}")
    assert ended.returncode == 0, ended.stderr
    document = json.loads((output / "results.json").read_text())
    jsonschema.validate(document, SCHEMA)
    executors = set(load([output]).table["contender"])
    assert len(executors) == 3 and {"py_thread_pool@3.99t", "py_serial@3.99t"} < executors
    assert set(document["context"]["pythons"]) == {name.partition("@")[2] for name in executors}


def test_without_peers_nothing_is_python() -> None:
    ended = run("--dry-run")
    beside = run("--dry-run", "--peers")
    assert (ended.returncode, beside.returncode) == (0, 0)
    assert ended.stdout != beside.stdout and "py_process" in beside.stdout, "left out, and said so"
    assert "py_" not in ended.stdout


def test_cases_that_python_lacks_stay_cpp_only() -> None:
    which = ("--executors=serial,py_serial", "--workers=1", "--workloads=math")
    ended = run("--dry-run", "--peers", *which, "--set=math.kernel=primes,pi")
    assert "math/kernel:primes/tasks:256/size:200: 2 executors, workers 1: 2 cells" in ended.stdout
    assert "math/kernel:pi/tasks:256/size:100000: 1 executor, workers 1: 1 cells" in ended.stdout
    nothing = run("--dry-run", "--peers", "--executors=py_serial", "--workloads=spin")
    assert nothing.returncode == 2 and "nothing to run" in nothing.stderr


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_an_interpreter_that_will_not_do_is_wrong_usage(tmp_path: Path) -> None:
    wrong = {
        "/nowhere/python3": "no interpreter there",
        script(tmp_path / "old", "echo 3 8"): "Python 3.8 is too old; --peers takes 3.9 or later",
        script(tmp_path / "none", "echo hello"): "that is no Python: it answered 'hello'",
        script(tmp_path / "broken", "echo no library >&2; exit 127"): "no library",
        script(tmp_path / "silent", "exit 2"): "ended with 2: no message",
    }
    for path, said in wrong.items():
        ended = run("--peers", f"--python={path}", "--dry-run")
        assert ended.returncode == 2 and ended.stdout == ""
        (line,) = ended.stderr.splitlines()
        assert line.startswith(f"fanout run: --python={path}: ") and said in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--python=/usr/bin/python3"], "only with --peers"),
        (["--peers", "--lifecycle=cold"], "--lifecycle=cold does not go with --peers"),
        (["--executors=py_pool"], "nothing is called 'py_pool'"),
        (["--peers", "--executors=py_pol"], "nothing is called 'py_pol'"),
        (["--peers", "--workloads=sleep", "--set=sleep.tasks=-1"], "0 .. 1000000"),
    ],
)
def test_wrong_usage_is_one_line(arguments: list[str], said: str) -> None:
    ended = run("--dry-run", *arguments)
    assert ended.returncode == 2 and said in ended.stderr and len(ended.stderr.splitlines()) == 1


def test_the_same_interpreter_twice_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "again"
    os.symlink("/usr/bin/python3", link)
    with pytest.raises(UsageError, match="could not be distinguished"):
        peers.find(["/usr/bin/python3", str(link)], BINARY)


def test_contexts_are_joined() -> None:
    first = {"seed": 1, "executors": {"py_pool": "CPython"}, "environment": {}}
    other = {"seed": 2, "executors": {"pool": "libstdc++"}, "environment": {"A": "1"}, "mhz": 3}
    both = joined(first, other)
    assert both["seed"] == 1 and both["mhz"] == 3 and both["environment"] == {"A": "1"}
    assert both["executors"] == {"pool": "libstdc++", "py_pool": "CPython"}
    assert joined({}, other) == other == joined(other, {}) == joined(other, other)
