"""fanout.toml: how another repository builds what is measured there, and how its gate judges."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from scripts.measuring.duet.recipe import Recipe
from scripts.measuring.template import variables
from scripts.measuring.usage import UsageError, did_you_mean

NAME = "fanout.toml"
BUILD = ("command", "subject", "as")
TABLES = ("build", "gate", "run")
COMMAND = "command"  # the kind that a subject has which is no file


@dataclass(frozen=True)
class Project:
    path: Path
    text: str
    recipe: Recipe
    kind: str  # as --as has it; "" for what is seen
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Of what is built, wherever."""
        return " ".join(self.recipe.product).replace("{build}/", "").replace("{source}/", "")

    def flags(self, table: str, known: Collection[str], others: Collection[str] = ()) -> list[str]:
        """A table as flags of a command. `known` are those of the command ("--margin"), `others` keys of the table that are none.
        Raises UsageError."""
        return [
            word
            for key, value in self.tables[table].items()
            for word in self._flag(table, key, value, known, others)
        ]

    def _flag(
        self, table: str, key: str, value: Any, known: Collection[str], others: Collection[str]
    ) -> Iterator[str]:
        if key in others:
            return
        keys = {flag.removeprefix("--") for flag in known if flag.startswith("--")} | set(others)
        if key not in keys:
            self.fail(table, key, f"nothing is called '{key}'{did_you_mean(key, keys)}")
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, bool):
                if one:
                    yield f"--{key}"
            elif isinstance(one, (str, int, float)):
                yield f"--{key}={one}"
            else:
                self.fail(table, key, f"{key} is no text, number, list or true")

    def fail(self, table: str, key: str, what: str) -> NoReturn:
        fail(self.path, self.text, table, key, what)


def fail(path: Path, text: str, table: str, key: str, what: str) -> NoReturn:
    raise UsageError(f"{path}:{line_of(text, table, key)}: {what}")


def line_of(text: str, table: str, key: str = "") -> int:
    """Of a key in a table, or of the table itself; 1 where it cannot be seen, as in a table written in one line."""
    within, found = "", 1
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line):
            within = header[1].strip("\"'")
            found = number if within == table else found
        elif within == table and key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return number
    return found


def find(directory: Path) -> Project | None:
    """The project of a directory, from its file there or above; None where there is none. Raises UsageError."""
    for place in (directory.resolve(), *directory.resolve().parents):
        if (path := place / NAME).is_file():
            return read(path)
    return None


def read(path: Path) -> Project:
    """Raises UsageError, which names the line."""
    try:
        text = path.read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # also of what is no UTF-8
        raise UsageError(f"{path}: {error}") from error
    for name, table in tables.items():
        if name not in TABLES or not isinstance(table, dict):
            fail(path, text, name, "", f"[{name}] is none of {', '.join(f'[{each}]' for each in TABLES)}")
    build = tables.get("build", {})
    for key in build:
        if key not in BUILD:
            fail(
                path,
                text,
                "build",
                key,
                f"nothing is called '{key}'{did_you_mean(key, BUILD)}; known: {', '.join(BUILD)}",
            )
    return Project(
        path,
        text,
        _recipe(path, text, build),
        str(build.get("as", "")),
        {name: tables.get(name, {}) for name in TABLES},
    )


def _recipe(path: Path, text: str, build: Mapping[str, Any]) -> Recipe:
    def words(key: str, line: Any) -> list[str]:
        try:
            found = shlex.split(line) if isinstance(line, str) else []
        except ValueError as error:
            fail(path, text, "build", key, f"{key}: {error}")
        if not found:
            fail(path, text, "build", key, f"{key} is no command, in the words of a shell")
        return found

    for key in ("command", "subject"):
        if key not in build:
            fail(path, text, "build", "", f"[build] has no {key}; fanout init writes an example")
    lines = build["command"] if isinstance(build["command"], list) else [build["command"]]
    steps = [words("command", line) for line in lines]
    product = words("subject", build["subject"])
    is_command = len(product) > 1 or build.get("as") == COMMAND
    # An assignment to a variable in front is for env: no shell reads the file.
    return Recipe(
        [["env", *step] if variables(step) else step for step in steps], product, command=is_command
    )
