"""fanout history, as its user meets it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts import history
from scripts.measuring.usage import UsageError
from scripts.store.database.connection import Store
from tests.conftest import BUILD, ROOT
from tests.store.conftest import Open
from tests.store.making import keep, run
from tests.store.test_reading import TWO_CPUS, hyperfine
from tests.store.writer import made

PATIENCE = 120.0  # seconds


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of the store of a user who stands in no repository."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("FANOUT_STORE", raising=False)
    return f"sqlite:///{tmp_path}/data/fanout/history.sqlite"


def shell(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts/history.py"), *words]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, env={**os.environ, **environment}
    )


def test_results_are_recorded_once_and_listed(
    own: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    times = hyperfine(tmp_path)
    assert history.main(["record", str(TWO_CPUS), str(times)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert (
        "227 cells, 1100 samples, commit abc1234, which is not in this repository: ordered by time" in first
    )
    assert f"1 cell, 2 samples, no commit (--commit=HEAD would say which); recorded in {own}" in second
    assert history.main(["record", str(times)]) == 0
    assert "there already" in capsys.readouterr().out
    assert history.main(["list", "--format=json"]) == 0
    runs = json.loads(capsys.readouterr().out)["runs"]
    assert [(one["commit"], one["cells"], one["samples"], one["failed"]) for one in runs] == [
        ("abc1234", 227, 1100, 7),
        (None, 1, 2, 0),
    ]
    assert history.main(["list"]) == 0
    text = capsys.readouterr().out
    assert "2025-01-31 12:00" in text and "Model of 2 CPUs, 2 CPUs" in text and "2 runs" in text
    assert history.main(["list", "series", "--cell=sleep/pool/*", "--format=json"]) == 0
    series = json.loads(capsys.readouterr().out)["series"]
    assert series and {one["name"].split("/")[1] for one in series} == {"pool"}
    assert history.main(["list", "series", "--cell=command/*"]) == 0
    assert "command/app/workers:1" in capsys.readouterr().out


def test_what_was_interrupted_is_called_partial(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(TWO_CPUS.read_text())
    document["context"]["interrupted"] = True
    (tmp_path / "partial.json").write_text(json.dumps(document))
    assert history.main(["record", "partial.json", str(TWO_CPUS)]) == 0
    partial, whole = capsys.readouterr().out.splitlines()
    assert "partial (it was interrupted)" in partial and "partial" not in whole


def test_one_bad_file_keeps_no_other_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.json").write_text("{")
    assert history.main(["record", "bad.json", "missing.json", str(hyperfine(tmp_path))]) == 5
    captured = capsys.readouterr()
    assert "1 cell, 2 samples" in captured.out
    bad, missing = captured.err.splitlines()
    assert "bad.json: is not JSON" in bad and "missing.json: cannot be read" in missing


def test_an_export_comes_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history.main(["record", str(hyperfine(tmp_path))])
    assert history.main(["export", "backup.jsonl"]) == 0
    assert history.main(["import", "backup.jsonl", "--store=sqlite:///other"]) == 0
    assert "1 new runs of 1, into sqlite:///other" in capsys.readouterr().out
    assert history.main(["export", "--store=sqlite:///other"]) == 0
    assert capsys.readouterr().out == (tmp_path / "backup.jsonl").read_text()
    assert history.main(["check", "--store=sqlite:///other"]) == 0
    assert "1 runs, 2 samples: all is as it was recorded" in capsys.readouterr().out


def test_a_fault_is_a_failure(own: str, opened: Open, capsys: pytest.CaptureFixture[str]) -> None:
    store = opened(own)
    keep(store, run(1))
    store.write(lambda connection: connection.exec_driver_sql("UPDATE sample SET seconds = 7") and None)
    assert history.main(["check"]) == 1
    captured = capsys.readouterr()
    assert "another digest" in captured.err and "not all is as it was recorded" in captured.out


def test_runs_are_pruned(own: str, opened: Open, capsys: pytest.CaptureFixture[str]) -> None:
    keep(opened(own), run(1), run(2))
    assert history.main(["prune", run(1).digest[:9], "--dry-run"]) == 0
    assert capsys.readouterr().out == f"{run(1).digest}\n1 runs would be gone\n"
    assert history.main(["prune", "--before=2017-07-15"]) == 0
    assert capsys.readouterr().out.endswith("2 runs are gone\n")
    with pytest.raises(UsageError, match="say which runs"):
        history.main(["prune"])


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["list"], 1, "there is no store yet; `fanout history record` makes one"),
        (["import", "missing"], 2, "missing cannot be read: No such file"),
        (["list", "--store=mysql://me:hunter2@db/x"], 2, "holds a password"),
        (["list", "--store=postgresql://me:hunter2@db/x"], 2, "PGPASSWORD or ~/.pgpass"),
        (["list", "--store=file.sqlite"], 2, "--store is no URL: write it as sqlite:///FILE"),
        (["record", "--store=sqlite:////dev/null/x/y"], 1, "cannot be made"),
        (["record", "--commit=nothing", str(TWO_CPUS)], 2, "--commit=nothing is no commit"),
        (["prune", "--before=yesterday"], 2, "'yesterday' is no day, such as 2025-01-31"),
        (["recrod"], 2, "invalid choice"),
        ([], 2, "required"),
    ],
)
def test_what_is_wrong_is_one_line(words: list[str], status: int, said: str) -> None:
    ended = shell(*words)
    assert ended.returncode == status and ended.stdout == ""
    assert said in ended.stderr and len(ended.stderr.splitlines()) == 1
    assert "hunter2" not in ended.stderr


def test_speed_is_told_and_leaves_the_users_store_alone(
    own: str,
    tmp_path: Path,
    opened: Open,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FANOUT_STORE", f"sqlite:///{tmp_path}/team.sqlite")
    assert history.main(["speed", "--samples=4000"]) == 0
    assert not (tmp_path / "team.sqlite").exists() and not (tmp_path / "data").exists()
    capsys.readouterr()
    assert history.main(["speed", "--samples=8000", f"--store={own}"]) == 0
    one, medians, samples = capsys.readouterr().out.splitlines()
    assert "one more run of 4000 samples, recorded" in one and "200 series of 3 runs" in medians
    assert "all 12000 samples" in samples and count(own, opened) == 3
    assert history.main(["speed", f"--store={own}"]) == 1 and "holds runs already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("sqlalchemy", ["history", "list"]),
        ("psycopg2", ["history", "list", "--store=postgresql://me@db/x"]),
        ("sqlalchemy", ["run", "--record", "--command=true"]),
    ],
)
def test_what_is_not_installed_is_told(
    missing: str, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        f"import sys; sys.modules[{missing!r}] = None; sys.argv = {words!r}\n"
        f"from scripts import {words[0]} as command; from scripts.measuring.usage import leave\n"
        f"leave(lambda: command.main({words[1:]!r} + {[f'--bench={BUILD}/fanout-bench'] * (words[0] == 'run')!r}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
    )
    assert ended.returncode == 2 and len(ended.stderr.splitlines()) == 1
    assert f"a store needs {missing}, which is not installed: python3-sqlalchemy" in ended.stderr


def test_help_needs_no_database() -> None:
    code = "import sys; from scripts import {0}; sys.argv = ['{0}', '--help']\ntry: {0}.main(['--help'])\nfinally: print('sqlalchemy' in sys.modules)"
    for command in ("history", "run"):
        ended = subprocess.run(
            [sys.executable, "-c", code.format(command)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert ended.returncode == 0 and "examples:" in ended.stdout and ended.stdout.endswith("False\n")


def test_an_interrupt_leaves_what_was_recorded(own: str, opened: Open, tmp_path: Path) -> None:
    """An import of many runs is stopped, and done again."""
    keep(opened(url := f"sqlite:///{tmp_path}/source"), *map(made, range(30)))
    assert history.main(["export", "all.jsonl", f"--store={url}"]) == 0
    command = [sys.executable, str(ROOT / "scripts/history.py"), "import", "all.jsonl"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + PATIENCE
    while not (counted := count(own, opened)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert counted
    running.send_signal(signal.SIGINT)
    said = running.communicate(timeout=PATIENCE)[1]
    assert (running.returncode, said) in ((130, "fanout: interrupted\n"), (0, ""))
    assert history.main(["import", "all.jsonl"]) == history.main(["check"]) == 0
    assert count(own, opened) == 30


def count(url: str, opened: Open) -> int:
    from scripts.store.database.address import StoreError
    from scripts.store.recorded import digests

    try:
        store: Store = opened(url, create=False)
        return len(store.read(digests))
    except StoreError:  # none yet
        return 0


def test_a_run_keeps_its_results(own: str, opened: Open, tmp_path: Path) -> None:
    words = ["--rounds=2", "--record", "--output=out", f"--bench={BUILD / 'fanout-bench'}", "--", "true"]
    command = [sys.executable, str(ROOT / "scripts/run.py"), *words]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert ended.returncode == 0, ended.stderr
    assert f"1 cell, 2 samples, no commit (--commit=HEAD would say which); recorded in {own}" in ended.stdout
    assert history.main(["record", "out"]) == 0 and count(own, opened) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--store=sqlite:///x"], "--store: it is --record that keeps results there"),
        (["--record", "--store=postgresql://me:hunter2@db/x"], "holds a password"),
        (["--record", "--store=sqlite:////dev/null/x/y"], "--record: .* cannot be made"),
    ],
)
def test_a_store_is_known_before_measuring(tmp_path: Path, words: list[str], said: str) -> None:
    from scripts import run as command

    with pytest.raises(UsageError, match=said):
        command.main([*words, f"--bench={BUILD / 'fanout-bench'}", "--output=out", "--", "true"])
    assert not (tmp_path / "out").exists()
