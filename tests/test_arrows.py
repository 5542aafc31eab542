"""Who may know whom: the dependency arrows of the house."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# A room's files may include those of their own room and of these. Executors know two contracts, no named workload.
MAY_INCLUDE = {
    "system": r"system/.*",
    "core": r"(core|system)/.*",
    "workloads": r"(workloads|core|system)/.*",
    "executors": r"workloads/(workload|async_workload)\.hpp|(core|system|executors)/.*",
    "benchmarks": r"workloads/(workload|async_workload)\.hpp|executors/executor\.hpp|(core|system|benchmarks)/.*",
}
MAY_IMPORT = {
    "scripts/analysis": r"scripts\.analysis\b.*",
    "scripts/testing": r"scripts\.testing\b.*",
    "benchmarks/peers": r"benchmarks\.peers\b.*",
    "plots": r"plots\b.*|scripts\.analysis\b.*",
    "scripts": r"scripts\b.*|plots\b.*",
}


def includes(text: str) -> list[str]:
    return [name for name in re.findall(r'^#include "(.*)"', text, re.M) if "/" in name]


def imports(text: str) -> list[str]:
    """The names of our own modules that a Python file imports, wherever it does."""
    names: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide an arrow"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return [name for name in names if name.split(".")[0] in ("scripts", "plots", "tests", "benchmarks")]


def strays(found: Iterable[str], allowed: str) -> list[str]:
    return [name for name in found if not re.fullmatch(allowed, name)]


@pytest.mark.parametrize("room", MAY_INCLUDE)
def test_cpp_arrows(room: str) -> None:
    files = [*(ROOT / room).rglob("*.cpp"), *(ROOT / room).rglob("*.hpp")]
    assert files
    for file in files:
        assert not strays(includes(file.read_text()), MAY_INCLUDE[room]), file.name


def test_executors_do_not_know_each_other() -> None:
    """A header that belongs to one executor's .cpp would be a way to."""
    names = {path.stem for path in (ROOT / "executors").glob("*.cpp")} - {"executor"}
    for file in (ROOT / "executors").glob("*.?pp"):
        known = {Path(name).stem for name in includes(file.read_text())}
        assert known.isdisjoint(names - {file.stem}), file.name


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_python_arrows(room: str) -> None:
    files = list((ROOT / room).rglob("*.py"))
    if room == "scripts":
        files = [file for file in files if "analysis" not in file.parts]
    assert files
    for file in files:
        assert not strays(imports(file.read_text()), MAY_IMPORT[room]), file.name


def speaks_or_draws(text: str) -> bool:
    """Whether a file prints, or imports what draws."""
    calls = [node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    prints = any(isinstance(called, ast.Name) and called.id == "print" for called in calls)
    return prints or bool(re.search(r"^\s*(import|from) (matplotlib|rich)\b", text, re.M))


def test_analysis_is_pure() -> None:
    for file in (ROOT / "scripts/analysis").glob("*.py"):
        assert not speaks_or_draws(file.read_text()), file.name
    assert speaks_or_draws("def f():\n    print(1)\n") and speaks_or_draws("from rich.text import Text\n")


def test_a_wrong_arrow_is_seen() -> None:
    assert strays(includes('#include "benchmarks/receipt.hpp"\n'), MAY_INCLUDE["executors"])
    assert strays(includes('#include "workloads/lock.hpp"\n'), MAY_INCLUDE["executors"])
    assert strays(includes('#include "executors/executor.hpp"\n'), MAY_INCLUDE["workloads"])
    assert strays(imports("def f():\n    from plots import style\n"), MAY_IMPORT["scripts/analysis"])
    assert strays(imports("from scripts.running import job"), MAY_IMPORT["plots"])
    assert strays(imports("import scripts.running.job"), MAY_IMPORT["plots"])
    assert strays(imports("from scripts.analysis import table"), MAY_IMPORT["benchmarks/peers"])
    assert strays(imports("from benchmarks.peers import report"), MAY_IMPORT["scripts"])


def test_peers_need_nothing_but_the_standard_library() -> None:
    for file in (ROOT / "benchmarks/peers").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                top = name.split(".")[0]
                assert top == "benchmarks" or top in sys.stdlib_module_names, (file.name, name)


def test_executors_in_python_know_neither_workloads_nor_each_other() -> None:
    contracts = r"benchmarks\.peers\.(executor|job)\b.*"
    for file in (ROOT / "benchmarks/peers/executors").glob("*.py"):
        assert not strays(imports(file.read_text()), contracts), file.name
