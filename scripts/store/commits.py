"""What a git repository says of the commits that were measured."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.store.values import Commit, sha256

_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")  # git sets them for hooks; here they would mislead it
_BRANCHES = (
    "GITHUB_HEAD_REF",
    "GITHUB_REF_NAME",
    "CI_COMMIT_REF_NAME",
)  # CI checks commits out, not branches
_CLONED = re.compile(r"([^/:]+?)(?:\.git)?/*$")


@dataclass(frozen=True)
class Repository:
    """That of a directory, if it is in one."""

    directory: Path

    def git(self, *arguments: str) -> str:
        """What git answers; "" where it fails, or is not there."""
        environment = {key: value for key, value in os.environ.items() if key not in _HOOKS}
        command = ["git", "-C", str(self.directory), *arguments]
        try:
            ended = subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
            )
        except OSError:
            return ""
        return ended.stdout.strip() if ended.returncode == 0 else ""

    def resolve(self, revision: str) -> str:
        """The commit in full; "" where there is no such commit here."""
        asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        return self.git(*asked) if revision else ""

    @property
    def dirty(self) -> bool:
        return bool(self.git("status", "--porcelain", "--untracked-files=no"))

    @property
    def name(self) -> str:
        """That of what it was cloned from, else of its directory; "" where there is none."""
        common = self.git("rev-parse", "--path-format=absolute", "--git-common-dir")
        place = self.git("config", "--get", "remote.origin.url") or common.removesuffix("/.git")
        found = _CLONED.search(place)
        return found[1] if found else ""

    def branch(self, sha: str, environment: Mapping[str, str]) -> str:
        """The one that is checked out, if at this commit; "" where none is."""
        named = next((environment[key] for key in _BRANCHES if environment.get(key)), "")
        here = self.resolve("HEAD") == sha
        return (named or self.git("symbolic-ref", "--short", "--quiet", "HEAD")) if here else ""

    def commit(self, sha: str) -> Commit:
        """Unknown in all but its name, where it is none of this repository. A shallow clone has no height: history ends
        anywhere there."""
        header = self.git("cat-file", "commit", sha).partition("\n\n")[0]
        if not header:
            return Commit(sha, None, None, None)
        parents = tuple(re.findall(r"^parent ([0-9a-f]+)$", header, re.M))
        when = re.search(r"^committer .* (-?\d+) [-+]\d{4}$", header, re.M)
        shallow = self.git("rev-parse", "--is-shallow-repository") != "false"
        height = "" if shallow else self.git("rev-list", "--first-parent", "--count", sha)
        return Commit(
            sha, parents, float(when[1]) if when else None, int(height) if height.isdecimal() else None
        )

    def source(self, sha: str, paths: tuple[str, ...]) -> str:
        """Of what stands at those paths in a commit, from its top: another one where any of it changes. "" where there is
        nothing."""
        found = [self.git("rev-parse", "--verify", "--quiet", f"{sha}:{path}") for path in paths]
        return sha256(found) if any(found) else ""
