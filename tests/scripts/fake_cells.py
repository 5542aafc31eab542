"""What a fake fanout-bench can run: its workloads and executors, the list of them, and its cells."""

from __future__ import annotations

import fnmatch
import itertools
import math
import os
import sys

TYPE_CHECKING = False  # typing's own is slow to load, and this is loaded a thousand times
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, NoReturn

Flags = dict[str, str]

WORKLOADS: dict[str, dict[str, Any]] = {
    "math": {"waits": False, "parameters": {"kernel": ["primes", "pi"], "tasks": "8"}},
    "sleep": {"waits": True, "parameters": {"duration": "20ms"}},
    "spin": {"waits": False, "parameters": {"rate": "0"}},
}
EXECUTORS = [
    "serial",
    "pool",
    "orphan",
    "segv",
    "exit1",
    "exit137",
    "torn",
    "nan",
    "silent",
    "receipt",
    "absent",
    "killed",
    "loop",
    "hang",
    "wander",
]
OWN: dict[str, dict[str, Any]] = {"loop": {"in_flight": "all"}}  # the parameters of executors
BRIEF = {"duration": "1ms"}
ROLES = ("tasks", "duration", "in_flight")
OPTIONAL = (os.environ.get("FAKE_OPTIONAL") or "").split(",")  # what is not part of the default run


def catalogue() -> dict[str, Any]:
    def parameter(name: str, value: str | list[str]) -> dict[str, Any]:
        choice = isinstance(value, list)
        return {
            "name": name,
            "help": "",
            "type": "choice" if choice else "text",
            "unit": "",
            "default": value[0] if isinstance(value, list) else value,
            "brief": BRIEF.get(name, ""),
            "role": name if name in ROLES else "",
            "choices": value if choice else [],
            "named": name != "rate",
        }

    return {
        "effective_cpus": float(os.environ.get("FAKE_CPUS", "2")),
        "cpus": sorted(os.sched_getaffinity(0)),
        "version": "0",
        "workloads": [
            {
                "name": name,
                "help": "",
                "waits": entry["waits"],
                "standard": name not in OPTIONAL,
                "parameters": [parameter(*p) for p in entry["parameters"].items()],
            }
            for name, entry in WORKLOADS.items()
        ],
        "executors": [
            {
                "name": name,
                "missing": "library" if name == "absent" else "",
                "standard": name not in OPTIONAL,
                "parameters": [parameter(*p) for p in OWN.get(name, {}).items()],
            }
            for name in EXECUTORS
        ],
    }


def usage(message: str) -> NoReturn:
    sys.stderr.write(f"fanout-bench: {message}\n")
    sys.exit(2)


def chosen(patterns: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if any(fnmatch.fnmatchcase(name, p) for p in patterns.split(","))]


def values(owner: str, parameters: dict[str, Any], settings: Flags) -> list[list[tuple[str, str]]]:
    """The values of each parameter, by commas."""
    found = []
    for name, default in parameters.items():
        default = default[0] if isinstance(default, list) else default
        given = settings.get(f"{owner}.{name}", default).split(",")
        if "bad" in given:
            usage(f"--set={owner}.{name}: 'bad' is not accepted")
        found.append([(name, value) for value in given])
    return found


def number(text: str) -> float | str:
    """In SI units."""
    digits = text.removesuffix("ms")
    return float(digits) * (1e-3 if digits != text else 1) if digits.isdecimal() else text


def cell(
    workload: str, executor: str, count: str, own: list[tuple[str, str]], parameters: list[tuple[str, str]]
) -> dict[str, Any]:
    if not count.isdecimal():
        usage(f"--workers: '{count}' is not a count")
    named = [f"{name}:{value}" for name, value in parameters if name != "rate"]
    variant = "".join(f"@{value}" for name, value in own if value != OWN[executor][name])
    typed = {name: number(value) for name, value in parameters}
    settings = [(workload, *p) for p in parameters] + [(executor, *p) for p in own]
    return {
        "name": "/".join([workload, executor, f"workers:{count}", *(f"{n}:{v}" for n, v in own), *named]),
        "case": "/".join([workload, *named]),
        "workload": workload,
        "executor": executor,
        "contender": executor + variant,
        "kind": "serial" if executor == "serial" else "threads",
        "family": "serial" if executor == "serial" else "pool",
        "waits": WORKLOADS[workload]["waits"],
        "workers": int(count),
        "lifecycle": "warm",
        "parameters": typed,
        "roles": {name: value for name, value in typed.items() if name in ROLES},
        "executor_parameters": {name: None if value == "all" else number(value) for name, value in own},
        "executor_roles": {name: None if value == "all" else number(value) for name, value in own},
        "arguments": [
            f"--workloads={workload}",
            f"--executors={executor}",
            f"--workers={count}",
            *(f"--set={owner}.{name}={value}" for owner, name, value in settings),
        ],
    }


def cells(flags: Flags, settings: Flags) -> Iterator[dict[str, Any]]:
    for workload in chosen(flags["workloads"], WORKLOADS):
        of_workload = values(workload, WORKLOADS[workload]["parameters"], settings)
        for executor in chosen(flags["executors"], EXECUTORS):
            of_executor = values(executor, OWN.get(executor, {}), settings)
            most = str(math.ceil(float(os.environ.get("FAKE_CPUS", "2"))))
            counts = ["1"] if executor == "serial" else flags["workers"].replace("max", most).split(",")
            for count in counts:
                for own in itertools.product(*of_executor):
                    for parameters in itertools.product(*of_workload):
                        yield cell(workload, executor, count, list(own), list(parameters))
