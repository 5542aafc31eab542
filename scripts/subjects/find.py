"""Which subject is meant."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from scripts.analysis.text import listed
from scripts.measuring.subject import Subject
from scripts.measuring.usage import UsageError
from scripts.subjects import benchmark, builtin
from scripts.subjects.recognise import recognise

BUILT_IN = "built-in"
# Each has TITLE, add_flags() and make().
KINDS: dict[str, ModuleType] = {BUILT_IN: builtin, "benchmark": benchmark}


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Those of every kind of subject, each kind by itself."""
    what = "a Google Benchmark program (default: the built-in workloads)"
    parser.add_argument("subject", nargs="?", type=Path, metavar="SUBJECT", help=what)
    kinds = [kind for kind in KINDS if kind != BUILT_IN]
    parser.add_argument(
        "--as", dest="kind", choices=kinds, help="what SUBJECT is (default: by what is in it)"
    )
    for module in KINDS.values():
        module.add_flags(parser.add_argument_group(module.TITLE).add_argument)


def find(arguments: argparse.Namespace, words: Sequence[str] = ()) -> Subject:
    """The subject that the arguments of a run ask for; `words` are what stood behind "--". Raises UsageError."""
    kind = BUILT_IN
    if path := getattr(arguments, "subject", None):
        kind = arguments.kind or recognise(path)
        if kind not in KINDS:
            raise UsageError(f"SUBJECT: {path} is a {kind}, and what is measured is {listed([*KINDS])}")
    _require_own(kind, arguments)
    found: Subject = KINDS[kind].make(arguments, words)
    return found


def of_side(arguments: argparse.Namespace, built: Path) -> tuple[Subject, Path]:
    """The subject that one build is, by the arguments of a duet, and the binary that knows this machine."""
    own = argparse.Namespace(**{**vars(arguments), "bench": built})
    return find(own), own.bench


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
