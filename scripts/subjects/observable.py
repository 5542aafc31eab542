"""Which subjects' workers can be observed: those of fanout-bench."""

from __future__ import annotations

from dataclasses import replace

from scripts.measuring import catalogue
from scripts.measuring.subject import Subject
from scripts.measuring.usage import UsageError
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
