"""The subject that one side of a duet is."""

from __future__ import annotations

import argparse
from pathlib import Path

from scripts.measuring.duet.setup import Make
from scripts.measuring.duet.sides import Side
from scripts.measuring.subject import Subject
from scripts.measuring.usage import UsageError
from scripts.subjects.find import BUILT_IN, COMMAND, of_kind
from scripts.subjects.recognise import recognise


def maker(arguments: argparse.Namespace) -> Make:
    return lambda side: of_side(arguments, side)


def of_side(arguments: argparse.Namespace, side: Side) -> tuple[Subject, Path]:
    """By the arguments of the duet; with the binary that knows this machine. What no project has built, and is of no kind that
    is seen or given, has the flags of fanout-bench."""
    kind = COMMAND if side.command else arguments.kind or (arguments.project and arguments.project.kind)
    if not kind:
        try:
            kind = recognise(side.binary)
        except UsageError:
            if arguments.project and side.commit:
                raise
            kind = BUILT_IN
    own: dict[str, object] = {"bench": side.binary} if kind == BUILT_IN else {"subject": side.binary}
    if side.command:  # the paths of both sides differ, and the names of cells shall not
        own["label"] = arguments.label or [arguments.project.label if side.commit else COMMAND]
    asked = argparse.Namespace(**{**vars(arguments), **own})
    return of_kind(kind, asked, side.command), asked.bench
