"""How commands end: with a verdict's status only where there is a verdict, wherever what they print goes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.scripts import fake_timed

PATIENCE = 120.0  # seconds
DATA = ROOT / "tests/data/two_cpus.json"
RUN = ("--workloads=math", "--executors=serial,pool", "--workers=1", "--rounds=2")


def shell(redirection: str, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """A command of Fanout as a shell starts it with this redirection."""
    line = (
        f'exec 3>&2; {{ "$@"; echo $? >&3; }} {redirection}' if "|" in redirection else f'"$@" {redirection}'
    )
    words = ["/bin/sh", "-c", line, "sh", "/usr/bin/python3", *map(str, command)]
    return subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize(
    "fault",
    ["ValueError('a\\n::error::b')", "AssertionError", "RecursionError", "MemoryError", "SystemError"],
)
def test_what_nobody_foresaw_is_no_regression(tmp_path: Path, fault: str) -> None:
    script = tmp_path / "command.py"
    script.write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom scripts.measuring.usage import leave\n"
        f"def main():\n    print('before')\n    raise {fault}\nleave(main, 'fanout duet')\n"
    )
    ended = shell("", script)
    assert (ended.returncode, ended.stdout) == (5, "before\n")
    *trace, last = ended.stderr.splitlines()
    assert last.startswith(f"fanout duet: unforeseen {fault.partition('(')[0]}")
    assert any("in main" in line for line in trace)
    assert not any(line.strip().startswith("::") for line in ended.stderr.splitlines())


@pytest.mark.parametrize(
    ("redirection", "why"), [(">&-", "Bad file descriptor"), (">/dev/full", "No space left")]
)
def test_a_run_that_cannot_print_keeps_its_results(
    bench: Path, tmp_path: Path, redirection: str, why: str
) -> None:
    ended = shell(
        redirection, ROOT / "scripts/run.py", f"--bench={bench}", *RUN, f"--output={tmp_path / 'out'}"
    )
    assert ended.returncode == 5, ended.stderr
    assert ended.stderr.splitlines()[-1].startswith(f"fanout run: standard output: {why}")
    assert len(json.loads((tmp_path / "out/results.json").read_text())["benchmarks"]) == 4
    assert (tmp_path / "out/summary.md").is_file() and list((tmp_path / "out/charts").glob("*.png"))


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "<&-", "<&- 2>&-"])
def test_a_lost_standard_error_changes_nothing(bench: Path, tmp_path: Path, redirection: str) -> None:
    ended = shell(
        redirection, ROOT / "scripts/run.py", f"--bench={bench}", *RUN, f"--output={tmp_path / 'out'}"
    )
    assert ended.returncode == 0
    assert str(tmp_path / "out/results.json") in ended.stdout and "measured; drawing" not in ended.stdout


def test_all_closed_is_a_defined_status_too(bench: Path, tmp_path: Path) -> None:
    ended = shell(
        "<&- >&- 2>&-", ROOT / "scripts/run.py", f"--bench={bench}", *RUN, f"--output={tmp_path / 'out'}"
    )
    assert ended.returncode == 5
    lines = (tmp_path / "out/samples.jsonl").read_text().splitlines()
    assert len([json.loads(line) for line in lines]) == 5, "nothing printed went into a file of ours"


@pytest.mark.parametrize("redirection", ["| true", "| head -1"])
def test_a_regression_is_one_though_nobody_reads_it(tmp_path: Path, redirection: str) -> None:
    base, new = fake_timed.write(tmp_path / "base"), fake_timed.write(tmp_path / "new", slower={"*": 20.0})
    which = ("--workloads=math", "--executors=serial", "--set=math.tasks=8", f"--output={tmp_path / 'out'}")
    ended = shell(redirection, ROOT / "scripts/duet.py", base, new, *which)
    assert ended.stderr.splitlines()[-1] == "1", ended.stderr
    assert json.loads((tmp_path / "out/duet.json").read_text())["status"] == 1


@pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
def test_a_comparison_that_cannot_print_is_no_pass(redirection: str) -> None:
    ended = shell(redirection, ROOT / "scripts/compare.py", DATA, DATA, "--margin=50%")
    known = shell("", ROOT / "scripts/compare.py", DATA, DATA, "--margin=50%").returncode
    assert ended.returncode == (known or 5) and ended.stderr.count("\n") == 1


def test_names_of_files_are_no_commands(tmp_path: Path) -> None:
    hostile = tmp_path / "a\n::error::b\n##[error]c.json"
    for command, count in {"compare": 2, "report": 1, "duet": 2}.items():
        ended = shell("", ROOT / f"scripts/{command}.py", *[hostile] * count)
        assert ended.returncode in (2, 5) and ": :error::b" in ended.stderr.replace("\n", " "), ended.stderr
        assert "##[" not in ended.stderr
        assert not any(line.strip().startswith("::") for line in ended.stderr.splitlines())


@pytest.mark.parametrize(
    ("command", "flag", "meant"),
    [
        ("run", "--executrs=pool", "--executors"),
        ("check", "machine --quik", "--quick"),
        ("duet", "--qqq", ""),
    ],
)
def test_an_unknown_flag_is_refused_with_the_nearest(command: str, flag: str, meant: str) -> None:
    ended = shell("", ROOT / f"scripts/{command}.py", *flag.split())
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert f"unrecognized arguments: {flag.split()[-1]}" in ended.stderr
    assert ("did you mean" in ended.stderr) == bool(meant) and meant in ended.stderr


def test_a_parameter_that_is_taken_for_a_flag_is_told_how_it_is_set() -> None:
    ended = shell("", ROOT / "scripts/run.py", "--in-flight=4")
    assert ended.returncode == 2 and ended.stderr.count("\n") == 1
    assert "--in-flight=4; parameters are set by --set=OWNER.PARAMETER=VALUE" in ended.stderr
