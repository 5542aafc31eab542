"""`fanout new`: what it writes builds and runs as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.installed.conftest import Fanout, built, measured


@pytest.mark.parametrize(
    ("kind", "name", "flag"),
    [("workload", "my_work", "--workloads=my_work"), ("executor", "my_pool", "--executors=my_pool")],
)
def test_what_is_begun_builds_and_runs(
    fanout: Fanout, prefix: Path, tmp_path: Path, kind: str, name: str, flag: str
) -> None:
    ended = fanout("new", kind, name)
    assert ended.returncode == 0 and f"fanout run {name}/{name}.cpp" in ended.stdout
    assert {path.name for path in (tmp_path / name).iterdir()} == {f"{name}.cpp", "CMakeLists.txt"}
    assert "@" not in (tmp_path / name / f"{name}.cpp").read_text()
    plugin = built(tmp_path / name, tmp_path / "build", prefix)
    small = ["--workloads=overhead,math,sleep"] if kind == "executor" else ["--executors=*"]
    found = measured(prefix, plugin, flag, *small)
    assert found["failures"] == [] and len(found["benchmarks"]) >= 3


def test_a_name_has_to_be_one_and_to_be_free(fanout: Fanout, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    for name, words in {"My-Work": "accepted: a small letter", "there": "exists here already"}.items():
        ended = fanout("new", "workload", name)
        assert ended.returncode == 2 and words in ended.stderr and len(ended.stderr.splitlines()) == 1
    assert fanout("new", "workload", "a" * 65).returncode == 2
    assert fanout("new", "chart", "mine").returncode == 2


def test_where_nothing_can_be_written(fanout: Fanout, tmp_path: Path) -> None:
    ended = fanout("new", "executor", "mine", cwd=Path("/proc"))
    assert ended.returncode in (2, 5) and "/proc" not in ended.stdout and "Traceback" not in ended.stdout
