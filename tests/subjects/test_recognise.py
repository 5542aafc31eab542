"""What kind of subject a path is: found without running it, and said in one line where it is none."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from scripts.measuring.usage import UsageError
from scripts.subjects.recognise import recognise


def compiled(folder: Path, source: str, *flags: str) -> Path:
    program = folder / "compiled"
    command = ["gcc", "-x", "c", "-", "-o", str(program), *flags]
    subprocess.run(command, input=source, text=True, check=True)
    return program


def refusal(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        recognise(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("suffix", [".c", ".cc", ".cpp", ".cxx"])
def test_a_source_is_known_by_its_suffix(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mine{suffix}"
    path.touch()
    assert recognise(path) == "plug-in"


def test_a_python_program_is_a_command(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.touch()
    assert f"-- python3 {path}" in refusal(path)


def test_a_benchmark_is_known_by_its_library(tricky: Path) -> None:
    assert recognise(tricky) == "benchmark"


@pytest.mark.parametrize("flags", [["-static"], ["-static-pie", "-fPIE"], ["-no-pie"]])
def test_a_benchmark_is_known_by_its_flags(tmp_path: Path, flags: list[str]) -> None:
    source = 'int main(void) { return __builtin_puts("benchmark_list_tests"); }'
    assert recognise(compiled(tmp_path, source, *flags)) == "benchmark"


def test_a_plug_in_is_known_by_its_symbol(tmp_path: Path) -> None:
    shared = ["-shared", "-fPIC"]
    assert recognise(compiled(tmp_path, "int fanout_plugin_entry(void) { return 0; }", *shared)) == "plug-in"
    uses = "extern int fanout_plugin_entry(void); int other(void) { return fanout_plugin_entry(); }"
    assert "does not export fanout_plugin_entry" in refusal(compiled(tmp_path, uses, *shared))
    hidden = "static int fanout_plugin_entry(void) { return 0; } int (*other)(void) = fanout_plugin_entry;"
    assert "does not export fanout_plugin_entry" in refusal(compiled(tmp_path, hidden, *shared))


def test_what_is_something_else_is_said(tmp_path: Path, tricky: Path) -> None:
    program = compiled(tmp_path, "int main(void) { return 0; }")
    found = refusal(program)
    assert "a program without the flags of Google Benchmark" in found
    assert "--as=KIND" in found and f"-- {program}" in found
    own = compiled(tmp_path, 'int main(void) { return __builtin_puts("benchmark_list_tests fanout-bench"); }')
    assert "is fanout-bench, whose workloads fanout run measures without a SUBJECT" in refusal(own)
    text = tmp_path / "text"
    for content, kind in {
        b"#!/bin/sh\n": "a script",
        b"text": "neither a program nor a source",
        b"": "an empty file",
        b"\x7fELF": "an ELF file for machines other than",
        b"\x7fELF\x01\x01": "an ELF file for machines other than",
        b"\x7fELF\x02\x01": "a torn ELF file",
        tricky.read_bytes()[:100]: "a torn ELF file",
        tricky.read_bytes()[:-100]: "a torn ELF file",
    }.items():
        text.write_bytes(content)
        assert f"is {kind}" in refusal(text)


def test_what_cannot_be_read_is_said(tmp_path: Path, tricky: Path) -> None:
    assert "No such file or directory" in refusal(tmp_path / "absent.cpp")
    assert "is a directory" in refusal(tmp_path)
    assert "File name too long" in refusal(tmp_path / ("x" * 300))
    os.mkfifo(tmp_path / "pipe.py")
    assert "neither a program nor a source" in refusal(tmp_path / "pipe.py")
    idle = tmp_path / "idle"
    idle.write_bytes(tricky.read_bytes())
    assert f"may not be executed; chmod +x {idle}" in refusal(idle)
    idle.chmod(0)
    if not os.access(idle, os.R_OK):
        assert "Permission denied" in refusal(idle)
