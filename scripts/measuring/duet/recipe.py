"""How a commit becomes what is measured."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Recipe:
    """Commands in the words of a shell, one after the other; {source} stands for the worktree, {build} for a directory that is
    kept. `product` is the file, or the command, that they make."""

    steps: Sequence[Sequence[str]]
    product: Sequence[str]
    unread: frozenset[
        str
    ] = frozenset()  # what at the top of a commit changes nothing of it, beside hidden files and .md
    command: bool = False  # whether the product is a command, not a file of a kind that is seen
    inside: str = ""  # the place of {build} in the worktree; "" for one beside it

    def build(self, tree: Path) -> Path:
        return tree / self.inside if self.inside else tree.with_name(f"{tree.name}.build")

    def filled(self, words: Sequence[str], tree: Path) -> list[str]:
        """Other braces stay as they are: a command has places of its own."""
        places = {"{source}": str(tree), "{build}": str(self.build(tree))}
        found = list(words)
        for name, path in places.items():
            found = [word.replace(name, path) for word in found]
        return found

    def made(self, tree: Path) -> list[str]:
        return self.filled(self.product, tree)

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr((self.steps, self.product)).encode()).hexdigest()

    def concerns(self, name: str) -> bool:
        """Whether a file or folder at the top of a commit is of its sources."""
        return not self.unread or not (name in self.unread or name.startswith(".") or name.endswith(".md"))


OWN = Recipe(
    (
        ("cmake", "-S", "{source}", "--preset", "release"),
        ("cmake", "--build", "{build}", "--target", "fanout-bench"),
    ),
    ("{build}/fanout-bench",),
    frozenset({"docs", "plots", "results", "scripts", "tests", "LICENSE", "pyproject.toml"}),
    inside="build/release",
)  # of Fanout's own repository
