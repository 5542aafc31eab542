"""`fanout run --scaling=weak` from its flag to its report; weak and strong results beside each other."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts import plot, report, why
from scripts.analysis.results import BadResults, load
from scripts.measuring import catalogue, plan
from scripts.measuring.plan import Selection
from scripts.measuring.profile import DEFAULT
from scripts.measuring.usage import UsageError
from tests.conftest import BUILD
from tests.scripts.runner import run

BENCH = BUILD / "fanout-bench"
WEAK, STRONG = "math/pool/workers:2/scaling:weak/tasks:100", "math/pool/workers:2/tasks:100"
Write = Callable[..., str]


def planned(**asked: Any) -> plan.Plan:
    return plan.make(catalogue.read(BENCH), DEFAULT, Selection(weak=True, **asked))


def test_the_cells_of_a_case_belong_together_at_all_numbers_of_workers() -> None:
    cells = planned(workloads=("sleep", "math"), executors=("serial", "pool"), workers="1,2,5").cells
    assert {cell.case for cell in cells} == {
        "math/scaling:weak/kernel:primes/tasks:64/size:200",
        "sleep/scaling:weak/tasks:16/duration:1ms",
    }
    for cell in cells:
        tasks = {"math": 64, "sleep": 16}[cell.workload]
        assert cell.entry["parameters"]["tasks"] == cell.workers * tasks, cell.name
        assert (cell.entry["scaling"], cell.entry["work"]) == ("weak", cell.workers)
        assert f"--set={cell.workload}.tasks={tasks}" in cell.arguments and "--scaling=weak" in cell.arguments
    assert all(cell.workers == 1 for cell in cells if cell.baseline)


def test_work_that_cannot_grow_is_refused_with_the_reason() -> None:
    with pytest.raises(UsageError, match="algorithm=nqueens does not grow with the workers: a board's order"):
        planned(settings=("search.algorithm=nqueens",))


def test_a_run_from_its_flag_to_its_report(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    asked = ["--scaling=weak", "--workloads=sleep", "--executors=serial,pool", "--workers=1,2", "--rounds=7"]
    ended = run(f"--bench={BENCH}", *asked, f"--output={folder}")
    assert ended.returncode == 0, ended.stderr
    assert "sleep/scaling:weak/tasks:16/duration:1ms: 16 tasks a worker of 1." in ended.stdout
    assert "scaled speedup" in ended.stdout  # which to use nobody can say of a busy machine
    assert "Weak scaling: N workers do N times the work" in " ".join(ended.stdout.split())
    document = json.loads((folder / "results.json").read_text())
    assert "--scaling=weak" in document["context"]["command"]
    tasks = {entry["name"]: entry["tasks"] for entry in document["benchmarks"]}
    assert tasks["sleep/pool/workers:2/scaling:weak/tasks:16/duration:1ms"] == 32
    (answer,) = json.loads((folder / "summary.json").read_text())["answers"]
    assert answer["scaling"] == "weak"
    contender, workers = answer["use"]["contender"], answer["use"]["workers"]
    base, own = (
        {entry["round"]: entry["real_time"] for entry in document["benchmarks"] if cell in entry["name"]}
        for cell in ("/serial/", f"/{contender}/workers:{workers}/")
    )
    ratios = [base[number] / own[number] for number in own]
    assert answer["efficiency"]["median"] == pytest.approx(statistics.median(ratios))
    assert answer["speedup"]["median"] == pytest.approx(workers * statistics.median(ratios))
    assert "Scaled speedup over the serial loop (weak" in (folder / "charts/speedup.svg").read_text()
    resumed = run(f"--resume={folder}", "--rounds=8")
    assert resumed.returncode == 0 and "scaled speedup" in resumed.stdout, resumed.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scaling=weak", "--peers"], "--scaling=weak does not go with --peers"),
        (["--scaling=weak", "--why"], "--scaling=weak: what workers lose is told for the same work"),
        (["--scaling=weaker"], "--scaling"),
        (["--scaling=weak", "--workers=2", "--set=overhead.tasks=9000000"], "--scaling=weak on 2 workers: --set=overhead.tasks=18000000"),
    ],
)  # fmt: skip
def test_bad_usage_is_one_line(arguments: list[str], said: str) -> None:
    ended = run(f"--bench={BENCH}", "--dry-run", *arguments)
    assert ended.returncode == 2 and said in ended.stderr.splitlines()[-1], ended.stderr


def test_why_is_of_the_same_work() -> None:
    with pytest.raises(UsageError, match="--scaling=weak: what workers lose is told for the same work"):
        why.main([f"--bench={BENCH}", "--scaling=weak", "--dry-run"])


def test_weak_and_strong_results_are_shown_apart(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [Path(write("w", {WEAK: [1.0, 1.1]})), Path(write("s", {STRONG: [1.0, 1.1]}))]
    assert load(files).scalings == {"weak", "strong"} and load(files[:1]).scalings == {"weak"}
    names = [str(path) for path in files]
    for command, flag in ((plot.main, f"--output={tmp_path}/charts"), (report.main, "--format=csv")):
        with pytest.raises(UsageError, match="w.json, .*s.json: of weak and of strong .*show them apart"):
            command([*names, flag])
    assert not (tmp_path / "charts").exists()
    assert report.main(names) == 0 and "math/tasks:100" in capsys.readouterr().out


def test_compare_has_nothing_in_common_of_them(write: Write, compare: Callable[..., Any]) -> None:
    status, found = compare(write("w", {WEAK: [1.0] * 8}), write("s", {STRONG: [1.0] * 8}))
    assert (status, found["verdict"]) == (3, "incomparable")


@pytest.mark.parametrize(
    ("scaling", "said"),
    [({"scaling": "half"}, "neither strong nor weak"), ({"scaling": "weak", "work": 0}, "work is 0")],
)
def test_a_scaling_that_is_none_is_refused(write: Write, scaling: dict[str, Any], said: str) -> None:
    path = Path(write("a", {WEAK: [1.0]}))
    document = json.loads(path.read_text())
    document["cells"][0] |= scaling
    path.write_text(json.dumps(document))
    with pytest.raises(BadResults, match=said):
        load([path])
