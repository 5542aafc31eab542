"""What timing a command adds, by the check that says so; and that it would say so."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from scripts import check
from tests.conftest import BUILD


def claims(
    capsys: pytest.CaptureFixture[str], place: Path, *arguments: str
) -> tuple[int, list[dict[str, Any]]]:
    status = check.main(["command", f"--bench={place / 'fanout-bench'}", "--rounds=5", "--json", *arguments])
    out = capsys.readouterr().out
    return status, json.loads(out)["claims"] if out else []


def fake(place: Path, real_time: int, status: int) -> Path:
    """A fanout-time that makes its numbers up."""
    program = place / "fanout-time"
    numbers = json.dumps({"real_time": real_time, "status": status})
    program.write_text(
        f"#!/bin/sh\nfor w; do case $w in --out=*) echo '{numbers}' >\"${{w#*=}}\";; esac; done\n"
    )
    program.chmod(0o755)
    return place


def test_each_command_has_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """The bound itself is for a quiet machine."""
    _, found = claims(capsys, BUILD, "--command=true", "--command=head -c 1000000 /dev/zero")
    assert [each["bound"] for each in found] == ["<= 1", "<= 1", "none", "none"]
    assert all(abs(each["median"]) < 1000 for each in found)


def test_what_is_too_slow_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, found = claims(capsys, fake(tmp_path, 10**12, 0), "--command=true")
    assert (status, found[0]["verdict"]) == (1, "missed")


def test_a_failing_command_gives_no_figure(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert claims(capsys, fake(tmp_path, 1, 3), "--command=true") == (1, [])


def test_an_interruption_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from scripts.checks import command

    read, write = os.pipe()
    os.write(write, b"!")
    arguments = check.parse(["command", f"--bench={BUILD / 'fanout-bench'}", "--command=true"])
    assert command.check(arguments, read, lambda text: None) is None
    os.close(read)
    os.close(write)
