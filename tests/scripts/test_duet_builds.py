"""Commits become binaries, whatever an earlier call has left behind."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.measuring.duet import builds, sides
from scripts.measuring.usage import UsageError
from tests import forked
from tests.scripts.repository import Repository


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """The tests stand in it, as a user would."""
    found = Repository(tmp_path / "repository")
    monkeypatch.chdir(found.root)
    return found


@pytest.fixture
def wake() -> Iterator[int]:
    """What never becomes readable."""
    read, write = os.pipe()
    yield read
    os.close(read)
    os.close(write)


def build(commit: str, wake: int) -> Path:
    return Path(builds.here().build(commit, wake, lambda line: None)[0])


def built(binary: Path) -> int:
    """How many times."""
    return len((binary.parents[1] / "builds").read_text().splitlines())


def test_each_commit_is_built_as_it_is_and_once(repository: Repository, wake: int) -> None:
    base, new = repository.commit("base"), repository.commit("new", noise=1.0)
    binaries = [build(commit, wake) for commit in (base, new, base)]
    assert binaries[0] == binaries[2] and built(binaries[0]) == 1
    assert "'noise': 0.5" in binaries[0].read_text() and "'noise': 1.0" in binaries[1].read_text()
    assert repository.git("status", "--porcelain") == ""


def test_commits_with_the_same_sources_are_one_build(repository: Repository, wake: int) -> None:
    base = repository.commit("base")
    binary = build(base, wake)
    for name in ("docs/a.md", "tests/b.py", ".ci", "README.md"):
        (repository.root / name).parent.mkdir(exist_ok=True)
        (repository.root / name).write_text("more words")
    words = repository.commit("words")
    assert words != base and build(words, wake) == binary and built(binary) == 1
    (repository.root / "core").mkdir()
    (repository.root / "core/a.cpp").write_text("int a;")
    code = repository.commit("code")
    assert build(code, wake).parents[2].name == code
    shutil.rmtree(binary.parents[2])
    assert build(words, wake).parents[2].name == words, "nothing is there to be taken"


def test_a_git_hook_may_call_it(repository: Repository, wake: int, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = repository.commit("base")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert build(commit, wake).is_file()


def test_a_deleted_worktree_is_made_again(repository: Repository, wake: int) -> None:
    commit = repository.commit("base")
    shutil.rmtree(build(commit, wake).parents[2])
    assert built(build(commit, wake)) == 1
    assert len(repository.git("worktree", "list").splitlines()) == 2


def test_registrations_of_other_deleted_worktrees_of_ours_are_forgotten(
    repository: Repository, wake: int, tmp_path: Path
) -> None:
    base, new = repository.commit("base"), repository.commit("new", noise=1.0)
    repository.git("worktree", "add", "--detach", str(tmp_path / "the user's own"), base)
    shutil.rmtree(tmp_path / "the user's own")  # as on a disk that is not mounted now
    repository.git("worktree", "lock", str(build(base, wake).parents[2]))
    shutil.rmtree(repository.root / "build")
    build(new, wake)
    known = repository.git("worktree", "list")
    assert base not in known and new in known and "the user's own" in known


@pytest.mark.parametrize("damage", [".git", "CMakeLists.txt", "bench.py"])
def test_a_torn_checkout_is_repaired(repository: Repository, wake: int, damage: str) -> None:
    commit = repository.commit("base")
    tree = build(commit, wake).parents[2]
    (tree / damage).unlink()
    assert build(commit, wake).is_file()
    assert (tree / damage).exists()


def test_a_changed_worktree_is_not_what_the_commit_is(repository: Repository, wake: int) -> None:
    commit = repository.commit("base")
    (build(commit, wake).parents[2] / "bench.py").write_text("#!/bin/sh\nexit 1\n")
    assert "fake_timed" in build(commit, wake).read_text()


@pytest.mark.parametrize(
    "broken", ["project(", 'add_custom_command(OUTPUT x COMMAND sh -c "echo is this; false")']
)
def test_a_build_that_fails_says_why_and_the_next_commit_builds(
    repository: Repository, wake: int, broken: str
) -> None:
    whole = (repository.root / "CMakeLists.txt").read_text()
    (repository.root / "CMakeLists.txt").write_text(
        f"{whole}{broken}\nadd_custom_target(y DEPENDS x)\nadd_dependencies(fanout-bench y)\n"
    )
    commit = repository.commit("broken")
    for _ in range(2):  # the second time as well
        with pytest.raises(UsageError, match=f"cannot (configure|build) {commit[:12]}") as error:
            build(commit, wake)
    assert ("is this" if "echo" in broken else "CMake Error") in str(error.value)
    (repository.root / "CMakeLists.txt").write_text(whole)
    assert build(repository.commit("mended"), wake).is_file()


def test_an_interrupted_build_goes_on_the_next_time(repository: Repository, wake: int) -> None:
    commit = repository.commit("base")
    read, write = os.pipe()
    os.write(write, b"x")
    with pytest.raises(KeyboardInterrupt):
        build(commit, read)
    os.close(read)
    os.close(write)
    assert build(commit, wake).is_file()


def test_what_a_killed_build_leaves_is_removed_by_the_next(repository: Repository, wake: int) -> None:
    """Whatever is asked for then: a compiler may have been killed in the middle of a file."""
    torn, new = repository.commit("base"), repository.commit("new", noise=1.0)
    for asked in (torn, new):
        tree = build(torn, wake).parents[2]
        binary = tree / "build/release/fanout-bench"
        binary.write_text("half")
        tree.with_name(f"{torn}.building").touch()
        build(asked, wake)
        assert tree.exists() == (asked == torn)
        assert asked == new or "fake_timed" in binary.read_text()
    assert torn not in repository.git("worktree", "list")
    assert not list(repository.root.glob("build/duet/*.building"))


def test_a_second_duet_waits_for_the_first_one_and_can_be_interrupted(repository: Repository) -> None:
    import fcntl

    commit = repository.commit("base")
    (repository.root / "build/duet").mkdir(parents=True)
    read, write = os.pipe()
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        os.write(write, b"x")

    with (repository.root / "build/duet/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(KeyboardInterrupt):
            builds.here().build(commit, read, say)
    os.close(read)
    os.close(write)
    assert said == ["waiting for another fanout duet, which builds here"]


def test_a_wrong_name_is_known_before_new_is_built(repository: Repository) -> None:
    base, new = repository.commit("base"), repository.commit("new", noise=1.0)
    ended = forked.run("duet", "main~1", "main", "--executors=pol")
    assert (
        ended.returncode == 2
        and "BASE: --executors: nothing is called 'pol' (did you mean pool?)" in ended.stderr
    )
    found = [path.parents[2].name for path in repository.root.glob("build/duet/*/build/release/fanout-bench")]
    assert found == [base] and new not in ended.stderr


def test_sides_are_files_or_commits(repository: Repository) -> None:
    commit = repository.commit("base")
    found = sides.commits({"BASE": "main", "NEW": "bench.py"})
    assert found == {"BASE": commit, "NEW": ""}
    with pytest.raises(UsageError, match="NEW: '--all' is neither a file nor a commit of"):
        sides.commits({"BASE": "main", "NEW": "--all"})


def test_outside_of_a_repository_there_are_files_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(UsageError, match="not a git repository"):
        sides.commits({"BASE": "main", "NEW": "main"})


def test_what_is_alike_is_seen(tmp_path: Path) -> None:
    one, two, other = tmp_path / "one", tmp_path / "two", tmp_path / "other"
    for path in (one, two):
        path.write_text("a")
    other.write_text("b")
    assert sides.alike(sides.Side("a", one, "c1"), sides.Side("b", other, "c1")) == "one commit"
    assert sides.alike(sides.Side("a", one), sides.Side("b", two)) == "binaries of one content"
    assert sides.alike(sides.Side("a", one, "c1"), sides.Side("b", other, "c2")) == ""
