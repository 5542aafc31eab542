"""fanout compare: what it reads and writes, and nothing compared that cannot be."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.compare import main
from tests.scripts.comparing import HOSTILE, ROOT, A, Compare, Write, times


@pytest.mark.parametrize(
    "key, value", [("cpu_model", "Other"), ("compiler", "Clang"), ("kernel", "Linux 6.2")]
)
def test_another_machine_or_build_is_4(
    write: Write, compare: Compare, capsys: pytest.CaptureFixture[str], key: str, value: str
) -> None:
    base, new = write("base", {A: times(100, 1)}), write("new", {A: times(100, 2)}, context={key: value})
    assert main([base, new]) == 4
    said = capsys.readouterr()
    assert said.out == "" and f"{value} in NEW" in said.err and "--cross-machine" in said.err
    status, told = compare(base, new, "--cross-machine")
    assert status == 0 and any(f"{value} in NEW" in note for note in told["notes"])
    assert len(told["differences"]) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", '{"context": {}, "benchmarks": [NaN], "failures": []}'])
def test_bad_data_is_5(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(text)
    good = write("good", {A: times(1, 1)})
    for pair in ((str(bad), good), (good, str(bad)), (good, str(tmp_path / "absent.json"))):
        assert main(list(pair)) == 5
        said = capsys.readouterr()
        assert said.out == "" and said.err.startswith("fanout compare: ") and said.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [[], ["one"], ["a", "b", "--margin=x"], ["a", "b", "--chart=a.pdf"], ["a", "b", "--format=xml"]],
)
def test_wrong_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2 and capsys.readouterr().err.startswith("fanout compare: ")


def test_a_run_directory_is_its_results(write: Write, compare: Compare, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    Path(write("base", {A: times(100, 1)})).rename(tmp_path / "run" / "results.json")
    status, said = compare(str(tmp_path / "run"), write("new", {A: times(100, 2)}))
    assert status == 0 and said["base"]["label"] == "run"


@pytest.mark.parametrize("form", ["terminal", "markdown", "github"])
def test_hostile_names_in_every_format(
    write: Write, form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    base = write("base", {HOSTILE: times(100, 1)}, context={"commit": HOSTILE, "flags": HOSTILE})
    new = write(
        "new", {HOSTILE: times(150, 2)}, {A: ("crash", HOSTILE)}, {"commit": HOSTILE, "flags": "other"}
    )
    assert main([base, new, f"--format={form}"]) == 4
    assert main([base, new, f"--format={form}", "--cross-machine"]) == 1
    told = capsys.readouterr()
    assert "\x1b" not in told.out + told.err
    if form != "terminal":
        page, _, commands = told.out.partition("::error title=fanout::")
        assert "<script>" not in page and "$x$" not in page and "&lt;script&gt;" in page
        assert ("100%25" in commands) == (form == "github")


@pytest.mark.parametrize("suffix, magic", [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_a_chart(write: Write, tmp_path: Path, suffix: str, magic: bytes) -> None:
    base, new = write("base", {A: times(100, 1), HOSTILE: times(1, 2)}), write("new", {A: times(110, 3)})
    chart = tmp_path / f"ratios.{suffix}"
    assert main([base, new, "--chart", str(chart)]) == 1
    assert chart.read_bytes().startswith(magic)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["base.json", "new.json", chart.name])


def test_a_chart_that_cannot_be_written(
    write: Write, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    base = write("base", {A: times(100, 1)})
    assert main([base, base, f"--chart={tmp_path}/absent/a.svg"]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_the_command_from_a_shell(write: Write) -> None:
    """As the launcher starts it: the exit status is the process's, and help loads nothing heavy."""
    base, new = write("base", {A: times(100, 1)}), write("new", {A: times(150, 2)})
    command = [sys.executable, str(ROOT / "scripts/compare.py")]
    done = subprocess.run([*command, base, new], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and done.stdout.splitlines()[-1].startswith(
        "REGRESSION: 1 slower of 1; worst: "
    )
    traced = [sys.executable, "-X", "importtime", *command[1:], "--help"]
    help = subprocess.run(traced, capture_output=True, text=True, timeout=120)
    assert (
        help.returncode == 0 and "different times" not in help.stderr and "one after the other" in help.stdout
    )
    assert not any(heavy in help.stderr for heavy in ("pandas", "scipy", "matplotlib", "numpy"))


def test_pipes_are_read_once(write: Write) -> None:
    """bash's <(...) can be read once, and no name says what is in it."""
    base, new = write("base", {A: times(100, 1)}), write("new", {A: times(150, 2)})
    script = f"'{sys.executable}' '{ROOT}/scripts/compare.py' <(cat '{base}') <(cat '{new}')"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "REGRESSION: 1 slower of 1" in done.stdout, done.stderr
    assert "the same results" not in done.stdout, "both pipes are empty when read again"
