"""Whether two results files come from the same machine and the same kind of build, and whether from the same code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

# What of the context a time depends on. Of the machine: the kernel schedules, forks and wakes, so another release is
# another machine. Of the build: all that turns the same source into other code. The seed makes the work itself. Neither
# the commit nor the date, which are what a comparison is about, nor the load, which changes by the minute.
MACHINE = ("cpu_model", "effective_cpus", "architecture", "kernel", "governor", "smt", "virtualisation")
BUILD = ("compiler", "flags", "build_type", "seed")
PARTS = ("executors", "pythons", "environment")  # each by name
BATCH = "batch"
UNKNOWN = ("", "unknown", None)


class Difference(NamedTuple):
    """A key of the context, the name within it where it has several, and its values."""

    key: str
    part: str
    base: Any
    new: Any


def differences(base: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Where the two contexts disagree on machine and build; what either does not know is no difference.

    Libraries and interpreters count where both files have the executor. A variable that OpenMP or oneTBB read
    counts where one side alone had set it, too.
    """
    return [
        found
        for found in _facts(base, new)
        if found.base != found.new and found.base not in UNKNOWN and found.new not in UNKNOWN
    ]


def _facts(base: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for key in MACHINE + BUILD:
        yield Difference(key, "", base.get(key), new.get(key))
    for key in PARTS:
        before, after = (side.get(key) for side in (base, new))
        if isinstance(before, dict) and isinstance(after, dict):
            unset = "unset" if key == "environment" else None
            for name in sorted(before.keys() | after.keys()):
                yield Difference(key, name, before.get(name, unset), after.get(name, unset))


def same_code(base: Mapping[str, Any], new: Mapping[str, Any]) -> Literal["", "dirty", "same"]:
    """Whether both sides are the same commit, built alike, with the same plug-in if any: then all that differs is the
    machine. "dirty" where it has changes that were not committed."""
    commit = base.get("commit")
    plugins = base.get("plugin") != new.get("plugin")
    if commit in UNKNOWN or commit != new.get("commit") or plugins or differences(base, new):
        return ""
    return "dirty" if str(commit).endswith("-dirty") else "same"


def unit(context: Mapping[str, Any]) -> str:
    """What a time is of: a batch of tasks, a run of a command, an iteration of a benchmark."""
    return str(context.get("unit", BATCH))


def one_process(context: Mapping[str, Any]) -> bool:
    """Whether the samples of each cell come from one process, which the binary repeated by itself: they vary less than
    processes do, and are one sample."""
    return "rounds" not in context


def noise_facts(context: Mapping[str, Any]) -> dict[str, Any]:
    """What the noise of a machine depends on, of a results file's context: another seed is other work, with the same
    noise."""
    keys = [key for key in MACHINE + BUILD if key != "seed"]
    return {key: context[key] for key in keys if context.get(key) not in UNKNOWN}


def effective_cpus(context: Mapping[str, Any]) -> float | None:
    """The CPUs that the run could use (affinity and quota, fractional), if the file has them."""
    cpus = context.get("effective_cpus")
    return float(cpus) if isinstance(cpus, (int, float)) and cpus > 0 else None
