"""What is compared: two git refs, or two binaries."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.measuring.duet import builds
from scripts.measuring.usage import UsageError


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
    """Of each side ("BASE", "NEW"), the commit that it names; "" where it is a file. Raises UsageError on neither."""
    found = {}
    for name, text in asked.items():
        if Path(text).is_file():
            found[name] = ""
        elif commit := builds.here().commit(text):
            found[name] = commit
        else:
            raise UsageError(f"{name}: '{text}' is neither a file nor a commit of {builds.here().root}")
    return found


def resolve(asked: str, commit: str, wake: int, say: Callable[[str], None]) -> Side:
    """The side, built where it is a commit; raises as Repository.build does."""
    if not commit:
        return Side(asked, Path(asked).resolve())
    return Side(asked, builds.here().build(commit, wake, say), commit)


def alike(base: Side, new: Side) -> str:
    """What makes them one and the same, "" where nothing does."""
    if base.commit and base.commit == new.commit:
        return "one commit"
    return "binaries of one content" if base.digest() == new.digest() else ""
