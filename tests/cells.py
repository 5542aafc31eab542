"""The cells of names as tests write them: `<workload>/<executor>/workers:<k>/<parameter>:<value>...`."""

from __future__ import annotations

import math
import re
from typing import Any

FAMILIES = {
    "serial": "serial",
    "pool": "pool",
    "std_thread": "std",
    "std_async": "std",
    "par": "tbb",
    "coroutines": "asio",
    "asio_pool": "asio",
    "futures": "asio",
}
UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
WAITING = ("sleep", "http")


def family(executor: str) -> str:
    name = executor.partition("@")[0]
    head = {"py": "python"}.get(name.partition("_")[0], name.partition("_")[0])
    return FAMILIES.get(name, head)


def cell_of(name: str) -> dict[str, Any]:
    """An entry of cells[]."""
    workload, executor, *parts = name.split("/")
    found = [part.split(":", 1) for part in parts if ":" in part]
    own = {key: value for key, value in found if key in ("in_flight", "grain")}
    parameters = {key: value for key, value in found if key not in ("workers", "lifecycle", *own)}
    texts = [f"{key}:{value}" for key, value in parameters.items()]
    numbers = {key: _number(value) for key, value in parameters.items()}
    variant = "".join(f"@{value}" for value in own.values() if value not in ("all", "auto"))
    workers = int(dict(found).get("workers", 1))
    weak = "scaling" in parameters
    roles = {key: numbers[key] for key in ("tasks", "duration") if key in numbers}
    typed = {key: None if value in ("all", "auto") else int(value) for key, value in own.items()}
    return {
        "name": name,
        "case": "/".join([workload, *texts]),
        "workload": workload,
        "executor": executor,
        "contender": executor + variant,
        "kind": "loop" if "in_flight" in own else "threads",
        "family": family(executor),
        "waits": workload in WAITING,
        "workers": workers,
        **({"scaling": "weak", "work": workers} if weak else {}),
        "lifecycle": dict(found).get("lifecycle", "warm"),
        "parameters": numbers,
        "roles": roles,
        "executor_parameters": typed,
        "executor_roles": typed,
    }


def _number(text: str) -> float | str:
    match = re.fullmatch(r"([0-9.]+)(ns|us|ms|s)?", text)
    if match is None:
        return text
    value = float(match.group(1)) * UNITS[match.group(2) or "s"]
    return math.floor(value) if match.group(2) is None and value.is_integer() else value
