"""The two sides of a duet: commits, programs or commands."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.measuring import template
from scripts.measuring.duet.builds import here
from scripts.measuring.duet.recipe import Recipe
from scripts.measuring.usage import UsageError


@dataclass(frozen=True)
class Side:
    """One build: as the user named it, its program, its commit ("" where it is none), and the command that it is, if any."""

    asked: str
    binary: Path
    commit: str = ""
    command: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        if not self.commit:
            return self.asked
        short = self.commit[:12]
        return short if self.commit.startswith(self.asked) else f"{self.asked} ({short})"

    def digest(self) -> str:
        """The SHA-256 of the binary, in hexadecimal."""
        return hashlib.sha256(self.binary.read_bytes()).hexdigest()


def commits(asked: dict[str, str], recipe: Recipe | None = None) -> dict[str, str]:
    """Of each side ("BASE", "NEW"), the commit that it names; "" where it is a file. Raises UsageError on
    neither."""
    found = {}
    for name, text in asked.items():
        if Path(text).is_file():
            found[name] = ""
        elif commit := here(recipe).commit(text):
            found[name] = commit
        else:
            raise UsageError(f"{name}: '{text}' is neither a file nor a commit of {here(recipe).root}")
    return found


def resolve(
    asked: str, commit: str, wake: int, say: Callable[[str], None], recipe: Recipe | None = None
) -> Side:
    """The side, built where it is a commit; raises as Repository.build does."""
    if not commit:
        return Side(asked, Path(asked).resolve())
    made = here(recipe).build(commit, wake, say)
    return Side(asked, Path(made[0]), commit, tuple(made) if recipe and recipe.command else ())


def of_command(text: str) -> Side:
    """One that is a command, with places for values. Raises UsageError where there is no such program."""
    words = template.of_text("", text).words
    if (program := template.program(words)) is None:
        raise UsageError(f"'{text}': there is no program {template.name_of(words)}")
    return Side(text, program.resolve(), "", words)


def alike(base: Side, new: Side) -> str:
    """What makes them one and the same, "" where nothing does."""
    if base.commit and base.commit == new.commit:
        return "one commit"
    same = base.digest() == new.digest() and base.command[1:] == new.command[1:]
    return "binaries of one content" if same else ""
