"""Whether two results files come from the same machine and the same kind of build, and whether from the same code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scripts.analysis.summary import replication

# What of the context a time depends on. Of the machine: the kernel schedules, forks and wakes, so another release is
# another machine. Of the build: all that turns the same source into other code. The seed makes the work itself. Neither
# the commit nor the date, which are what a comparison is about, nor the load, which changes by the minute.
MACHINE = {
    "cpu_model": "CPU",
    "effective_cpus": "effective CPUs",
    "architecture": "architecture",
    "kernel": "kernel",
    "governor": "frequency governor",
    "smt": "SMT",
    "virtualisation": "virtualisation",
}
BUILD = {"compiler": "compiler", "flags": "flags", "build_type": "build type", "seed": "seed of the work"}
PARTS = {"executors": "library of", "pythons": "Python", "environment": "environment"}  # each by name
UNKNOWN = ("", "unknown", None)


def differences(base: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What the two contexts say differently of machine and build, a phrase each; what either does not say is no
    difference.

    Libraries and interpreters count where both files have the executor. A variable that OpenMP or oneTBB read
    counts where one side alone had set it, too.
    """
    return [
        f"{words}: {before} in BASE, {after} in NEW"
        for words, before, after in _facts(base, new)
        if before != after and before not in UNKNOWN and after not in UNKNOWN
    ]


def _facts(base: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for key, words in (MACHINE | BUILD).items():
        yield words, base.get(key), new.get(key)
    for key, words in PARTS.items():
        before, after = (side.get(key) for side in (base, new))
        if isinstance(before, dict) and isinstance(after, dict):
            unset = "unset" if key == "environment" else None
            for name in sorted(before.keys() | after.keys()):
                yield f"{words} {name}", before.get(name, unset), after.get(name, unset)


def same_code(base: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """A sentence where both sides are the same commit, built alike: all that differs is the machine; else ""."""
    commit = base.get("commit")
    if commit in UNKNOWN or commit != new.get("commit") or differences(base, new):
        return ""
    if str(commit).endswith("-dirty"):
        return f"Both sides are commit {commit}, with changes that no commit has: they may be the same."
    return f"Both sides are commit {commit}, built alike (A/A): what differs is the machine, not the code."


def one_process(context: Mapping[str, Any]) -> bool:
    """Whether the samples of each cell come from one process: then they are one sample."""
    return replication(dict(context)).endswith("one process")
