"""Which results may be set beside each other: what of a results file's context is its class of machine and of build.

What merely varies (MHz, load, the kernel's release, the host's name) is in the context, and in no class.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from scripts.analysis.comparable import UNKNOWN, effective_cpus, one_process
from scripts.store.values import Build, Machine, canonical

PYTHON = "python"  # the family of the peers
_GIB = 1 << 30


def machine(context: Mapping[str, Any], name: str = "") -> Machine:
    """`name` stands for the CPU's model where the results do not say it."""
    model = _text(context, "cpu_model")
    return Machine(
        cpu_model=model or name,
        architecture=_text(context, "architecture"),
        effective_cpus=effective_cpus(context),
        smt=_text(context, "smt"),
        governor=_text(context, "governor"),
        virtualisation=_text(context, "virtualisation"),
        memory=memory_class(context.get("memory")),
        caches="" if model else canonical(context.get("caches", [])),
    )


def memory_class(size: Any) -> float | None:
    """GiB for bytes, rounded up to a power of two or one and a half: the kernel keeps some per cent to itself, more or less
    with each release. None where it is unknown."""
    if not isinstance(size, (int, float)) or isinstance(size, bool) or size <= 0:
        return None
    below = 2.0 ** math.floor(math.log2(size / _GIB))
    return next(step for step in (below, 1.5 * below, 2 * below) if size / _GIB <= step)


def build(context: Mapping[str, Any], cell: Mapping[str, Any], source: str = "") -> Build:
    """Of a cell: another executor's library is none of its business, nor is what steers an interpreter that it has not."""
    libraries = _object(context, "executors")
    library = _text(libraries, cell["contender"]) or _text(libraries, cell["executor"])
    python = cell["family"] == PYTHON
    variables = _object(context, "environment").items()
    steering = {key: value for key, value in variables if key.startswith("PYTHON") == python}
    pinned = context.get("pinned")
    return Build(
        compiler=_text(context, "compiler"),
        flags=_text(context, "flags"),
        build_type=_text(context, "build_type"),
        library=library,
        environment=canonical(steering),
        seed=_text(context, "seed"),
        pinned=pinned if isinstance(pinned, bool) else None,
        sampling="repetitions" if one_process(context) else "processes",
        source=source,
    )


def changes(before: Machine | Build, after: Machine | Build) -> list[str]:
    """The facts in which two classes differ."""
    old, new = asdict(before), asdict(after)
    return [key for key in old if old[key] != new[key]]


def _text(facts: Mapping[str, Any], key: str) -> str:
    value = facts.get(key)
    return "" if value in UNKNOWN else value if isinstance(value, str) else canonical(value)


def _object(context: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = context.get(key)
    return found if isinstance(found, dict) else {}
