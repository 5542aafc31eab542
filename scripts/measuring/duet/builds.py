"""The two sides of a duet, git commits or binaries. A commit is built in a worktree of its own, which is
kept."""

from __future__ import annotations

import fcntl
import hashlib
import os
import select
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.analysis.text import printable
from scripts.machine import leftovers
from scripts.measuring import process
from scripts.measuring.usage import UsageError

_PATIENCE = 3600.0  # seconds for one step of a build
_SHOWN = 20  # lines of one that failed
_NOTE = ".building"  # behind the name of a worktree
_NOT_BUILT = (
    "docs",
    "plots",
    "results",
    "scripts",
    "tests",
    "LICENSE",
    "pyproject.toml",
)  # nor hidden files, nor .md
_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")  # git sets them for hooks; here they would mislead it


@dataclass(frozen=True)
class Repository:
    """A git repository with the worktrees that are built in it, each named after its commit in full.

    So both sides' paths are of one length: they end up in binaries and environments, and would move what they
    hold.
    """

    root: Path

    @property
    def directory(self) -> Path:
        return self.root / "build/duet"

    def commit(self, ref: str) -> str | None:
        """The commit that a ref names, in full; None where it names none."""
        try:
            return _git(
                self.root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
            )
        except UsageError:
            return None

    def build(self, commit: str, wake: int, say: Callable[[str], None]) -> Path:
        """The release binary of a commit, or of one with the same sources: what is built already is not built again.

        Raises UsageError where it cannot be built, KeyboardInterrupt when `wake` is readable.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        with self._alone(wake, say), self._under_way(commit := self._built(commit)):
            tree = self.directory / commit
            if not _checked_out(tree, commit):
                self._check_out(tree, commit)
            say(f"building {commit[:12]}")
            output = tree / "build/release"
            if not (output / "build.ninja").exists():
                _step("configure", commit, wake, "cmake", "-S", str(tree), "--preset", "release")
            _step("build", commit, wake, "cmake", "--build", str(output), "--target", "fanout-bench")
        return output / "fanout-bench"

    def _built(self, commit: str) -> str:
        """The commit itself, or another one that is built already from the same sources."""
        sources = self._sources(commit)
        for binary in sorted(self.directory.glob("*/build/release/fanout-bench")):
            other = binary.parents[2].name
            if (
                not (self.directory / commit).exists()
                and self.commit(other)
                and self._sources(other) == sources
            ):
                return other
        return commit

    def _sources(self, commit: str) -> list[str]:
        """What a binary is built from: files and folders at the top, with their content's hashes."""
        listed = [line.partition("\t") for line in _git(self.root, "ls-tree", commit).splitlines()]
        return [
            what + name
            for what, _, name in listed
            if name not in _NOT_BUILT and name[0] != "." and not name.endswith(".md")
        ]

    @contextmanager
    def _under_way(self, commit: str) -> Iterator[None]:
        """Notes what is being built. Where a note is left, its build was killed: nothing in the worktree
        can be relied on."""
        for note in self.directory.glob(f"*{_NOTE}"):
            self._remove(note.with_suffix(""))
            note.unlink()
        note = self.directory / f"{commit}{_NOTE}"
        note.touch()
        try:
            yield
        finally:
            note.unlink()

    def _check_out(self, tree: Path, commit: str) -> None:
        """Anew, whatever is there: an interrupted checkout, one that was changed, or only git's memory of
        one."""
        self._remove(tree)
        _git(self.root, "worktree", "add", "--detach", str(tree), commit)

    def _remove(self, tree: Path) -> None:
        if tree.exists():
            shutil.rmtree(tree)
        for line in _git(self.root, "worktree", "list", "--porcelain").splitlines():
            known = Path(line.removeprefix("worktree "))
            if self.directory in known.parents and not known.exists():
                _git(
                    self.root, "worktree", "remove", "--force", "--force", str(known)
                )  # twice: locked ones too

    @contextmanager
    def _alone(self, wake: int, say: Callable[[str], None]) -> Iterator[None]:
        """Two builds at once would tear each other's files."""
        with (self.directory / "lock").open("w") as lock:
            waiting = False
            while not _locked(lock.fileno()):
                if not waiting:
                    say("waiting for another fanout duet, which builds here")
                waiting = True
                if select.select([wake], [], [], 0.2)[0]:
                    raise KeyboardInterrupt
            yield


def here() -> Repository:
    """The repository of the working directory. Raises UsageError where it is in none."""
    return Repository(Path(_git(Path.cwd(), "rev-parse", "--show-toplevel")))


def _git(directory: Path, *arguments: str) -> str:
    """What git answers. It is in a session of its own: Ctrl-C does not tear it in two."""
    environment = {key: value for key, value in os.environ.items() if key not in _HOOKS}
    answer = subprocess.run(
        ["git", "-C", str(directory), *arguments],
        env={**environment, leftovers.VARIABLE: leftovers.mark()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    if answer.returncode != 0:
        raise UsageError(f"git {arguments[0]}: {printable(answer.stderr) or answer.returncode}")
    return answer.stdout.strip()


def _checked_out(tree: Path, commit: str) -> bool:
    """Whether all of the commit is there, as it is. Without its own .git, the answers would be the outer
    repository's."""
    try:
        return (
            Path(_git(tree, "rev-parse", "--show-toplevel")) == tree
            and _git(tree, "rev-parse", "HEAD") == commit
            and not _git(tree, "status", "--porcelain", "--untracked-files=no")
        )
    except UsageError:
        return False


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _step(verb: str, commit: str, wake: int, *command: str) -> None:
    """Ninja writes its errors to standard output, of which nothing is kept: it goes to standard error."""
    joined = ["/bin/sh", "-c", 'exec "$@" >&2', "sh", *command]
    ended = process.run(joined, os.environ, _PATIENCE, wake)
    if ended.how == "interrupted":
        raise KeyboardInterrupt
    if ended.how == "timeout" or ended.status != 0:
        last = [printable(line) for line in ended.stderr.splitlines()[-_SHOWN:]]
        raise UsageError("\n".join([f"cannot {verb} {commit[:12]}: {' '.join(command)}", *last]))


@dataclass(frozen=True)
class Side:
    """One build: as the user named it, its binary, its commit ("" of a binary's path)."""

    asked: str
    binary: Path
    commit: str = ""

    @property
    def label(self) -> str:
        if not self.commit:
            return self.asked
        short = self.commit[:12]
        return short if self.commit.startswith(self.asked) else f"{self.asked} ({short})"

    def digest(self) -> str:
        """The SHA-256 of the binary, in hexadecimal."""
        return hashlib.sha256(self.binary.read_bytes()).hexdigest()


def commits(asked: dict[str, str]) -> dict[str, str]:
    """Of each side ("BASE", "NEW"), the commit that it names; "" where it is a file. Raises UsageError on
    neither."""
    found = {}
    for name, text in asked.items():
        if Path(text).is_file():
            found[name] = ""
        elif commit := here().commit(text):
            found[name] = commit
        else:
            raise UsageError(f"{name}: '{text}' is neither a file nor a commit of {here().root}")
    return found


def resolve(asked: str, commit: str, wake: int, say: Callable[[str], None]) -> Side:
    """The side, built where it is a commit; raises as Repository.build does."""
    if not commit:
        return Side(asked, Path(asked).resolve())
    return Side(asked, here().build(commit, wake, say), commit)


def alike(base: Side, new: Side) -> str:
    """What makes them one and the same, "" where nothing does."""
    if base.commit and base.commit == new.commit:
        return "one commit"
    return "binaries of one content" if base.digest() == new.digest() else ""
