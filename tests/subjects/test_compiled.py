"""Plug-ins in source: compiled once, and again where anything that went in has changed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from scripts.measuring.usage import UsageError
from scripts.subjects import compiled as module
from scripts.subjects.compiled import compiled

SOURCE = """
#include <fanout/workload.hpp>
#include "size.hpp"
struct Mine : fanout::Workload {
  std::size_t tasks() const { return SIZE; }
  void run(std::size_t first, std::size_t last, std::span<std::uint64_t> out) const {
    for (std::size_t i = first; i < last; ++i) deliver(out[i - first], i);
  }
};
FANOUT_WORKLOAD(Mine, .name = "mine")
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workload with a header of its own, a cache of its own, and a compiler that counts its calls."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    wrapper = tmp_path / "counting"
    wrapper.write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/calls\nexec g++ "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("CXX", str(wrapper))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "size.hpp").write_text("#define SIZE 10\n")
    path = tmp_path / "mine.cpp"
    path.write_text(SOURCE)
    return path


def calls(source: Path) -> int:
    return len((source.parent / "calls").read_text().splitlines())


def test_it_is_compiled_once(source: Path) -> None:
    first = compiled(source, "-O1")
    assert compiled(source, "-O1") == first and calls(source) == 1
    assert first.suffix == ".so" and first.is_relative_to(source.parent / "cache/fanout/plugins")
    assert compiled(source, "-O0") != first and calls(source) == 2
    assert [path.name for path in first.parent.iterdir()] != [] and not list(first.parent.glob("tmp*"))


def test_it_is_compiled_again_where_what_it_reads_has_changed(source: Path) -> None:
    first = compiled(source, "")
    before = first.read_bytes()
    (source.parent / "size.hpp").write_text("#define SIZE 11\n")
    assert compiled(source, "") == first and calls(source) == 2 and first.read_bytes() != before
    source.write_text(source.read_text() + "// more\n")
    compiled(source, "")
    assert calls(source) == 3
    (first.parent / "inputs.json").write_text('{"torn')
    compiled(source, "")
    assert calls(source) == 4
    compiled(source, "")
    assert calls(source) == 4


def test_a_library_that_is_linked_is_read_too(source: Path) -> None:
    library = source.parent / "lib"
    library.mkdir()
    (source.parent / "size.hpp").write_text('extern "C" int size();\n#define SIZE size()\n')
    for number in (1, 2):
        subprocess.run(
            ["gcc", "-x", "c", "-", "-shared", "-fPIC", "-o", library / "libsize.so"],
            input=f"int size(void) {{ return {number}; }}",
            text=True,
            check=True,
        )
        plugin = compiled(source, "-Llib -lsize")
        assert calls(source) == number
        subprocess.run(
            ["/usr/bin/python3", "-c", f"import ctypes; ctypes.CDLL({str(plugin)!r}, mode=2)"], check=True
        )


def test_what_does_not_compile_is_shown(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source.write_text("#error not today\n" + "int x = y;\n" * 100)
    with pytest.raises(UsageError, match="mine.cpp does not compile"):
        compiled(source, "")
    shown = capsys.readouterr().err.splitlines()
    assert 0 < len(shown) <= 20 and any("error" in line for line in shown)
    with pytest.raises(UsageError):  # nothing of it is kept
        compiled(source, "")
    for flags, words in {"'": "No closing quotation", "--nonsense": "does not compile"}.items():
        with pytest.raises(UsageError, match=words):
            compiled(source, flags)
    with pytest.raises(UsageError, match="no such file"):
        compiled(source.with_name("missing.cpp"), "")


def test_without_a_compiler(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(UsageError, match="there is no no-such-compiler; install g"):
        compiled(source, "")


def recorded(source: Path, **entry: object) -> None:
    build = source.parent / "build"
    build.mkdir(exist_ok=True)
    whole: dict[str, object] = {"directory": str(build), "file": "../mine.cpp", **entry}
    (build / "compile_commands.json").write_text(json.dumps([{"directory": "/", "file": "other.cpp"}, whole]))


@pytest.mark.parametrize("form", ["command", "arguments"])
def test_the_projects_own_flags_are_used(source: Path, form: str) -> None:
    words = f"{os.environ['CXX']} -DSIZE=12 -I.. -std=c++17 -MD -MF x.d -o mine.o -c ../mine.cpp".split()
    recorded(source, **{form: " ".join(words) if form == "command" else words})
    (source.parent / "size.hpp").write_text("#ifndef SIZE\n#error it was not\n#endif\n")
    compiled(source, "-O0")
    (line,) = (source.parent / "calls").read_text().splitlines()
    assert "-DSIZE=12" in line and "-std=c++20" in line and "c++17" not in line and "-O0" in line
    assert "mine.o" not in line and " -c " not in line and "x.d" not in line


def test_a_newer_standard_stays(source: Path) -> None:
    recorded(source, command=f"{os.environ['CXX']} -std=c++23 -c ../mine.cpp")
    compiled(source, "")
    (line,) = (source.parent / "calls").read_text().splitlines()
    assert "-std=c++23" in line and "c++20" not in line


def test_a_broken_record_is_said(source: Path) -> None:
    recorded(source, command=7)
    with pytest.raises(UsageError, match="compile_commands.json cannot be read"):
        compiled(source, "")


def test_a_fanout_in_usr_does_not_hide_the_headers_of_the_compiler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """#include_next of <cstdlib> finds no stdlib.h behind /usr/include."""
    monkeypatch.setattr(module, "_HEADERS", (Path("/usr/include"),))
    source = tmp_path / "plain.cpp"
    source.write_text("#include <cstdlib>\nint f() { return std::abs(-1); }\n")
    recipe = module._Recipe("g++", (), tmp_path)
    command = recipe.command(source, [], tmp_path / "plain.so", tmp_path / "depends")
    subprocess.run(command, check=True, capture_output=True)
