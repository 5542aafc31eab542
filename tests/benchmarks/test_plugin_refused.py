"""Plug-ins that cannot be: one line and status 2 where they cannot be loaded; a failure of the cell where they cheat."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.plugged import GIVEN, compiled
from tests.conftest import BUILD, Run

WRONG = {  # what is wrong: the macros of plugin.c, and the line
    "newer": ({"MINOR": "7"}, "it was made for version 0.7 of the contract, and this is 0.1"),
    "nothing": ({"GIVEN": "NULL"}, "without a message"),
    "fails": ({"GIVEN": '(host->fail("no licence"), NULL)'}, "no licence"),
    "dies": ({"LOADING": "raise(SIGSEGV)"}, "was killed by signal 11 (Segmentation fault)"),
    "speaks": ({"LOADING": 'fputs("it hurts\\n", stderr); abort()'}, "signal 6 (Aborted): it hurts"),
    "leaves": ({"LOADING": "exit(0)"}, "left with exit status 0"),
    "name": ({"NAME": '"No Name"'}, "accepted: a small letter"),
    "no name": ({"NAME": "NULL"}, "accepted: a small letter"),
    "built in": ({"NAME": '"math"'}, "is called 'math', as another workload or executor is"),
    "executor": ({"NAME": '"pool"'}, "is called 'pool', as another workload or executor is"),
    "own": ({"NAME": '"forker"'}, "is called 'forker', as another workload or executor is"),
    "type": ({"PARAMETER": '.type = "number"'}, "given.tasks is of type 'number'; accepted: count, duration"),
    "default": (
        {"PARAMETER": '.standard = "1001"'},
        "given.tasks is not declared well: default=1001: accepted: 0 .. 1000",
    ),
    "no default": ({"PARAMETER": ".standard = NULL"}, "given.tasks is not declared well"),
    "range": ({"PARAMETER": '.min = "little"'}, "'little' is not a number in this unit"),
    "choices": ({"PARAMETER": '.type = "choice"'}, "has the choices ''; accepted: one|two"),
    "choice": ({"PARAMETER": '.type = "choice", .choices = "a|b"'}, "default=50: accepted: a | b"),
    "parameter": ({"PARAMETER": '.name = "ta sks"'}, "accepted: a small letter"),
    "short": ({"PARAMETER": ".size = 8"}, "a parameter is declared by 8 bytes"),
    "help": ({"WORKLOAD": '.help = "two\\nlines"'}, "not one line of UTF-8"),
    "latin": ({"WORKLOAD": '.help = "\\xe4"'}, "not one line of UTF-8"),
    "no run": ({"WORKLOAD": ".run = NULL"}, "given leaves out a function"),
    "no open": ({"EXECUTOR": ".open = NULL"}, "forker leaves out a function"),
    "kind": ({"EXECUTOR": '.kind = "magic"'}, "accepted: threads with one, processes with forked"),
    "memory": ({"EXECUTOR": '.memory = "one"'}, "accepted: threads with one, processes with forked"),
    "no ids": ({"EXECUTOR": ".processes = NULL"}, "forker leaves out a function"),
}
SHORT = ("--workers=2", "--benchmark_format=json")
SEVEN = "if (i == 7)"


@pytest.fixture
def refused(bench: Run, tmp_path: Path) -> Any:
    """refused(plugin, ...): the one line about it."""

    def run(*plugins: str | Path, **options: object) -> str:
        ended = bench(*(f"--plugin={plugin}" for plugin in plugins), "--list", **options)
        assert ended.returncode == 2 and ended.stdout == ""
        lines = ended.stderr.splitlines()
        assert len(lines) == 1 and lines[0].startswith(f"fanout-bench: --plugin={plugins[-1]}: "), lines
        return str(lines[0])

    return run


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_loaded(refused: Any, tmp_path: Path, what: str) -> None:
    macros, words = WRONG[what]
    assert words in refused(compiled(GIVEN, tmp_path / "wrong.so", **macros))


def test_what_is_no_plugin(refused: Any, tmp_path: Path) -> None:
    text, empty, library = tmp_path / "text.so", tmp_path / "empty.so", tmp_path / "library.c"
    text.write_text("int x;\n" * 100)
    empty.touch()
    library.write_text("int x;\n")
    undefined = tmp_path / "undefined.c"
    undefined.write_text("int nowhere(void);\nint x(void) { return nowhere(); }\n")
    assert "invalid ELF header" in refused(text)
    assert "file too short" in refused(empty)
    assert "it has no function fanout_plugin_entry" in refused(compiled(library, tmp_path / "library.so"))
    assert "undefined symbol: nowhere" in refused(compiled(undefined, tmp_path / "undefined.so"))
    assert "cannot dynamically load" in refused(BUILD / "fanout-server")
    assert "no such file" in refused(tmp_path / "missing.so")
    assert "no such file" in refused(tmp_path)


def test_an_exception_while_loading(refused: Any, tmp_path: Path) -> None:
    source = tmp_path / "throws.cpp"
    source.write_text(
        '#include <fanout/workload.hpp>\nstatic int x = [] { throw std::runtime_error("not today"); return 0; }();\n'
    )
    line = refused(compiled(source, tmp_path / "throws.so"))
    assert "signal 6 (Aborted): what(): not today" in line.replace("  ", " ")


def test_one_that_does_not_come_back(refused: Any, tmp_path: Path) -> None:
    line = refused(compiled(GIVEN, tmp_path / "sleeps.so", LOADING="for (;;) pause()"))
    assert "it is not loaded after 10 s" in line


def test_names_twice(bench: Run, refused: Any, tmp_path: Path) -> None:
    one = compiled(GIVEN, tmp_path / "one.so")
    other = Path(shutil.copy(one, tmp_path / "other.so"))
    assert "is called 'given', as another workload or executor is" in refused(one, other)
    again = tmp_path / "again.so"
    again.symlink_to(one)
    assert bench(f"--plugin={one}", f"--plugin={again}", "--list").returncode == 0


def test_an_older_struct_lacks_what_came_later(bench: Run, tmp_path: Path) -> None:
    """A struct that ends before its last field, whose value is then not looked at; a longer one of the same version."""
    threads = '.kind = "threads", .memory = "one", .processes = (void*)1, .size = offsetof(fanout_executor, processes)'
    old = compiled(
        GIVEN, tmp_path / "old.so", EXECUTOR=threads, BATCH="return fanout_run(job, 0, job->tasks)"
    )
    flags = (f"--plugin={old}", "--workloads=overhead", "--executors=forker", "--workers=1")
    assert bench(*flags).returncode == 0
    new = compiled(GIVEN, tmp_path / "new.so", WORKLOAD=".size = sizeof(fanout_workload) + 64")
    assert bench(f"--plugin={new}", "--workloads=given", "--executors=serial").returncode == 0


def failures(bench: Run, plugin: Path, *flags: str) -> list[dict[str, Any]]:
    ended = bench(f"--plugin={plugin}", *SHORT, *flags)
    assert ended.returncode == 1, ended.stderr
    document = json.loads(ended.stdout)
    assert document["benchmarks"] == []
    return list(document["failures"])


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (f"{SEVEN} continue", "task 7 was not done exactly once"),
        (f"{SEVEN} fanout_deliver(work, &out[(i - first) * 2], i * 3)", "task 7 was not done exactly once"),
        (
            f"{SEVEN} {{ out[(i - first) * 2] += 21; out[(i - first) * 2 + 1] = 7; continue; }}",
            "task 7 was not done",
        ),
        (f'{SEVEN} return host->fail("seven is too many")', "seven is too many"),
        (f"{SEVEN} return 4", "it failed with status 4 and without a message"),
    ],
)
def test_tasks_that_cheat_or_fail(bench: Run, tmp_path: Path, fault: str, reason: str) -> None:
    plugin = compiled(GIVEN, tmp_path / "cheat.so", TASK=fault)
    found = failures(
        bench, plugin, "--workloads=given", "--executors=serial,pool,openmp_static,fork_pool,fork_pipe"
    )
    assert len(found) == 5 and all(reason in failure["reason"] for failure in found), found


@pytest.mark.parametrize(
    ("batch", "kind", "reason"),
    [
        ("return 0", "receipt", "task 0 never ran"),
        ('return host->fail("no workers left")', "receipt", "no workers left"),
        ("return 9", "receipt", "it failed with status 9"),
        ("return fanout_run(job, 0, job->tasks)", "receipt", "1 workers ran at the same time, not 2"),
        ("static int batches; if (batches++ > 0) return 0", "run", "was not done exactly once in each"),
    ],
)
def test_executors_that_cheat_or_fail(bench: Run, tmp_path: Path, batch: str, kind: str, reason: str) -> None:
    plugin = compiled(GIVEN, tmp_path / "cheat.so", BATCH=batch)
    (failure,) = failures(bench, plugin, "--workloads=overhead", "--executors=forker")
    assert failure["kind"] == kind and reason in failure["reason"]


def test_work_that_cannot_be_built(bench: Run, tmp_path: Path) -> None:
    for build, reason in {
        'return host->fail("no data")': "no data",
        "*made = NULL; return 0": "it built nothing",
        "static fanout_work none; *made = &none; return 0": "0 tasks of 0 words cannot be",
        "static fanout_work huge = {0, (size_t)1 << 61, 8}; *made = &huge; return 0": "words cannot be",
    }.items():
        plugin = compiled(GIVEN, tmp_path / "wrong.so", BUILD=build)
        (failure,) = failures(bench, plugin, "--workloads=given", "--executors=pool")
        assert failure["kind"] == "build" and reason in failure["reason"]


def test_a_crash_in_a_task_is_a_workers_death_or_the_processs(bench: Run, tmp_path: Path) -> None:
    plugin = compiled(GIVEN, tmp_path / "crash.so", TASK=f"{SEVEN} raise(SIGSEGV)")
    (failure,) = failures(bench, plugin, "--workloads=given", "--executors=fork_pool")
    assert failure["cause"]["signal"] == 11 and failure["cause"]["task"] == 7
    assert bench(f"--plugin={plugin}", *SHORT, "--workloads=given", "--executors=pool").returncode == -11
