"""Names for the addresses of stacks: by addr2line where it can know them, never those of another function."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scripts.measuring.why.symbols import resolved, short

SOURCE = """static int hidden(int x) { return x * 3; }
int shown(int x) { return hidden(x) + 1; }
int last(int x) { return x; }
"""


def library(tmp_path: Path, *flags: str) -> tuple[Path, dict[str, int]]:
    """Of the source; and where its functions are."""
    path = tmp_path / "libmine.so"
    source = tmp_path / "mine.c"
    source.write_text(SOURCE)
    words: list[str | Path] = ["cc", "-O0", "-shared", "-fPIC", "-fcf-protection=none", source, "-o", path]
    subprocess.run(words, check=True)
    listed = subprocess.run(["nm", path], capture_output=True, text=True, check=True).stdout.split("\n")
    places = {line.split()[2]: int(line.split()[0], 16) for line in listed if len(line.split()) == 3}
    if flags:
        subprocess.run(["strip", *flags, path], check=True)
    return path, places


def names(path: Path, *frames: tuple[int, str | None]) -> list[str]:
    evidence: dict[str, Any] = {
        "observer": "samples",
        "frames": [{"module": str(path), "offset": offset, "symbol": symbol} for offset, symbol in frames],
        "stacks": [{"frames": [*range(len(frames))], "in_task": False, "count": 2}],
    }
    (stack,) = resolved(evidence)["stacks"]
    assert "frames" not in resolved(evidence) and stack["count"] == 2
    return list(stack["frames"])


def test_functions_that_are_not_exported_have_their_names(tmp_path: Path) -> None:
    path, places = library(tmp_path)
    assert names(path, (places["shown"] + 2, "shown"), (places["hidden"] + 2, None)) == ["shown", "hidden"]


def test_a_stripped_library_is_not_given_the_name_of_the_function_before(tmp_path: Path) -> None:
    path, places = library(tmp_path, "--strip-all")
    assert names(path, (places["shown"] + 2, "shown"), (places["hidden"] + 2, None)) == [
        "shown",
        "[libmine.so]",
    ]


def test_without_addr2line_exported_names_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, places = library(tmp_path)
    monkeypatch.setattr(os, "environ", {"PATH": str(tmp_path)})
    monkeypatch.setenv("PATH", str(tmp_path))
    assert names(path, (places["shown"] + 2, "shown"), (places["hidden"] + 2, None)) == [
        "shown",
        "[libmine.so]",
    ]


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    assert names(tmp_path / "gone.so", (3, None), (9, None), (9, "there")) == ["[gone.so]", "there"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("main", "main"),
        ("fanout::(anonymous namespace)::Primes::task(unsigned long) const", "fanout::Primes::task"),
        ("void boost::asio::detail::run<a::b<int> >(std::function<void ()>)", "boost::asio::detail::run"),
        (
            "std::thread::_State_impl<std::tuple<f(int)::{lambda()#1}> >::_M_run()",
            "std::thread::_State_impl::_M_run",
        ),
        ("f::{lambda(int)#2}::operator()(int) const [clone .cold]", "f::call"),
        ("operator new(unsigned long)", "operator new"),
        ("A::operator<(A const&) const", "A::operator<"),
        ("_Z" + "x" * 200, "_Z" + "x" * 77 + "…"),
    ],
)
def test_names_are_short(name: str, said: str) -> None:
    assert short(name) == said
