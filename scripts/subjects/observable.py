"""Which subjects' workers can be observed: those of fanout-bench."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scripts.measuring import catalogue, flags
from scripts.measuring.subject import Subject
from scripts.measuring.usage import Parser, UsageError
from scripts.subjects import builtin, plugin, recognise
from scripts.subjects.builtin import Builtin

# Of a sample at least: shares of the workers' time need some turns of the scheduler.
WARMUP, MIN_TIME = 0.02, 0.1  # seconds
MIN_TIME_OF_QUOTA = 0.5  # seconds: of its periods, which are mostly 0.1 s


def not_observable(what: str) -> UsageError:
    remedy = "make the work a plug-in (scripts/fanout new), which can be"
    return UsageError(f"{what}: programs that are not Fanout's own cannot be observed; {remedy}")


def observable(subject: Subject) -> Builtin:
    """The subject with samples that are long enough. Raises UsageError where its workers cannot be observed."""
    if not isinstance(subject, Builtin):
        raise not_observable(subject.label)
    if subject.peers:
        raise UsageError("--peers: programs that are not Fanout's own cannot be observed; leave it out")
    known = catalogue.read(subject.bench)
    least = MIN_TIME_OF_QUOTA if known.effective_cpus < len(known.cpus) else MIN_TIME
    warmup, min_time = max(subject.profile.warmup, WARMUP), max(subject.profile.min_time, least)
    return replace(subject, profile=replace(subject.profile, warmup=warmup, min_time=min_time, repetitions=1))


def asked(parser: Parser, argv: Sequence[str]) -> tuple[argparse.Namespace, Builtin]:
    """The arguments, and the subject that they ask for: the parser gets the flags of those that can be observed, as those of
    other kinds would be in the way of a command's own. Raises UsageError."""
    what = "a plug-in (.cpp, .c, .so; default: the built-in workloads)"
    kinds = "what kind a file is, where that cannot be seen"
    parser.add_argument("subject", metavar="SUBJECT", nargs="?", type=Path, help=what)
    parser.add_argument("--as", dest="kind", choices=recognise.KINDS, help=kinds)
    for module in (builtin, plugin):
        module.add_flags(parser.add_argument_group(module.TITLE).add_argument)
    words, command = flags.split(argv)
    arguments = parser.parse_args(words)
    path: Path | None = arguments.subject
    if command:
        raise not_observable("a command")
    if path and (arguments.kind or recognise.recognise(path)) != "plug-in":
        raise not_observable(str(path))
    if not path and (arguments.kind or arguments.compile):
        flag = "--as" if arguments.kind else "--compile"
        raise UsageError(f"{flag} is for a plug-in; what is to be measured here is {builtin.TITLE}")
    return arguments, observable((plugin if path else builtin).make(arguments, ()))
