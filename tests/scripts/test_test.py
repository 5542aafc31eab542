"""`fanout test`: steps, verdicts and exit statuses."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from scripts import test as command
from scripts.testing import steps
from scripts.testing.steps import Skipped

PATH = "int x(int y) {\n  int* p = nullptr;\n  if (y > 3) p = &y;\n  return *p;\n}\n"
SUSPICIOUS = "unsigned long x(char* p) { return sizeof(p + 1) / sizeof(sizeof(p)); }\n"


def failing() -> bool:
    return False


def skipping() -> bool:
    raise Skipped("another version")


@pytest.fixture
def fake_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "STEPS", {"good": lambda: True, "skipping": skipping})
    monkeypatch.setattr(steps, "SANITIZERS", {"failing": failing})


@pytest.mark.usefixtures("fake_steps")
@pytest.mark.parametrize(
    ("arguments", "status", "last"),
    [
        ([], 0, "1 passed, 0 failed, 1 skipped"),
        (["--sanitize"], 1, "1 passed, 1 failed, 1 skipped"),
        (["--only", "good"], 0, "1 passed, 0 failed"),
        (["--only", "failing"], 1, "0 passed, 1 failed"),
    ],
)
def test_the_last_line_counts_the_steps(
    arguments: list[str], status: int, last: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(arguments) == status
    assert capsys.readouterr().out.splitlines()[-1] == last


@pytest.mark.usefixtures("fake_steps")
def test_a_skipped_step_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    command.main(["--only", "skipping"])
    assert "== skipping skipped: another version (" in capsys.readouterr().out


@pytest.mark.usefixtures("fake_steps")
@pytest.mark.parametrize("arguments", [["--only", "nothing"], ["--only", "good", "--sanitize"], ["more"]])
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2


def test_another_version_of_a_formatter_is_skipped(tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\necho 'Debian tool version 19.1.2'\n")
    tool.chmod(0o755)
    steps.require("19", str(tool))
    with pytest.raises(Skipped, match="this is 19.1.2; version 1, that of Debian 12, decides"):
        steps.require("1", str(tool))


@pytest.mark.parametrize("git", [False, True])
def test_sources_are_ours_alone(git: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.py", "plots/b.py", "build/c.py", "results/d.py", "plots/e.cpp"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    if git:
        subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    monkeypatch.setattr(steps, "ROOT", tmp_path)
    assert steps.sources(".py") == [tmp_path / "a.py", tmp_path / "plots/b.py"]


@pytest.mark.parametrize(("text", "good"), [("int x;\n", True), ("int   x ;\n", False)])
def test_the_format_of_cpp_is_checked(
    text: str, good: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".clang-format").write_text("BasedOnStyle: Google\n")
    (tmp_path / "a.cpp").write_text(text)
    monkeypatch.setattr(steps, "ROOT", tmp_path)
    try:
        assert steps.clang_format() is good
    except Skipped as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize(
    ("text", "black", "mypy"),
    [("x: int = 1\n", True, True), ("x: int = 'a'\n", False, False), ("x = [1,2]\n", False, True)],
)
def test_python_is_checked(
    text: str, black: bool, mypy: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.py").write_text(text)
    monkeypatch.setattr(steps, "ROOT", tmp_path)
    assert steps.mypy() is mypy
    try:
        assert steps.black() is black
    except Skipped as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("name", ["a.cpp", "a_test.cpp"])
@pytest.mark.parametrize(
    ("text", "good"), [("int x = 1;\n", True), ("int x = nullptr;\n", False), (SUSPICIOUS, False)]
)
def test_clang_tidy_is_run_over_the_compile_database(
    text: str, good: bool, name: str, alone: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in (name, "b_test.cpp"):
        (tmp_path / file).write_text(text.replace("x", file[0]))
    (tmp_path / ".clang-tidy").write_text(
        "Checks: '-*,bugprone-*,clang-diagnostic-*'\nHeaderFilterRegex: '.*'\nWarningsAsErrors: '*'\n"
    )
    common = {"directory": str(tmp_path), "command": f"c++ -c {name}"}
    (tmp_path / "compile_commands.json").write_text(json.dumps([common | {"file": name}]))
    monkeypatch.setattr(steps, "ROOT", tmp_path)
    monkeypatch.setattr(steps, "RELEASE", tmp_path)
    try:
        assert steps.clang_tidy(alone) is good
    except Skipped as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("apart", ["", "int main() {}\n"])
def test_clang_tidy_follows_paths_in_sources(
    apart: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Also in those that it takes together."""
    database = []
    for name in ("a.cpp", "b.cpp"):
        (tmp_path / name).write_text(PATH.replace("x", name[0]) + (apart if name == "b.cpp" else ""))
        database.append({"directory": str(tmp_path), "command": f"c++ -c {name}", "file": name})
    (tmp_path / ".clang-tidy").write_text(
        "Checks: '-*,clang-analyzer-core.*'\nHeaderFilterRegex: '.*'\nWarningsAsErrors: '*'\n"
    )
    (tmp_path / "compile_commands.json").write_text(json.dumps(database))
    monkeypatch.setattr(steps, "ROOT", tmp_path)
    monkeypatch.setattr(steps, "RELEASE", tmp_path)
    try:
        assert not steps.clang_tidy()
    except Skipped as reason:
        pytest.skip(str(reason))
    assert capfd.readouterr().out.count("clang-analyzer-core.NullDereference") == 2


