"""fanout compare: every state, every exit status, and nothing compared that cannot be."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from scripts.compare import main
from tests.cells import cell_of

ROOT = Path(__file__).resolve().parents[2]
CONTEXT: dict[str, Any] = {
    "cpu_model": "Model", "effective_cpus": 2.0, "kernel": "Linux 6.1", "compiler": "GNU 12", "flags": "-O3",
    "build_type": "Release", "seed": 1, "rounds": 10, "commit": "abc",
}  # fmt: skip
HOSTILE = "w|<script>\x1b[31m::error::$x$/pool_/workers:1/a:100%"
A, B, C = (f"math/pool/workers:{workers}/size:1" for workers in (1, 2, 4))
Write = Callable[..., str]


def times(middle: float, seed: int, count: int = 10, scatter: float = 0.005) -> list[float]:
    """Microseconds."""
    scattered = random.Random(seed)
    return [middle * scattered.lognormvariate(0, scatter) for _ in range(count)]


def entry(name: str, number: int, time: float, more: Mapping[str, Any]) -> dict[str, Any]:
    workers = int(name.split("workers:")[1].split("/")[0])
    stages = {"open_time": 0.0, "close_time": 0.0, "run_time": time * 1e-6}
    return {
        "name": name, "run_type": "iteration", "repetition_index": number, "real_time": time, "cpu_time": time,
        "time_unit": "us", "workers": float(workers), "tasks": 100.0, **stages, **more,
    }  # fmt: skip


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """write(name, cells, failures, context=..., statistics=..., more=...): a results file; its path."""

    def write(
        file: str,
        cells: Mapping[str, Sequence[float]],
        failures: Mapping[str, tuple[str, str]] = {},
        context: Mapping[str, Any] = {},
        statistics: Mapping[str, Any] = {},
        more: Mapping[str, Any] = {},
    ) -> str:
        document: dict[str, Any] = {
            "context": {**CONTEXT, "commit": file, **context},
            "benchmarks": [
                entry(name, i, time, more) for name, all in cells.items() for i, time in enumerate(all)
            ],
            "failures": [{"name": n, "kind": kind, "reason": why} for n, (kind, why) in failures.items()],
            "schema": 2,
            "cells": [
                {**cell_of(name), **statistics.get(name, {})} for name in dict.fromkeys([*cells, *failures])
            ],
        }
        path = tmp_path / f"{file}.json"
        path.write_text(json.dumps(document))
        return str(path)

    return write


@pytest.fixture
def compare(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, dict[str, Any]]]:
    """compare(base, new, ...): the exit status and the JSON."""

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        status = main([*arguments, "--format=json"])
        return status, json.loads(capsys.readouterr().out)

    return run


Compare = Callable[..., tuple[int, dict[str, Any]]]


def states(said: Mapping[str, Any]) -> dict[str, str]:
    return {cell["name"]: cell["state"] for cell in said["cells"]}


def test_each_state(write: Write, compare: Compare) -> None:
    base = write(
        "base", {A: times(100, 1), B: times(50, 2), C: times(30, 3), HOSTILE: times(9, 4, scatter=0.1)}
    )
    new = write(
        "new", {A: times(110, 5), B: times(45, 6), C: times(30, 7), HOSTILE: times(9, 8, scatter=0.1)}
    )
    status, said = compare(base, new)
    assert (status, said["verdict"]) == (1, "regression")
    assert states(said) == {A: "slower", B: "faster", C: "same", HOSTILE: "inconclusive"}
    slower, *_, unsure = said["cells"]
    assert (
        slower["ratio"] == pytest.approx(1.1, rel=0.01)
        and slower["low"] > 1.03
        and slower["samples"] == [10, 10]
    )
    assert unsure["detectable"] > 0.1 and unsure["needed"] > 10
    assert slower["error"] <= 0.01 / 4, "the error is divided among four cells"
    assert said["base"]["commit"] == "base" and said["new"]["label"] == "new"


def test_nothing_changed_is_a_pass(write: Write, compare: Compare) -> None:
    status, said = compare(write("base", {A: times(100, 1)}), write("new", {A: times(100.1, 2)}))
    assert (status, said["verdict"], states(said)) == (0, "pass", {A: "same"})
    assert any("measured at different times" in note for note in said["notes"])


def test_inconclusive_is_no_pass_and_no_failure(write: Write, compare: Compare) -> None:
    wide = [times(100, seed, scatter=0.1) for seed in (1, 2)]
    status, said = compare(write("base", {A: wide[0]}), write("new", {A: wide[1]}))
    assert (status, said["verdict"]) == (0, "inconclusive") and "PASS" not in said["sentence"]
    assert "a slowdown below" in said["sentence"]


def test_the_margin_decides(write: Write, compare: Compare) -> None:
    base, new = write("base", {A: times(100, 1)}), write("new", {A: times(110, 2)})
    assert compare(base, new, "--margin=3")[0] == 1
    assert compare(base, new, "--margin=20%")[0] == 0


def test_a_run_directory_is_its_results(write: Write, compare: Compare, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    Path(write("base", {A: times(100, 1)})).rename(tmp_path / "run" / "results.json")
    status, said = compare(str(tmp_path / "run"), write("new", {A: times(100, 2)}))
    assert status == 0 and said["base"]["label"] == "run"


@pytest.mark.parametrize(
    "base_failures, new_failures, reason",
    [
        ({}, {B: ("crash", "killed by SIGSEGV")}, "NEW: crash: killed by SIGSEGV"),
        ({}, {B: ("unavailable", "no library")}, "NEW: unavailable: no library"),
        ({}, {}, "NEW: missing"),
        ({B: ("timeout", "60 s")}, None, "BASE: timeout: 60 s"),
    ],
)
def test_a_cell_of_one_side_is_3(
    write: Write, compare: Compare, base_failures: Any, new_failures: Any, reason: str
) -> None:
    """In each case the other cell is fine, and is judged."""
    sides: list[dict[str, Sequence[float]]] = [
        {A: times(100, 1), B: times(50, 2)},
        {A: times(100, 3), B: times(50, 4)},
    ]
    del sides[0 if base_failures else 1][B]
    status, said = compare(write("base", sides[0], base_failures), write("new", sides[1], new_failures or {}))
    assert (status, said["verdict"], states(said)) == (3, "incomparable", {A: "same", B: "invalid"})
    assert said["cells"][-1]["reason"] == reason


def test_a_regression_outranks_a_missing_cell(write: Write, compare: Compare) -> None:
    status, said = compare(
        write("base", {A: times(100, 1), B: times(50, 2)}), write("new", {A: times(150, 3)})
    )
    assert status == 1 and "1 slower and 1 invalid of 2" in said["sentence"]


def test_what_neither_side_has_is_left_out_with_a_note(write: Write, compare: Compare) -> None:
    base = write("base", {A: times(100, 1)}, {B: ("unavailable", "no library"), C: ("crash", "here")})
    new = write(
        "new",
        {A: times(100, 2), HOSTILE: times(1, 3)},
        {B: ("unavailable", "no library"), C: ("crash", "too")},
    )
    status, said = compare(base, new)
    assert (status, states(said)) == (0, {A: "same"})
    assert {
        f"Unavailable on both sides, so left out: {B}.",
        f"No time on either side, so left out: {C}.",
        f"Only in NEW, so left out: {HOSTILE}.",
    } <= set(said["notes"])


def test_a_library_that_is_new_here_is_only_in_new(write: Write, compare: Compare) -> None:
    base = write("base", {A: times(100, 1)}, {B: ("unavailable", "no library")})
    status, said = compare(base, write("new", {A: times(100, 2), B: times(50, 3)}))
    assert status == 0 and f"Only in NEW, so left out: {B}." in said["notes"]


@pytest.mark.parametrize("cells", [{}, {B: times(1, 1)}])
def test_nothing_to_compare_is_3(write: Write, compare: Compare, cells: dict[str, list[float]]) -> None:
    status, said = compare(write("base", {}), write("new", cells))
    assert (status, said["cells"]) == (3, [])


def test_cold_cells_are_compared_too(write: Write, compare: Compare) -> None:
    cold = "math/pool/workers:2/lifecycle:cold/size:1"
    status, said = compare(write("base", {cold: times(100, 1)}), write("new", {cold: times(150, 2)}))
    assert (status, states(said)) == (1, {cold: "slower"})


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


def test_the_same_results_twice_are_noticed(write: Write, compare: Compare) -> None:
    base = write("base", {A: times(100, 1)})
    status, said = compare(base, base)
    assert status == 0 and "BASE and NEW are the same results: there is nothing to find." in said["notes"]


def test_the_same_commit_is_noticed(write: Write, compare: Compare) -> None:
    same = {"context": {"commit": "abc"}}
    base, new = write("base", {A: times(100, 1)}, **same), write("new", {A: times(100, 2)}, **same)
    assert any("commit abc, built alike (A/A)" in note for note in compare(base, new)[1]["notes"])
    other = write("new", {A: times(100, 2)}, context={"commit": "def"})
    assert not any("A/A" in note for note in compare(base, other)[1]["notes"])


def test_repetitions_of_one_process_are_one_sample(write: Write, compare: Compare) -> None:
    """20 repetitions a side that differ by 20 % prove nothing: two processes do so by themselves."""
    alone = {"context": {"rounds": None}}
    files = [write("base", {A: times(100, 1, 20)}, **alone), write("new", {A: times(120, 2, 20)}, **alone)]
    for file in files:
        document = json.loads(Path(file).read_text())
        del document["context"]["rounds"]
        Path(file).write_text(json.dumps(document))
    status, said = compare(*files)
    assert (status, states(said), said["cells"][0]["samples"]) == (0, {A: "inconclusive"}, [1, 1])
    assert any("NEW is a single process" in note for note in said["notes"])


def test_disturbed_cells_are_invalid(write: Write, compare: Compare) -> None:
    def marked(steal: int) -> dict[str, Any]:
        marks = {"foreign": 1, "steal": steal, "throttled": "often"}
        return {A: {"stop_reason": "precise", "samples": 10, "marks": marks}}

    base = write("base", {A: times(100, 1)}, statistics=marked(5))
    assert compare(base, write("new", {A: times(150, 2)}, statistics=marked(5)))[0] == 1
    status, said = compare(base, write("new", {A: times(150, 2)}, statistics=marked(6)))
    assert (status, said["cells"][0]["reason"]) == (3, "NEW: steal in 6 of 10 samples")


@pytest.mark.parametrize(
    "more", [{}, {"samples": "x", "marks": {"steal": 9}}, {"samples": 0, "marks": [1]}, {"marks": {}}]
)
def test_a_file_need_not_say_what_disturbed_it(write: Write, compare: Compare, more: Any) -> None:
    base = write("base", {A: times(100, 1)}, statistics={A: {"stop_reason": "precise", **more}})
    assert compare(base, write("new", {A: times(100, 2)}))[0] == 0


def test_doubts_are_told(write: Write, compare: Compare) -> None:
    spin = "spin/pool/workers:1/duration:10us"
    follow = {spin: {"stop_reason": "precise", "correlated": True}}
    base = write("base", {spin: times(100, 1)}, more={"rate": 900.0}, statistics=follow)
    new = write("new", {spin: times(100, 2)}, more={"rate": 927.0}, context={"interrupted": True})
    notes = "\n".join(compare(base, new)[1]["notes"])
    assert "calibrated to 900 rounds/us in BASE and to 927 in NEW" in notes and "--set=spin.rate=900" in notes
    assert f"Consecutive samples of BASE are correlated, so intervals are too narrow: {spin}." in notes
    assert "NEW was interrupted" in notes
    assert "calibrated" not in "".join(
        compare(base, write("new", {spin: times(100, 2)}, more={"rate": 900.0}))[1]["notes"]
    )


def test_spin_that_was_calibrated_to_other_work_is_invalid(write: Write, compare: Compare) -> None:
    """The margin decides: 2 % of other work is a note, 4 % would be a verdict about the calibration."""
    spin = "spin/pool/workers:1/duration:10us"
    base = write("base", {spin: times(100, 1)}, more={"rate": 900.0})
    for rate, status in ((918.0, 0), (936.0, 3), (864.0, 3), (0.0, 0)):
        assert compare(base, write("new", {spin: times(100, 2)}, more={"rate": rate}))[0] == status


def test_times_that_vanish_are_not_compared(write: Write, compare: Compare) -> None:
    tiny = [1e-320 * (1 + number) for number in range(10)]  # microseconds; no double holds them in seconds
    status, said = compare(write("base", {A: tiny}), write("new", {A: tiny}))
    assert (status, said["cells"][0]["reason"]) == (3, "times too short to compare")


def test_few_samples_are_said_to_rest_on_welch(write: Write, compare: Compare) -> None:
    few = write("base", {A: times(100, 1, 4)}), write("new", {A: times(120, 2, 4)})
    status, said = compare(*few)
    assert (status, said["cells"][0]["method"]) == (1, "Welch") and any(
        "Welch" in note for note in said["notes"]
    )


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
