"""The workloads and executors that there are: one module each in their folders.

A module is loaded when it is asked for: whatever a process has loaded makes every fork of it dearer, so that a cell
must not pay for its neighbours' libraries.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import List, Type

from benchmarks.peers import executors, workloads
from benchmarks.peers.executor import Executor
from benchmarks.peers.workload import Workload

_PREFIX = "py_"  # of all executors' names


def workload_names() -> List[str]:
    return sorted(found.name for found in pkgutil.iter_modules(workloads.__path__))


def executor_names() -> List[str]:
    return sorted(_PREFIX + found.name for found in pkgutil.iter_modules(executors.__path__))


def workload(name: str) -> Type[Workload]:
    peer: Type[Workload] = importlib.import_module(f"{workloads.__name__}.{name}").Peer
    return peer


def executor(name: str) -> Type[Executor]:
    peer: Type[Executor] = importlib.import_module(f"{executors.__name__}.{name[len(_PREFIX):]}").Peer
    return peer
