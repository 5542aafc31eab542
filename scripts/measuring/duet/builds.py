"""Git commits, built in worktrees of their own, which are kept."""

from __future__ import annotations

import fcntl
import hashlib
import os
import select
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.analysis.text import printable
from scripts.machine import leftovers, places
from scripts.measuring import process
from scripts.measuring.duet.recipe import OWN, Recipe
from scripts.measuring.usage import UsageError

_PATIENCE = 3600.0  # seconds for one step of a build
_SHOWN = 20  # lines of one that failed
_NOTE, _BUILT = ".building", ".built"  # behind the name of a worktree
_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")  # git sets them for hooks; here they would mislead it


@dataclass(frozen=True)
class Repository:
    """A git repository with the worktrees that are built in it, each named after its commit in full.

    So both sides' paths are of one length: they end up in binaries and environments, and would move what they
    hold.
    """

    root: Path
    recipe: Recipe
    directory: Path  # of the worktrees

    def commit(self, ref: str) -> str | None:
        """The commit that a ref names, in full; None where it names none."""
        try:
            return _git(
                self.root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
            )
        except UsageError:
            return None

    def require(self, ref: str) -> str:
        """The commit in full. Raises UsageError."""
        if commit := self.commit(ref):
            return commit
        raise UsageError(f"{ref} is no commit of {self.root}")

    def merge_base(self, branch: str) -> str:
        """Where HEAD branched off; the commit before HEAD, where it is on that branch itself. Raises UsageError."""
        found = _git(self.root, "merge-base", branch, "HEAD")
        return self.require("HEAD^") if found == self.require("HEAD") else found

    def build(self, commit: str, wake: int, say: Callable[[str], None]) -> list[str]:
        """What the recipe makes of a commit, or of one with the same sources: what is built already is not built again.

        Raises UsageError where it cannot be built, KeyboardInterrupt when `wake` is readable.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        with self._alone(wake, say), self._under_way(commit := self._built(commit)):
            tree = self.directory / commit
            if not _checked_out(tree, commit):
                self._check_out(tree, commit)
            made, note = self.recipe.made(tree), self._note(commit)
            if not (note.exists() and note.read_text() == self.recipe.digest and Path(made[0]).exists()):
                say(f"building {commit[:12]}")
                self.recipe.build(tree).mkdir(parents=True, exist_ok=True)
                for step in self.recipe.steps:
                    _step(commit, wake, tree, self.recipe.filled(step, tree))
                if not Path(made[0]).exists():
                    raise UsageError(f"{commit[:12]} is built, but there is no {made[0]}")
                note.write_text(self.recipe.digest)
        return made

    def _note(self, commit: str) -> Path:
        """That a commit has been built, by which recipe."""
        return self.directory / f"{commit}{_BUILT}"

    def _built(self, commit: str) -> str:
        """The commit itself, or another one that is built already from the same sources."""
        sources = self._sources(commit)
        for note in sorted(self.directory.glob(f"*{_BUILT}")):
            other = note.name.removesuffix(_BUILT)
            if (
                not (self.directory / commit).exists()
                and (self.directory / other).exists()
                and self.commit(other)
                and self._sources(other) == sources
            ):
                return other
        return commit

    def _sources(self, commit: str) -> list[str]:
        """What a product is built from: files and folders at the top, with their content's hashes."""
        listed = [line.partition("\t") for line in _git(self.root, "ls-tree", commit).splitlines()]
        return [what + name for what, _, name in listed if self.recipe.concerns(name)]

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
        for gone in (tree, self.recipe.build(tree)):
            if gone.exists():
                shutil.rmtree(gone)
        self._note(tree.name).unlink(missing_ok=True)
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


def here(recipe: Recipe | None = None) -> Repository:
    """The repository of the working directory, with its own recipe, or Fanout's. Raises UsageError where it is in none.

    Worktrees of other repositories are in the user's cache: theirs are not ours to write to.
    """
    root = Path(_git(Path.cwd(), "rev-parse", "--show-toplevel"))
    if recipe is None:
        return Repository(root, OWN, root / "build/duet")
    name = f"{root.name}-{hashlib.sha256(str(root).encode()).hexdigest()[:12]}"
    return Repository(root, recipe, places.cache() / "duet" / name)


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


def _step(commit: str, wake: int, tree: Path, command: Sequence[str]) -> None:
    """In the worktree. Ninja writes its errors to standard output, of which nothing is kept: it goes to standard error."""
    joined = ["/bin/sh", "-c", 'cd "$1" && shift && exec "$@" >&2', "sh", str(tree), *command]
    ended = process.run(joined, os.environ, _PATIENCE, wake)
    if ended.how == "interrupted":
        raise KeyboardInterrupt
    if ended.how == "timeout" or ended.status != 0:
        last = [printable(line) for line in ended.stderr.splitlines()[-_SHOWN:]]
        raise UsageError("\n".join([f"cannot build {commit[:12]}: {' '.join(command)}", *last]))