@pytest.mark.parametrize(
    ("second", "good"), [("same", True), ("same() { int* p = 0; return *p + 1; } int other", False)]
)
def test_clang_tidy_checks_files_that_do_not_go_together_one_by_one(
    second: str, good: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = []
    for name, function in (("a.cpp", "same"), ("b.cpp", second)):
        (tmp_path / name).write_text(f"namespace {{ int {function}() {{ return 1; }} }}\n")
        database.append({"directory": str(tmp_path), "command": f"c++ -c {name}", "file": name})
    (tmp_path / ".clang-tidy").write_text("Checks: '-*,clang-analyzer-core.*'\nWarningsAsErrors: '*'\n")
    (tmp_path / "compile_commands.json").write_text(json.dumps(database))
    monkeypatch.setattr(steps, "ROOT", tmp_path)
    monkeypatch.setattr(steps, "RELEASE", tmp_path)
    try:
        assert steps.clang_tidy() is good
    except Skipped as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("alone", [False, True])
def test_clang_tidy_checks_each_file_of_a_unit_of_the_build(
    alone: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.cpp", "b.cpp"):
        (tmp_path / name).write_text(PATH.replace("x", name[0]))
    unit = tmp_path / "unity_0_cxx.cxx"
    unit.write_text(f'#include "{tmp_path / "a.cpp"}"\n#include "{tmp_path / "b.cpp"}"\n')
    (tmp_path / ".clang-tidy").write_text(
        "Checks: '-*,clang-analyzer-core.*'\nHeaderFilterRegex: '.*'\nWarningsAsErrors: '*'\n"
    )
    entry = {"directory": str(tmp_path), "command": f"c++ -c {unit}", "file": str(unit)}
    (tmp_path / "compile_commands.json").write_text(json.dumps([entry]))
    monkeypatch.setattr(steps, "ROOT", tmp_path)
    monkeypatch.setattr(steps, "RELEASE", tmp_path)
    try:
        assert not steps.clang_tidy(alone)
    except Skipped as reason:
        pytest.skip(str(reason))
    assert capfd.readouterr().out.count("clang-analyzer-core.NullDereference") == 2


def test_a_compile_database_without_our_files_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "compile_commands.json").write_text("[]")
    monkeypatch.setattr(steps, "ROOT", tmp_path)
    monkeypatch.setattr(steps, "RELEASE", tmp_path)
    monkeypatch.setattr(steps, "require", lambda *_: None)
    assert steps.clang_tidy() is False


def test_ctest_without_tests_fails(tmp_path: Path) -> None:
    assert steps.ctest(tmp_path) is False
