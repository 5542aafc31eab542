"""Commands as people write them, with places for values: "OMP_NUM_THREADS={workers} ./app --size={size}"."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path

from scripts.measuring.usage import UsageError, did_you_mean

_BRACES = re.compile(r"\{\{|\}\}|\{([A-Za-z_]\w*)\}|[{}]", re.ASCII)
_QUOTING = {  # what shlex says
    "No closing quotation": "a quote is not closed",
    "No escaped character": "nothing follows its last backslash",
}


@dataclass(frozen=True)
class Template:
    """A command with places for values: words, or one text for a shell."""

    flag: str  # that it was given by, for messages
    text: str
    words: tuple[str, ...]
    shell: bool = False

    @property
    def names(self) -> frozenset[str]:
        """Of the values that it has places for."""
        return frozenset(
            found[1] for word in self.words for found in _BRACES.finditer(word) if found[1] is not None
        )

    def require(self, known: Collection[str]) -> None:
        """Raises UsageError on a place for a value that is not known."""
        for name in sorted(self.names - set(known)):
            accepted = ", ".join(f"{{{each}}}" for each in known) or "none"
            raise UsageError(
                f"{self}: nothing is called {{{name}}}{did_you_mean(name, known)}; known: {accepted}; a brace is"
                " written {{ or }}"
            )

    def fill(self, values: Mapping[str, str]) -> list[str]:
        """The words to start it by, assignments to variables first. A value is one word, or a part of one,
        whatever is in it."""

        def place(found: re.Match[str]) -> str:
            if found[1] is None:
                return found[0][0]
            value = values[found[1]]
            return shlex.quote(value) if self.shell else value

        words = [_BRACES.sub(place, word) for word in self.words]
        return ["/bin/sh", "-c", *words] if self.shell else words

    def __str__(self) -> str:
        return f"{self.flag} {self.text}".strip()


def of_text(flag: str, text: str, shell: bool = False) -> Template:
    """A command in one text, split as a shell would without being one, or for a shell. Raises UsageError."""
    if shell:
        return _checked(Template(flag, text, (text,) if text.strip() else (), shell))
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"{flag} {text}: {_QUOTING.get(str(error), error)}") from error
    return _checked(Template(flag, text, tuple(words)))


def of_words(flag: str, words: Sequence[str]) -> Template:
    """A command in the words that a shell has made. Raises UsageError."""
    return _checked(Template(flag, " ".join(words), tuple(words)))


def _checked(template: Template) -> Template:
    if not (template.words if template.shell else command(template.words)):
        raise UsageError(f"{template}: no command is given")
    for word in template.words:
        for found in _BRACES.finditer(word):
            if found[0] in ("{", "}"):
                near = word[max(0, found.start() - 10) : found.end() + 10]
                raise UsageError(
                    f"{template}: a single {found[0]} in '{near}'; write {2 * found[0]} for a brace, {{NAME}} for a value"
                )
    return template


def variables(words: Sequence[str]) -> dict[str, str]:
    """The leading NAME=VALUE of a command."""
    leading = words[: len(words) - len(command(words))]
    return {name: value for name, _, value in (word.partition("=") for word in leading)}


def command(words: Sequence[str]) -> list[str]:
    """Its words after these; what benchmarks/fanout_time.cpp takes for one is one here."""

    def assigns(word: str) -> bool:
        name, equals, _ = word.partition("=")
        return bool(name and equals) and "/" not in name

    return list(dropwhile(assigns, words))


def name_of(words: Sequence[str]) -> str:
    """Of its program; "" where the values leave none."""
    return next(iter(command(words)), "")


def program(words: Sequence[str]) -> Path | None:
    """The file that it executes; None where there is none."""
    path = variables(words).get("PATH", os.environ.get("PATH", os.defpath))
    found = shutil.which(name_of(words), path=path)
    return Path(found).absolute() if found else None
