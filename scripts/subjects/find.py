"""Which subject is meant."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from scripts.measuring.subject import Subject
from scripts.measuring.usage import UsageError
from scripts.subjects import benchmark, builtin, command, plugin, recognise

BUILT_IN, COMMAND = "built-in", "command"
# Each has TITLE, add_flags() and make(), and EXTENDS where it takes another's flags too.
KINDS: dict[str, ModuleType] = {
    BUILT_IN: builtin,
    "plug-in": plugin,
    "benchmark": benchmark,
    COMMAND: command,
}


def add_subject(parser: argparse.ArgumentParser) -> None:
    """What a run measures, and the flags of every kind of subject."""
    what = "a plug-in (.cpp, .c, .so) or a Google Benchmark program; a command stands behind -- (default: the built-in workloads)"
    parser.add_argument("subject", metavar="SUBJECT", nargs="?", type=Path, help=what)
    add_flags(parser)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Those of every kind of subject, each kind by itself."""
    kinds = "what kind a file is, where that cannot be seen"
    parser.add_argument("--as", dest="kind", choices=recognise.KINDS, help=kinds)
    for module in KINDS.values():
        module.add_flags(parser.add_argument_group(module.TITLE).add_argument)


def find(arguments: argparse.Namespace, words: Sequence[str] = ()) -> Subject:
    """The subject that the arguments of a run ask for; `words` are what stood behind "--". Raises UsageError."""
    path: Path | None = arguments.subject
    if arguments.kind and not path:
        raise UsageError(f"--as={arguments.kind}: there is no SUBJECT whose kind it could be")
    if path and (words or arguments.command):
        raise UsageError(f"{path} and a command: one subject at a time")
    if path:
        return of_kind(arguments.kind or recognise.recognise(path), arguments)
    return of_kind(COMMAND if words or arguments.command else BUILT_IN, arguments, words)


def of_kind(kind: str, arguments: argparse.Namespace, words: Sequence[str] = ()) -> Subject:
    """Raises UsageError, also on a flag that the subject would ignore."""
    own = (KINDS[kind], getattr(KINDS[kind], "EXTENDS", None))
    for module in KINDS.values():
        if module in own:
            continue
        parser = argparse.ArgumentParser(add_help=False)
        module.add_flags(parser.add_argument)
        for name, default in vars(parser.parse_args([])).items():
            if getattr(arguments, name) != default:
                flag = f"--{name.replace('_', '-')}"
                raise UsageError(
                    f"{flag} is for {module.TITLE}; what is to be measured here is {KINDS[kind].TITLE}"
                )
    found: Subject = KINDS[kind].make(arguments, words)
    return found
