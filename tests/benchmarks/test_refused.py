"""What the binary must not be asked for: refused with status 2 before anything is measured."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
from pathlib import Path

import pytest

from tests.conftest import BUILD, Run

ONE = ("--workloads=overhead", "--executors=serial")
COUNT, BOOLEAN = "accepted: 1 .. 1000000", "accepted: true | false"
SEED = "accepted: 0 .. 18446744073709551615, in decimal digits"
SECONDS = "accepted: a number of seconds"
WRONG = {
    "--workloads=maths": "overhead",
    "--executors=poool": "openmp_static",
    "--executors=": "--executors",
    "--workers=0": "1 .. 4096, or max",
    "--workers=two": "1 .. 4096, or max",
    "--workers=+2": "1 .. 4096, or max",
    "--set=math.kernel=sine": "primes | mandelbrot | matmul | pi",
    "--set=math.tasks=-1": "0 .. 1000000",
    "--set=math.tasks=nan": "0 .. 1000000",
    "--set=math.weight=1": "kernel, tasks, size",
    "--set=maths.tasks=1": "overhead",
    "--set=sleep.tasks=1": "not among the selected workloads and executors",
    "--set=kernel": "owner.parameter=value",
    "--set=serial.grain=1": "serial has no such parameter",
    "--observe=nothing": "no such observer",
    "--trace=trace.json": "only with an observer that traces: --observe=timeline",
    "--dry-run=xml": "json",
    "--list=xml": "json",
    "--set=search.text=/nowhere": "readable file",
    **dict.fromkeys(
        (
            "--seed=-1",
            "--seed=x",
            "--seed=18446744073709551616",
            "--seed=18446744073709551617",
            "--seed=0x10",
            "--seed=+5",
            "--seed= 5",
            "--seed=5 ",
            "--seed=1e3",
            "--seed=1'000",
            "--seed=\N{ARABIC-INDIC DIGIT THREE}",
            "--seed=\N{FULLWIDTH DIGIT THREE}",
        ),
        SEED,
    ),
    "--seed=": "--seed",
    "--benchmark_filter=nothing_like_it": "--benchmark_filter=nothing_like_it",
    "--benchmark_filter=(": "regular expression",
    "--benchmark_filter": "takes a value",
    "--benchmark_min_time=soon": SECONDS,
    "--benchmark_min_time=0": SECONDS,
    "--benchmark_min_time=-1": SECONDS,
    "--benchmark_min_time=nan": SECONDS,
    "--benchmark_min_time=1e400": SECONDS,
    "--benchmark_min_time=5x": SECONDS,
    "--benchmark_min_time=": "takes a value",
    "--benchmark_min_time": "takes a value",
    "--benchmark_repetitions=0": COUNT,
    "--benchmark_repetitions=-1": COUNT,
    "--benchmark_repetitions=": COUNT,
    "--benchmark_repetitions": COUNT,
    "--benchmark_repetitions=1.5": COUNT,
    "--benchmark_repetitions=4294967297": COUNT,
    "--benchmark_repetitions=\N{ARABIC-INDIC DIGIT THREE}": COUNT,
    "--benchmark_format=xml": "accepted: console | json | csv",
    "--benchmark_format=": "accepted: console | json | csv",
    "--benchmark_format": "accepted: console | json | csv",
    "--benchmark_color=purple": "accepted: auto | true",
    "--benchmark_counters_tabular=maybe": BOOLEAN,
    "--benchmark_report_aggregates_only=2": BOOLEAN,
    "--benchmark_list_tests=maybe": BOOLEAN,
    "--benchmark_time_unit=h": "accepted: ns | us | ms | s",
    "--benchmark_context=a": "accepted: KEY=VALUE",
    "--benchmark_context=a=b=c": "accepted: KEY=VALUE",
    "--benchmark_context=a=b,a=c": "each key once",
    "--benchmark_context=a=b,": "accepted: KEY=VALUE",
    "--benchmark_context=a=\N{LATIN SMALL LETTER E WITH ACUTE}": "in ASCII",
    "--benchmark_out_format=csv": "accepted: json",
    "--benchmark_display_aggregates_only": "--benchmark_report_aggregates_only",
    "--benchmark_enable_random_interleaving=json": "scripts/fanout run",
    "--benchmark_min_warmup_time=1": "--warmup",
    "--benchmark_dry_run": "--dry-run",
    "--benchmark_perf_counters=CYCLES": "perf stat",
    "--benchmark_out": "takes a value",
    "--benchmark_out=": "takes a value",
    "--benchmark_nonsense": "--benchmark_nonsense",
    "--v=-1": "accepted: 0 .. 9",
    "--v=loud": "accepted: 0 .. 9",
    "--nonsense": "--nonsense",
    "nonsense": "nonsense",
}
WARMUPS = ("-1", "nan", "inf", "0x1", "+1", " 1", "3601", "")


@pytest.mark.parametrize("flag", WRONG)
def test_wrong_usage_is_one_line_that_says_what_is_accepted(bench: Run, tmp_path: Path, flag: str) -> None:
    out = tmp_path / "out.json"
    which = ("--workers=1", "--executors=serial", "--workloads=overhead,math,search")
    result = bench(*which, f"--benchmark_out={out}", flag)
    last = result.stderr.strip().splitlines()[-1]
    assert result.returncode == 2
    assert WRONG[flag] in last and last.startswith("fanout-bench: ")
    assert not list(tmp_path.iterdir()), "something was written"
    assert result.stdout == ""


@pytest.mark.parametrize("seconds", WARMUPS)
def test_a_warm_up_is_a_number_of_seconds(seconds: str) -> None:
    command = [str(BUILD / "fanout-bench"), *ONE, f"--warmup={seconds}"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 2 and "--warmup" in result.stderr and result.stdout == ""


def test_values_that_do_not_fit_together_are_wrong_usage(bench: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    result = bench(
        "--workloads=math", "--set=math.kernel=matmul", "--set=math.size=5000", f"--benchmark_out={out}"
    )
    assert result.returncode == 2
    assert "matmul takes 1 .. 4096" in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seed", ["0", "18446744073709551615", "010"])
def test_a_seed_is_read_in_decimal(bench: Run, seed: str) -> None:
    result = bench(*ONE, f"--seed={seed}", "--benchmark_format=json")
    assert json.loads(result.stdout)["context"]["seed"] == int(seed)


def test_the_environments_flags_are_flags(bench: Run, tmp_path: Path) -> None:
    """Google Benchmark would write a file of its own there, with numbers of cells that failed."""

    def under(**variables: str) -> tuple[int, str]:
        ended = bench(*ONE, "--benchmark_format=json", env={**os.environ, **variables}, cwd=tmp_path)
        return ended.returncode, ended.stdout

    status, shown = under(BENCHMARK_OUT="out.json", BENCHMARK_REPETITIONS="2", BENCHMARK_LIST_TESTS="false")
    assert status == 0 and len(json.loads(shown)["benchmarks"]) == 2 + 4  # and aggregates
    assert (tmp_path / "out.json").read_text() == shown
    for name, value in (("REPETITIONS", "0"), ("MIN_WARMUP_TIME", "1"), ("TIME_UNIT", "h")):
        assert under(**{f"BENCHMARK_{name}": value}) == (2, "")


@pytest.mark.parametrize("path", ["missing/out.json", "/proc/out.json", ".", "/dev/full", "x" * 300])
def test_an_unwritable_path_is_known_before_measuring(bench: Run, tmp_path: Path, path: str) -> None:
    result = bench(*ONE, f"--benchmark_out={tmp_path / path}")
    assert result.returncode == 2 and result.stdout == ""
    assert "cannot write" in result.stderr
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize(("limit", "status"), [(1000, 2), (20_000, 1)])
def test_a_full_disk_is_an_error_and_leaves_the_old_file(
    bench: Run, tmp_path: Path, limit: int, status: int
) -> None:
    """The limit of a file's size stands in for the disk's: there is no room at all, or too little for the results."""
    out = tmp_path / "out.json"
    out.write_text("old")

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    result = bench(*ONE, "--benchmark_repetitions=100", f"--benchmark_out={out}", preexec_fn=limited)
    assert result.returncode == status
    assert "cannot write" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"] and out.read_text() == "old"


def test_results_go_to_standard_output_as_it_is(bench: Run) -> None:
    result = bench(*ONE, "--benchmark_out=/dev/stdout")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout[result.stdout.index('{\n  "schema"') :])["failures"] == []


def test_a_full_standard_output_is_an_error(bench: Run, tmp_path: Path) -> None:
    """What else was written is kept."""
    out = tmp_path / "out.json"
    command = [str(BUILD / "fanout-bench"), *ONE, "--benchmark_min_time=0.001", f"--benchmark_out={out}"]
    with open("/dev/full", "w") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert result.returncode == 1 and "cannot write to standard output" in result.stderr
    assert json.loads(out.read_text())["failures"] == []
