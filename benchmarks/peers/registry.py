"""What there is: workloads and executors, one module each in their folders, and the interpreter.

A module is loaded when it is asked for: whatever a process has loaded makes every fork of it dearer, so that a cell
must not pay for its neighbours' libraries.
"""

import importlib
import pkgutil
import platform
import sys
from typing import Any

from benchmarks.peers import executors, workloads
from benchmarks.peers.executor import Executor
from benchmarks.peers.workload import Workload

FAMILY = "python"  # of all executors
_PREFIX = "py_"  # of all executors' names


def workload_names() -> list[str]:
    return sorted(found.name for found in pkgutil.iter_modules(workloads.__path__))


def executor_names() -> list[str]:
    return sorted(_PREFIX + found.name for found in pkgutil.iter_modules(executors.__path__))


def workload(name: str) -> type[Workload]:
    peer: type[Workload] = importlib.import_module(f"{workloads.__name__}.{name}").Peer
    return peer


def executor(name: str) -> type[Executor]:
    peer: type[Executor] = importlib.import_module(f"{executors.__name__}.{name[len(_PREFIX):]}").Peer
    return peer


def interpreter() -> dict[str, Any]:
    """Version, implementation, and whether the global interpreter lock is on, which lets one thread run at a time."""
    return {
        "version": platform.python_version(),
        "implementation": platform.python_implementation(),
        "compiler": platform.python_compiler(),
        "gil": bool(getattr(sys, "_is_gil_enabled", lambda: True)()),
    }


def tag() -> str:
    """ "3.11"; "3.13t" where threads run freely."""
    return f"{sys.version_info.major}.{sys.version_info.minor}" + ("" if interpreter()["gil"] else "t")


def words() -> str:
    """The interpreter in a line."""
    known = interpreter()
    return f"{known['implementation']} {known['version']}, GIL {'on' if known['gil'] else 'off'}"


def listing() -> dict[str, Any]:
    """All of it, with the fields of fanout-bench's --list=json."""
    doors = {"forks": False, "submits": False}
    same: dict[str, Any] = {"family": FAMILY, "library": words(), "missing": "", "parameters": [], **doors}
    fields = ("help", "kind", "memory", "standard", "idle")
    peers = {name: executor(name) for name in executor_names()}
    own = {name: {key: getattr(peer, key) for key in fields} for name, peer in peers.items()}
    return {
        "tag": tag(),
        "words": words(),
        "workloads": [{"name": name} for name in workload_names()],
        "executors": [{"name": name, **own[name], **same} for name in peers],
    }
