"""Results files as runs: what they say, what the repository adds, what is said of them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.analysis.results import BadResults
from scripts.measuring.usage import UsageError
from scripts.store.reading import Said, measured_at, read, tool
from scripts.store.values import Commit, Failure, Parameter, Run
from tests.conftest import ROOT

Git = Callable[..., str]
Json = dict[str, Any]
TWO_CPUS = ROOT / "tests/data/two_cpus.json"


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """A repository called mine with one commit, and git in it."""
    for name in ("GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "mine"
    folder.mkdir()

    def run(*arguments: str) -> str:
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main"]
        return subprocess.run(
            ["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True, text=True
        ).stdout.strip()

    run("init", "-q")
    (folder / "bench").mkdir()
    change(folder, git=run, text="1")
    return run


def change(folder: Path, git: Git, text: str, file: str = "bench/sort.cpp") -> str:
    (folder / file).write_text(text)
    git("add", "-A")
    git("commit", "-q", "-m", text)
    return git("rev-parse", "HEAD")


def hyperfine(folder: Path, **more: Any) -> Path:
    (path := folder / "times.json").write_text(
        json.dumps({"results": [{"command": "app", "times": [1.0, 2.0], "user": 1.0, "system": 0.5, **more}]})
    )
    return path


def google(folder: Path, context: Json = {}, **more: Any) -> Path:
    entry = {"name": "sort/8", "run_type": "iteration", "real_time": 2.0, "cpu_time": 1.0, "time_unit": "us"}
    (path := folder / "google.json").write_text(
        json.dumps(
            {"context": {"date": "2025-01-31T12:00:00+01:00", **context}, "benchmarks": [entry | more]}
        )
    )
    return path


def of(path: Path, folder: Path, **said: Any) -> Run:
    return read(path, Said(folder, **said))


def test_what_fanout_wrote_is_read_whole(tmp_path: Path) -> None:
    run = of(TWO_CPUS, tmp_path)
    document = json.loads(TWO_CPUS.read_text())
    assert json.loads(run.context) == document["context"]
    assert (run.measured_at, run.seed, run.tool) == (1738324800.0, "1", "fanout")
    assert run.commit == Commit("abc1234", None, None, None) and not run.dirty
    assert run.machine.cpu_model == "Model of 2 CPUs" and run.machine.effective_cpus == 2.0
    by_name = {each.cell.name: each for each in run.outcomes}
    names = {cell["name"] for cell in document["cells"]}
    failures = {one["name"]: one for one in document["failures"]}
    impossible = by_name.keys() - failures.keys() - {row["name"] for row in document["benchmarks"]}
    assert by_name.keys() == names and impossible == set()
    one = by_name["sleep/pool/workers:1/tasks:16/duration:5ms"]
    real = [row for row in document["benchmarks"] if row["name"] == one.cell.name]
    assert [sample.place for sample in one.samples] == [row["repetition_index"] for row in real]
    assert [sample.seconds for sample in one.samples] == pytest.approx(
        [row["real_time"] / 1e3 for row in real]
    )
    assert [sample.cpu for sample in one.samples] == pytest.approx([row["cpu_time"] / 1e3 for row in real])
    assert one.cell.project == "fanout" and one.cell.unit == "batch" and one.cell.kind == "threads"
    assert one.cell.parameters == (
        Parameter("sleep.duration", "0.005", 0.005),
        Parameter("sleep.tasks", "16", 16.0),
    )
    for name, failed in failures.items():
        assert by_name[name].failure == Failure(failed["kind"], "{}", failed["reason"])
        assert by_name[name].samples == ()


def test_others_do_not_say_of_which_commit(tmp_path: Path, git: Git) -> None:
    folder = tmp_path / "mine"
    head = git("rev-parse", "HEAD")
    for path, name in ((hyperfine(tmp_path), "hyperfine"), (google(tmp_path), "Google Benchmark")):
        assert (of(path, folder).tool, of(path, folder).commit) == (name, None)
        for said in ({"commit": "HEAD"}, {"commit": head[:10]}, {"otherwise": "HEAD"}):
            run = of(path, folder, **said)
            assert run.commit and run.branch == "main" and not run.dirty
            assert (run.commit.sha, run.commit.parents, run.commit.height) == (head, (), 1)
            assert run.commit.committed_at == float(git("log", "-1", "--format=%ct"))
            assert run.outcomes[0].cell.project == "mine"
    with pytest.raises(UsageError, match="--commit=no such is no commit of the repository in "):
        of(hyperfine(tmp_path), folder, commit="no such")
    assert of(hyperfine(tmp_path), tmp_path, otherwise="HEAD").commit is None  # there is no repository


def test_a_program_may_say_it_in_its_context(tmp_path: Path, git: Git) -> None:
    """As benchmark::AddCustomContext does."""
    head = git("rev-parse", "HEAD")
    for text, dirty in ((head[:12], False), (f"{head}-dirty", True)):
        run = of(google(tmp_path, {"commit": text}), tmp_path / "mine", otherwise="HEAD")
        assert run.commit and (run.commit.sha, run.dirty) == (head, dirty)
    assert of(google(tmp_path, {"commit": "v1.2; rm -rf"}), tmp_path / "mine").commit is None


def test_a_plug_ins_commit_is_not_fanouts(tmp_path: Path, git: Git) -> None:
    document = json.loads(TWO_CPUS.read_text())
    document["context"]["plugin"] = "0123"
    (path := tmp_path / "plugin.json").write_text(json.dumps(document))
    run = of(path, tmp_path / "mine", otherwise="HEAD")
    assert run.commit and run.commit.sha == git("rev-parse", "HEAD")
    assert run.outcomes[0].cell.project == "mine"


def test_what_is_not_committed_makes_it_dirty(tmp_path: Path, git: Git) -> None:
    folder = tmp_path / "mine"
    old = git("rev-parse", "HEAD")
    change(folder, git, "2")
    (folder / "bench/sort.cpp").write_text("3")
    assert of(hyperfine(tmp_path), folder, commit="HEAD").dirty
    before = of(hyperfine(tmp_path), folder, commit=old)
    assert not before.dirty and before.branch == ""  # on which branch it was measured, nobody knows


def test_ci_says_the_branch(tmp_path: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    git("checkout", "-q", "--detach")
    assert of(hyperfine(tmp_path), tmp_path / "mine", commit="HEAD").branch == ""
    monkeypatch.setenv("GITHUB_REF_NAME", "topic")
    assert of(hyperfine(tmp_path), tmp_path / "mine", commit="HEAD").branch == "topic"
    assert of(hyperfine(tmp_path), tmp_path / "mine", commit="HEAD", branch="said").branch == "said"


def test_a_merge_has_the_height_of_its_first_parents(tmp_path: Path, git: Git) -> None:
    folder = tmp_path / "mine"
    git("checkout", "-q", "-b", "topic")
    for text in ("2", "3", "4"):
        change(folder, git, text)
    git("checkout", "-q", "main")
    git("merge", "-q", "--no-ff", "--no-edit", "topic")
    run = of(hyperfine(tmp_path), folder, commit="HEAD")
    assert run.commit and run.commit.parents and len(run.commit.parents) == 2 and run.commit.height == 2


def test_a_shallow_clone_has_parents_and_no_height(tmp_path: Path, git: Git) -> None:
    first = git("rev-parse", "HEAD")
    change(tmp_path / "mine", git, "2")
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", f"file://{tmp_path}/mine", tmp_path / "clone"], check=True
    )
    run = of(hyperfine(tmp_path), tmp_path / "clone", commit="HEAD")
    assert run.commit and (run.commit.parents, run.commit.height) == ((first,), None)
    assert run.outcomes[0].cell.project == "mine"  # what it was cloned from


def test_the_benchmarks_own_source_is_of_the_build(tmp_path: Path, git: Git) -> None:
    folder = tmp_path / "mine"
    google(tmp_path)

    def source(commit: str, *paths: str) -> str:
        run = of(tmp_path / "google.json", folder, commit=commit, sources=paths)
        return run.outcomes[0].build.source

    change(folder, git, "library", file="sort.hpp")
    change(folder, git, "2")
    assert source("HEAD", "bench") != source("HEAD^", "bench") == source("HEAD~2", "bench") != ""
    assert source("HEAD", "sort.hpp", "bench") != source("HEAD", "bench")
    assert source("HEAD", "bench/{workload}.cpp") == source("HEAD", "bench/sort.cpp") != ""
    assert source("HEAD", "missing") == source("HEAD") == ""


def test_of_fanouts_own_workloads_the_source_is_known(tmp_path: Path) -> None:
    """Where the commit is one of this repository: another workload's source makes no other build."""
    if not (
        head := subprocess.run(
            ["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True
        ).stdout
    ):
        pytest.skip("no repository here")
    document = json.loads(TWO_CPUS.read_text())
    document["context"]["commit"] = head[:12]
    (path := tmp_path / "own.json").write_text(json.dumps(document))
    sources = {each.cell.workload: each.build.source for each in of(path, tmp_path).outcomes}
    assert all(sources.values()) and len({*sources.values()}) == len(sources) > 2


@pytest.mark.parametrize("text", ["", "{", "[]", '{"context": {}}', "\x00", "[" * 2000])
def test_what_are_no_results_is_refused(tmp_path: Path, text: str) -> None:
    (path := tmp_path / "file.json").write_text(text)
    with pytest.raises(BadResults, match="file.json"):
        of(path, tmp_path)


def test_nothing_is_not_kept(tmp_path: Path) -> None:
    document = json.loads(TWO_CPUS.read_text()) | {"benchmarks": [], "failures": []}
    (path := tmp_path / "load.json").write_text(json.dumps(document))
    with pytest.raises(BadResults, match="neither samples nor failures"):
        of(path, tmp_path)


def test_hostile_values_are_read(tmp_path: Path) -> None:
    deep: Any = 1
    for _ in range(400):
        deep = [deep]
    context = {"a\0\ud800": [1e999, deep], "date": "soon", "seed": 2**70, "executors": 3, "memory": "much"}
    text = google(tmp_path, context, name="x\0\ud800'; DROP TABLE run").read_text()
    (tmp_path / "google.json").write_text(text.replace("Infinity", "1e999"))
    run = of(tmp_path / "google.json", tmp_path, machine="\udcff", branch="\udcff")
    assert run.measured_at is None and run.seed == str(2**70)
    assert run.machine.cpu_model == run.branch == "\\udcff"
    assert run.outcomes[0].cell.case == "x\\x00\\ud800'; DROP TABLE run"
    assert json.loads(run.context)["a\\x00\\ud800"][0] is None


@pytest.mark.parametrize(
    ("context", "when"),
    [
        ({"started": "2025-01-31T12:00:00Z", "date": "2020-01-01"}, 1738324800.0),
        ({"date": "2025-01-31T13:00:00+01:00"}, 1738324800.0),
        ({"date": "2025-01-31 12:00:00"}, 1738324800.0),
        ({"date": "yesterday"}, None),
        ({}, None),
    ],
)
def test_when_it_was_measured(context: Json, when: float | None) -> None:
    assert measured_at(context) == when


def test_which_tool_measured() -> None:
    assert tool({"fanout_version": "0.1.0"}) == "fanout 0.1.0" and tool({"order_seed": 1}) == "fanout"
    assert tool({"tool": "hyperfine"}) == "hyperfine" and tool({}) == "Google Benchmark"
