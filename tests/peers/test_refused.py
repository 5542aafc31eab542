"""What the peers' program must not be asked for: refused with status 2 before anything is measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.peers.conftest import Peers

WRONG = {
    "--workloads=maths": "there are: http, ",
    "--executors=pool": "py_thread_pool",
    "--workers=0": "1 .. 4096, or max",
    "--set=sleep.tasks=-1": "0 .. 1000000",
    "--set=sleep.weight=1": "tasks, duration",
    "--seed=x": "--seed",
    "--seed=-1": "--seed",
    "--seed=18446744073709551616": "--seed",
    "--seed=0x10": "--seed",
    "--seed=\N{ARABIC-INDIC DIGIT THREE}": "--seed",
    "--benchmark_min_time=soon": "--benchmark_min_time",
    "--benchmark_min_time=nan": "--benchmark_min_time",
    "--benchmark_min_time=1_0": "--benchmark_min_time",
    "--benchmark_min_time= 1": "--benchmark_min_time",
    "--benchmark_min_time=": "--benchmark_min_time",
    "--warmup=-1": "--warmup",
    "--warmup=\N{ARABIC-INDIC DIGIT THREE}": "--warmup",
    "--benchmark_repetitions=0": "accepted: 1 .. 1000000",
    "--benchmark_repetitions=": "accepted: 1 .. 1000000",
    "--benchmark_repetitions=\N{ARABIC-INDIC DIGIT THREE}": "accepted: 1 .. 1000000",
    "--benchmark_repetitions=4294967297": "accepted: 1 .. 1000000",
    "--benchmark_out=": "cannot write",
    "--benchmark_format=json": "--benchmark_format",
    "--benchmark_out_format=csv": "json",
    "--bench=/nowhere/fanout-bench": "no binary at /nowhere/fanout-bench",
    "--nonsense": "--nonsense",
}


@pytest.mark.parametrize("flag", WRONG)
def test_wrong_usage_is_one_line_and_exit_2(peers: Peers, tmp_path: Path, flag: str) -> None:
    ended = peers("--workloads=sleep", "--executors=py_serial", f"--benchmark_out={tmp_path / 'out'}", flag)
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert line.startswith("fanout-") and WRONG[flag] in line
    assert ended.stdout == "" and not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", ["missing/out.json", ".", "/dev/full", "x" * 300])
def test_an_unwritable_path_is_known_before_measuring(peers: Peers, tmp_path: Path, path: str) -> None:
    ended = peers("--workloads=sleep", "--executors=py_serial", f"--benchmark_out={tmp_path / path}")
    assert ended.returncode == 2 and "cannot write" in ended.stderr and ended.stdout == ""
    assert not list(tmp_path.rglob("*"))
