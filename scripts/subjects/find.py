"""Which subject is meant."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from types import ModuleType

from scripts.measuring.subject import Subject
from scripts.measuring.usage import UsageError
from scripts.subjects import builtin

KINDS: dict[str, ModuleType] = {"built-in": builtin}  # each has TITLE, add_flags() and make()


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Those of every kind of subject, each kind by itself."""
    for module in KINDS.values():
        module.add_flags(parser.add_argument_group(module.TITLE).add_argument)


def find(arguments: argparse.Namespace, words: Sequence[str] = ()) -> Subject:
    """The subject that the arguments of a run ask for; `words` are what stood behind "--". Raises UsageError."""
    kind = "built-in"
    _require_own(kind, arguments)
    found: Subject = KINDS[kind].make(arguments, words)
    return found


def _require_own(kind: str, arguments: argparse.Namespace) -> None:
    """Raises UsageError on a flag that the subject would ignore."""
    for other, module in KINDS.items():
        parser = argparse.ArgumentParser(add_help=False)
        module.add_flags(parser.add_argument)
        for name, default in vars(parser.parse_args([])).items():
            if other != kind and getattr(arguments, name) != default:
                flag = f"--{name.replace('_', '-')}"
                raise UsageError(
                    f"{flag} is for {module.TITLE}; what is to be measured here is {KINDS[kind].TITLE}"
                )
