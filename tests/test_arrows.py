"""Who may know whom: the dependency arrows of the house."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# A room's files may include those of their own room and of these. Executors know two contracts, no named workload.
MAY_INCLUDE = {
    "include": r"",
    "system": r"system/.*",
    "core": r"(core|system)/.*",
    "workloads": r"(workloads|core|system)/.*",
    "executors": r"workloads/(workload|job|async_workload|fork_join)\.hpp|(core|system|executors)/.*",
    "benchmarks": r"workloads/(workload|async_workload|digest|fork_join)\.hpp|executors/(executor|support/child)\.hpp|(core|system|benchmarks)/.*"
    r"|fanout/plugin\.h",
}
MAY_IMPORT = {
    "scripts/analysis": r"scripts\.analysis\b.*",
    "scripts/advice": r"scripts\.(advice|analysis)\b.*",
    "scripts/machine": r"scripts\.machine\b.*",
    "scripts/reports": r"scripts\.(reports|analysis)\b.*",
    "plots": r"(plots|scripts\.analysis)\b.*",
    "scripts/measuring": r"(plots|scripts\.(measuring|machine|reports|advice|analysis))\b.*",
    "scripts/subjects": r"scripts\.(subjects|measuring|machine|analysis)\b.*",
    "scripts/store": r"scripts\.((store|machine|reports|analysis)\b.*|measuring\.usage\b.*)",
    "scripts/checks": r"(plots|scripts\.(checks|subjects|measuring|machine|reports|advice|analysis))\b.*",
    "scripts": r"(plots|scripts\.(testing|checks|store|subjects|measuring|machine|reports|analysis))\b.*",  # a command knows no command
    "scripts/testing": r"scripts\.testing\b.*",
    "benchmarks/peers": r"benchmarks\.peers\b.*",
}
LINES, FILES = 250, 16  # of a file; of a folder that a reader has to tell apart, __init__.py aside


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


def files(room: str) -> list[Path]:
    """Those of a room; of the commands, not of the rooms below them."""
    place = ROOT / room
    return list(place.glob("*.py") if room == "scripts" else place.rglob("*.py"))


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_python_arrows(room: str) -> None:
    assert files(room)
    for file in files(room):
        assert not strays(imports(file.read_text()), MAY_IMPORT[room]), file.name


def graph(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """By module, the modules that it imports: a name from a package is a module of it, or comes from the package."""

    def module(name: str) -> str:
        return name if name in sources else name.rpartition(".")[0]

    return {name: {module(used) for used in imports(text)} & set(sources) for name, text in sources.items()}


def circles(arrows: Mapping[str, set[str]]) -> list[str]:
    """The modules from which a way leads back to themselves."""

    def reached(name: str) -> set[str]:
        found: set[str] = set()
        todo = list(arrows[name])
        while todo:
            if (one := todo.pop()) not in found:
                found.add(one)
                todo += arrows[one]
        return found

    return sorted(name for name in arrows if name in reached(name))


def test_there_are_no_circles() -> None:
    sources = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file.read_text()
        for room in ("scripts", "plots", "benchmarks/peers")
        for file in (ROOT / room).rglob("*.py")
    }
    found = graph(sources)
    assert sum(map(len, found.values())) > 100
    assert circles(found) == []


def test_a_circle_is_seen() -> None:
    sources = {
        "a.x": "from a import y\n",
        "a.y": "def f():\n    from a.z import g\n",
        "a.z": "import a.x\n",
        "a.w": "",
    }
    arrows = graph({f"plots.{name}": text.replace("a", "plots.a", 1) for name, text in sources.items()})
    assert circles(arrows) == ["plots.a.x", "plots.a.y", "plots.a.z"]
    assert circles(arrows | {"plots.a.z": set()}) == []


def crowded(room: Path) -> list[str]:
    """What is too large for a reader: files by their lines, the folder by its files."""
    found = [path.name for path in sorted(room.glob("*.py")) if len(path.read_text().splitlines()) > LINES]
    count = len([path for path in room.glob("*.py") if path.name != "__init__.py"])
    return [*found, *([f"{count} files"] if count > FILES else [])]


@pytest.mark.parametrize(
    "room", sorted({file.parent.relative_to(ROOT) for room in MAY_IMPORT for file in files(room)})
)
def test_nothing_is_crowded(room: Path) -> None:
    assert crowded(ROOT / room) == []


def test_what_is_crowded_is_seen(tmp_path: Path) -> None:
    for number in range(FILES + 1):
        (tmp_path / f"m{number}.py").write_text("pass\n" * (LINES + (number == 3)))
    assert crowded(tmp_path) == ["m3.py", f"{FILES + 1} files"]


def speaks_or_draws(text: str) -> bool:
    """Whether a file prints, or imports what draws."""
    calls = [node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    prints = any(isinstance(called, ast.Name) and called.id == "print" for called in calls)
    return prints or bool(re.search(r"^\s*(import|from) (matplotlib|rich)\b", text, re.M))


def prose(text: str) -> list[str]:
    """The texts of more than four words that are neither docstrings nor messages of exceptions."""
    tree = ast.parse(text)
    exempt: set[ast.AST] = set()
    for node in ast.walk(tree):
        failing = (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "fail"
        )
        if isinstance(node, (ast.Expr, ast.Raise)) or failing:
            exempt.update(ast.walk(node))
    found = []
    for node in ast.walk(tree):
        parts: list[ast.AST] = [*node.values] if isinstance(node, ast.JoinedStr) else [node]
        texts = [
            part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        if node not in exempt and len(" ".join(texts).split()) > 4:
            found.append(" ".join(texts))
    return found


def test_analysis_is_pure() -> None:
    """Values: it neither prints nor draws nor makes sentences. Numbers and labels are written in text.py."""
    for file in (ROOT / "scripts/analysis").glob("*.py"):
        assert not speaks_or_draws(file.read_text()), file.name
        assert file.name == "text.py" or not prose(file.read_text()), file.name
    assert speaks_or_draws("def f():\n    print(1)\n") and speaks_or_draws("from rich.text import Text\n")
    assert prose("def f(x):\n    return f'it took {x} longer than it may'\n")
    assert not prose(
        "def f():\n    'It takes what it has to take.'\n    raise ValueError('much too long for all this')\n"
    )


def test_a_wrong_arrow_is_seen() -> None:
    assert strays(includes('#include "benchmarks/receipt.hpp"\n'), MAY_INCLUDE["executors"])
    assert strays(includes('#include "workloads/lock.hpp"\n'), MAY_INCLUDE["executors"])
    assert strays(includes('#include "executors/executor.hpp"\n'), MAY_INCLUDE["workloads"])
    for room, wrong in {
        "scripts/analysis": "def f():\n    from plots import style\n",
        "scripts/advice": "from scripts.measuring.subject import Change",
        "scripts/machine": "from scripts.analysis import text",
        "scripts/reports": "from scripts.measuring import sample",
        "plots": "import scripts.measuring.sample",
        "scripts/measuring": "from scripts.subjects import find",
        "scripts/subjects": "from scripts.checks import overhead",
        "scripts/store": "from scripts.measuring import files",
        "scripts/checks": "from scripts.report import main",
        "scripts": "from scripts import report",
        "benchmarks/peers": "from scripts.analysis import table",
    }.items():
        assert strays(imports(wrong), MAY_IMPORT[room]), room
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
