"""The command: files from JSON alone, whole or not at all, the same each time."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import plots
from plots import draw_all
from scripts.analysis.results import load
from scripts.analysis.table import Results
from scripts.plot import main

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests" / "data" / "rebuilt.json"
NAMES = [f"{chart}.{suffix}" for chart in ("comparison", "heatmap", "speedup") for suffix in ("svg", "png")]


@pytest.fixture()
def run(tmp_path: Path) -> Path:
    directory = tmp_path / "a run"
    directory.mkdir()
    shutil.copy(SAMPLE, directory / "results.json")
    return directory


def test_a_runs_directory_gets_charts(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(run)]) == 0
    assert capsys.readouterr().out.split("\n")[:-1] == [str(run / "charts" / name) for name in NAMES]
    assert sorted(path.name for path in (run / "charts").iterdir()) == sorted(NAMES)
    assert (run / "charts" / "speedup.png").read_bytes().startswith(b"\x89PNG")


def test_output_and_format(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(
            [str(run / "results.json"), str(SAMPLE), "--output", str(tmp_path / "x" / "y"), "--format", "svg"]
        )
        == 0
    )
    assert sorted(path.name for path in (tmp_path / "x" / "y").iterdir()) == sorted(NAMES[::2])
    assert "a run" in (tmp_path / "x" / "y" / "speedup.svg").read_text()
    assert not (run / "charts").exists()


def test_svg_is_reproducible_and_well_formed(tmp_path: Path) -> None:
    hostile = load([SAMPLE.with_name("two_cpus.json")])
    for directory in ("a", "b"):
        draw_all(hostile, tmp_path / directory, ["svg"])
    for name in NAMES[::2]:
        first = (tmp_path / "a" / name).read_bytes()
        assert first == (tmp_path / "b" / name).read_bytes()
        tree = ElementTree.fromstring(first)
        assert [node.tag for node in tree.iter() if node.tag.endswith("script")] == []
        words = " ".join("".join(node.itertext()) for node in tree.iter() if node.tag.endswith("}text"))
        assert "a|b<script>$x$`_" in words and "cost $x^2$ refused" in words


def test_impossible_cells_are_drawn_as_failures(tmp_path: Path) -> None:
    draw_all(load([SAMPLE.with_name("two_cpus.json")]), tmp_path, ["svg"])
    assert "impossible: efficiency 4.90" in (tmp_path / "heatmap.svg").read_text()


def test_a_chart_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Torn:
        def savefig(self, path: Path, **_: object) -> None:
            path.write_text("half a pict")
            raise OSError("disk full")

    def torn(results: Results) -> Torn:
        return Torn()

    (tmp_path / "torn.svg").write_text("the one before")
    monkeypatch.setattr(plots, "charts", lambda results: {"torn": torn})
    with pytest.raises(OSError):
        draw_all(load([SAMPLE]), tmp_path, ["svg"])
    assert [path.name for path in tmp_path.iterdir()] == ["torn.svg"]
    assert (tmp_path / "torn.svg").read_text() == "the one before"


@pytest.mark.parametrize(
    "content", ["", "{", json.dumps({"context": {}, "benchmarks": [{}], "failures": []})]
)
def test_broken_input_is_one_line_and_exit_2(
    run: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (run / "results.json").write_text(content)
    assert main([str(SAMPLE), str(run)]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1
    assert said.err.startswith(f"fanout plot: {run / 'results.json'}: ")


def test_an_unwritable_output_is_one_line_and_exit_1(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(run), "--output", str(run / "results.json")]) == 1
    assert capsys.readouterr().err.startswith("fanout plot: cannot write the charts: ")


def test_wrong_format_names_the_right_ones(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([str(run), "--format", "svg,gif"])
    assert caught.value.code == 2 and "'gif' is none of svg, png" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["plot", "report", "run", "duet", "why", "gate", "load"])
def test_help_is_instant_and_runs_as_a_script(command: str, tmp_path: Path) -> None:
    script = ROOT / f"scripts/{command}.py"
    made = subprocess.run(
        [sys.executable, "-X", "importtime", script, "--help"], capture_output=True, text=True, cwd=tmp_path
    )
    assert made.returncode == 0 and "examples:" in made.stdout
    loaded = {
        line.split("|")[-1].strip() for line in made.stderr.splitlines() if line.startswith("import time:")
    }
    assert "argparse" in loaded and not {"matplotlib", "numpy", "pandas", "rich", "scipy"} & loaded
