"""`fanout granularity` as a whole, over a binary whose executors cost a known time a task."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from scripts.granularity import as_run, nanoseconds, parse, sizes
from tests import forked

BENCH = Path(__file__).with_name("fake_grained.py")
SHORT = ("--task=100ns", "--tasks=10000000")  # four sizes: shorter ones cannot be, longer ones take too long


def fanout(command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return forked.run(command, *arguments)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    output = tmp_path_factory.mktemp("granularity") / "out"
    flags = ("--executors=pool,std_thread,absent", "--workers=2", "--rounds=6", f"--output={output}")
    return output, fanout("granularity", f"--bench={BENCH}", *SHORT, *flags)


Measured = tuple[Path, subprocess.CompletedProcess[str]]


def test_it_answers_for_the_asked_size(measured: Measured) -> None:
    """std_thread adds 10 ns, so that it takes 200 ns to be at 95 %; pool adds 1 ns."""
    output, ended = measured
    assert ended.returncode == 0, ended.stderr
    words = " ".join(ended.stdout.split())
    assert "tasks of 100 ns: every executor but std_thread is above 95 %; batch std_thread by 2 " in words
    assert (
        "200 [200, 200] ns" in words
        and "Above 95 % down to the shortest task measured, 50 ns: pool." in words
    )
    assert "10000000 tasks on 2 workers: efficiency over min(workers, effective CPUs) = 2" in words
    assert "libabsent-dev is not installed" in words
    assert {"results.json", "samples.jsonl", "summary.md", "summary.json"} <= {
        path.name for path in output.iterdir()
    }
    assert (output / "charts/granularity.svg").exists()
    assert len(json.loads((output / "summary.json").read_text())["granularity"]) == 2


def test_it_is_a_run(measured: Measured) -> None:
    """With a rate of spin's that all share, and the serial loop, which nobody has to name."""
    document = json.loads((measured[0] / "results.json").read_text())
    durations = sorted({cell["parameters"]["duration"] for cell in document["cells"]})
    assert durations == pytest.approx([5e-8, 1e-7, 2e-7, 4e-7])
    assert {cell["executor"] for cell in document["cells"]} == {"serial", "pool", "std_thread", "absent"}
    assert {cell["samples"] for cell in document["cells"] if "samples" in cell} == {6}
    journal = measured[0] / "samples.jsonl"
    before = journal.read_text()
    assert json.loads(before.split("\n")[0])["shared"] == ["spin.rate=812"]
    again = fanout("run", f"--resume={measured[0]}")
    assert again.returncode == 0 and journal.read_text() == before, again.stderr
    assert fanout("report", measured[0]).returncode == 0


def test_it_tells_again_of_what_was_measured(measured: Measured) -> None:
    ended = fanout("granularity", f"--of={measured[0]}", "--task=400ns")
    assert ended.returncode == 0 and "tasks of 400 ns: every executor is above 95 %" in ended.stdout
    assert fanout("granularity", "--of=/nowhere").returncode == 2


@pytest.mark.parametrize(
    "flags, words",
    [
        (["--task=20"], "'20' is not a time from 50ns to 1s"),
        (["--task=10ns"], "'10ns' is not a time from 50ns to 1s"),
        (["--tasks=0"], "'0' is not a number above 0"),
        (["--workers=x"], "'x' is not a count"),
        (["--executors=pol"], "did you mean pool?"),
        (["--rounds=few"], "'few' is not a number above 0"),
        (["--wait-for-quiet=soon"], "'soon' is not a number above 0"),
        (["--task-s=3"], "unrecognized arguments"),
        (["--of=/tmp"], "--output does not go with --of"),
    ],
)
def test_wrong_usage(tmp_path: Path, flags: list[str], words: str) -> None:
    ended = fanout("granularity", f"--bench={BENCH}", f"--output={tmp_path / 'out'}", *flags)
    assert (
        ended.returncode == 2 and words in ended.stderr and len(ended.stderr.splitlines()) == 1
    ), ended.stderr
    assert not (tmp_path / "out").exists()


def test_a_dry_run_says_how_long() -> None:
    """Some 5 batches of the longest tasks, whose time is known, a sample."""
    ended = fanout("granularity", f"--bench={BENCH}", "--executors=pool", "--task=10ms", "--dry-run")
    assert ended.returncode == 0 and "duration:10000000ns" in ended.stdout and "minutes" in ended.stdout


def test_sizes_are_octaves_around_the_asked_one() -> None:
    assert sizes(20_000, 100, False) == [round(20_000 * 2.0**octave) for octave in range(-6, 7)]
    assert sizes(20_000, 100, True) == sizes(20_000, 100, False)[::2]
    assert sizes(20_000, 5000, False)[-1] == 160_000, "a batch would take more than a second"
    assert sizes(20_000, 10**6, False)[-1] == 80_000, "but something above the asked size is measured"
    assert sizes(100, 100, False)[0] == 50 and sizes(10**9, 1, False)[-1] == 10**9
    assert [nanoseconds(text) for text in ("50ns", "1.5us", "20ms", "1s")] == [50, 1500, 20_000_000, 10**9]


def test_the_run_that_it_is() -> None:
    words = as_run(parse(["--quick", "--pin", "--executors=serial,tbb"]))
    assert {"--executors=serial,tbb", "--rounds=6", "--workers=max", "--set=spin.tasks=100", "--pin"} <= set(
        words
    )
    assert "--rounds=3" in as_run(parse(["--rounds=3"])) and "--rounds=10" in as_run(parse([]))
