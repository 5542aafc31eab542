"""`fanout duet` as a whole: of commits, and in each of its formats."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.scripts.duets import POOL, SERIAL, Stage
from tests.scripts.repository import Repository


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.mark.usefixtures("temporary")
class TestFormats:
    HOSTILE = {"compiler": "<b>|`x`\n::error::pwned"}

    def run(self, stage: Stage, form: str) -> str:
        """One cell has no time to be decided, the other is missing."""
        new = stage.new(without=("pool",), context=self.HOSTILE)
        ended = stage.run(
            *(stage.base, new, f"--format={form}", "--cross-machine", "--max-time=0.1"),
            executors="serial,pool",
        )
        assert ended.returncode == 3, ended.stderr
        return ended.stdout

    def test_json_is_all_that_is_printed(self, stage: Stage) -> None:
        document = json.loads(self.run(stage, "json"))
        assert document["verdict"] == "incomparable"

    def test_markdown_is_escaped(self, stage: Stage) -> None:
        text = self.run(stage, "markdown")
        assert f"| {SERIAL}" in text and "**NOT COMPARABLE" in text
        assert "<b>" not in text and "pwned" in text

    def test_github_has_a_summary_and_commands(
        self, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
        text = self.run(stage, "github")
        assert text.startswith(f"::error title=fanout::{POOL}: invalid, missing in NEW")
        assert "\n::error::pwned" not in text
        assert f"| {SERIAL}" in (tmp_path / "summary").read_text()


@pytest.mark.usefixtures("temporary")
class TestRefs:
    @pytest.fixture
    def repository(self, tmp_path: Path) -> Repository:
        return Repository(tmp_path / "repository")

    def test_are_built_side_by_side(self, stage: Stage, repository: Repository) -> None:
        base = repository.commit("base")
        head = repository.commit("slower", slower={"*": 20.0})
        ended = stage.run("main~1", "main", cwd=repository.root)
        assert ended.returncode == 1, ended.stderr
        assert f"Duet of main~1 ({base[:12]}) and main ({head[:12]})" in ended.stdout
        assert f"building {base[:12]}\nbuilding {head[:12]}\n" in ended.stderr
        assert stage.document()["sides"]["new"]["commit"] == head

    def test_of_one_commit_are_noticed(self, stage: Stage, repository: Repository) -> None:
        repository.commit("base")
        ended = stage.run("main", "HEAD", "--max-time=0.1", cwd=repository.root)
        assert ended.returncode == 0, ended.stderr
        assert "A/A: both sides are one commit" in ended.stdout

    def test_that_do_not_build_are_told_with_the_last_lines(
        self, stage: Stage, repository: Repository
    ) -> None:
        repository.commit("base")
        (repository.root / "CMakeLists.txt").write_text("message(FATAL_ERROR nonsense)\n")
        broken = repository.commit("broken")
        ended = stage.run("main~1", "main", cwd=repository.root)
        assert ended.returncode == 2
        assert f"cannot build {broken[:12]}: cmake -S" in ended.stderr and "nonsense" in ended.stderr
        assert ended.stdout == "" and not stage.output.exists()
