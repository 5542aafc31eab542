"""Which CPUs the workers of a cell get, the same for every executor, and whether they have kept to them.

Placement comes from outside: the process is started on its CPUs, and what runs in it inherits them. Worker counts have to
be known by then: within the process, the effective CPUs are no more than these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def cpus_for(workers: int, order: Sequence[int]) -> tuple[int, ...]:
    """A CPU for each worker, by the binary's own order of preference; all where there are more workers than CPUs."""
    return tuple(order[: max(1, workers)])


def wrong(cpus: Sequence[int], context: Mapping[str, Any]) -> str | None:
    """Why a process that was started on these CPUs has not run there, by what the kernel told it at its end; or nothing."""
    found = context.get("affinity")
    if not isinstance(found, list):
        return f"started on CPUs {_listed(cpus)}, but the process does not tell where it ran"
    if set(found) == set(cpus):
        return None
    return (
        f"started on CPUs {_listed(cpus)}, but it ended on {_listed(found)}: these were refused, or a runtime has moved"
        " it; unset OMP_PROC_BIND, OMP_PLACES and GOMP_CPU_AFFINITY, and look at the cgroup's cpuset"
    )


def _listed(cpus: Sequence[int]) -> str:
    return ",".join(map(str, sorted(cpus))) or "none"
