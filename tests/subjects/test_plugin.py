"""`fanout run` of a plug-in: its workloads under every executor, its executors under every workload."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from scripts.measuring import catalogue
from scripts.measuring.plan import Selection
from scripts.measuring.profile import DEFAULT
from scripts.measuring.usage import UsageError
from scripts.run import main
from scripts.subjects.plugin import Plugin
from tests.benchmarks.plugged import compiled
from tests.conftest import BUILD, ROOT
from tests.subjects.test_compiled import SOURCE

BENCH = BUILD / "fanout-bench"
FEW = ("--executors=serial,pool", "--workers=1,2", f"--bench={BENCH}")


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "size.hpp").write_text("#define SIZE 10\n")
    path = tmp_path / "mine.cpp"
    path.write_text(SOURCE)
    return path


def names(plugin: Path, **asked: Any) -> set[tuple[str, str]]:
    subject = Plugin(BENCH, DEFAULT, Selection(), (), plugin, "", plugin)
    plan = subject.plan(Selection(**asked), catalogue.read(BENCH))
    assert all(f"--plugin={plugin}" in cell.arguments for cell in plan.cells)
    return {(cell.workload, cell.executor) for cell in plan.cells}


def test_its_workloads_run_under_every_executor(source: Path) -> None:
    plugin = compiled(source, source.with_suffix(".so"))
    found = names(plugin)
    assert {workload for workload, _ in found} == {"mine"}
    assert {executor for _, executor in found} >= {"serial", "std_thread", "tbb", "fork_pool"}
    assert names(plugin, executors=("pool",)) == {("mine", "pool")}
    assert names(plugin, workloads=("math",), executors=("pool",)) == {("math", "pool")}


def test_its_executors_run_every_workload(source: Path) -> None:
    plugin = compiled(ROOT / "examples/foreign_pool/foreign_pool.cpp", source.with_suffix(".so"))
    found = names(plugin)
    assert {workload for workload, executor in found if executor == "foreign_pool"} >= {
        "math",
        "http",
        "sleep",
    }
    assert {executor for _, executor in found} >= {"serial", "foreign_pool"}
    assert names(plugin, workloads=("math",), executors=("foreign_pool",)) == {("math", "foreign_pool")}


def test_a_run_of_a_source(source: Path, tmp_path: Path) -> None:
    assert main([str(source), "--rounds=1", f"--output={tmp_path / 'run'}", *FEW]) == 0
    results = json.loads((tmp_path / "run/results.json").read_text())
    assert {cell["workload"] for cell in results["cells"]} == {"mine"}
    assert len(results["benchmarks"]) == 3 and results["context"]["subject"] == "mine.cpp"
    assert len(results["context"]["plugin"]) == 16
    assert str(source) in results["context"]["command"]


def test_a_crash_in_a_task_is_the_failure_of_its_cell(source: Path, tmp_path: Path) -> None:
    crash = "if (i == 3) raise(SIGSEGV); else deliver("
    source.write_text("#include <csignal>\n" + SOURCE.replace("deliver(", crash))
    main([str(source), "--rounds=1", f"--output={tmp_path / 'run'}", *FEW])
    failures = json.loads((tmp_path / "run/results.json").read_text())["failures"]
    assert {(failure["kind"], failure["cause"].get("signal")) for failure in failures} == {("crash", 11)}


def test_it_goes_on_only_as_the_same_plugin(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert main([str(source), "--rounds=1", f"--output={run}", *FEW]) == 0
    resume = [str(source), "--rounds=2", f"--resume={run}", *FEW]
    (tmp_path / "size.hpp").write_text("#define SIZE 11\n")
    with pytest.raises(UsageError, match="mine.cpp"):
        main(resume)
    (tmp_path / "size.hpp").write_text("#define SIZE 10\n")
    assert main(resume) == 0


def test_wrong_usage(source: Path, tmp_path: Path) -> None:
    plugin = compiled(source, tmp_path / "mine.so")
    for words, said in {
        (str(plugin), "--compile=-O3"): "is no source",
        (str(plugin), "--as=plug-in", "--workloads=mime"): "nothing is called 'mime'",
        (str(source), "--compile=-include missing.h"): "does not compile",
        (str(source), "--min-time=1"): "--min-time is for a Google Benchmark program",
        (str(tmp_path / "size.hpp"), "--as=plug-in"): "file too short",
        ("--compile=-O3",): "--compile is for a plug-in",
    }.items():
        with pytest.raises(UsageError, match=said):
            main([*words, f"--bench={BENCH}", "--dry-run"])
    empty = tmp_path / "empty.cpp"
    empty.write_text("#include <fanout/workload.hpp>\n")
    with pytest.raises(UsageError, match="neither a workload nor an executor"):
        main([str(empty), f"--bench={BENCH}", "--dry-run"])


def test_a_build_of_another_place_has_the_same_cells(source: Path, tmp_path: Path) -> None:
    one = compiled(source, tmp_path / "one.so")
    other = Path(shutil.copy(one, tmp_path / "other.so"))
    base, new = (Plugin(BENCH, DEFAULT, Selection(), (), each, "", each) for each in (one, other))
    known = catalogue.read(BENCH)
    asked = Selection(executors=("serial",))
    (cell,) = base.plan(asked, known).cells
    planned = {found.name: found for found in new.plan(asked, known).cells}
    like = new.like(cell, planned, known)
    assert not isinstance(like, str) and f"--plugin={other}" in like.arguments
    assert new.like(cell, {}, known) == "NEW has no such cell"
