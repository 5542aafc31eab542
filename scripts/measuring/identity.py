"""What a run is, so that a run that goes on is still the same one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from scripts.analysis.comparable import BUILD, MACHINE
from scripts.measuring.peers import PROGRAM, Peers
from scripts.measuring.plan import Plan
from scripts.measuring.profile import Profile
from scripts.measuring.sample import Json


def identity(
    bench: Path, peers: Iterable[Peers], plan: Plan, profile: Profile, seed: int, cpus: float
) -> Json:
    """All on which a sample depends, beside the machine."""
    server = bench.with_name("fanout-server")  # what http fetches from
    programs = {path.name: _hash([path]) for path in (bench, server) if path.exists()}
    for each in peers:
        programs[f"{PROGRAM.stem} under {each.words}"] = _hash(sorted(PROGRAM.parent.rglob("*.py")))
    return {
        "programs": programs,
        "seed": seed,
        "effective CPUs": cpus,
        "settings": [*plan.settings, *profile.arguments()],
        "cells": [cell.name for block in plan.blocks for cell in block.cells],
    }


def of_machine(context: Json) -> Json:
    """What has to stay as it is while one run is measured, of what a process of the binary says of machine and build;
    without the effective CPUs, of which a pinned process sees its own alone."""
    keys = {*MACHINE, *BUILD, "environment"} - {"effective_cpus"}
    return {key: value for key, value in context.items() if key in keys}


def _hash(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def differences(then: Json, now: Json) -> list[str]:
    """What is not as it was, a sentence each."""
    found = []
    for key, value in now.items():
        before = then.get(key)
        if before == value:
            continue
        if isinstance(value, list):
            found += _lists(key, before if isinstance(before, list) else [], value)
        elif isinstance(value, dict):
            old = before if isinstance(before, dict) else {}
            found += [
                f"{name}: {old.get(name, 'absent')} then, {value.get(name, 'absent')} now"
                for name in [*value, *(old.keys() - value.keys())]
                if old.get(name) != value.get(name)
            ]
        else:
            found.append(f"{key}: {before} then, {value} now")
    return found


def _lists(key: str, then: list[str], now: list[str]) -> list[str]:
    gone = [name for name in then if name not in now]
    new = [name for name in now if name not in then]
    found = [f"{key}: {len(gone)} no more, such as {gone[0]}"] if gone else []
    found += [f"{key}: {len(new)} new, such as {new[0]}"] if new else []
    return found or [f"{key}: in another order"]
