"""Which cells a run measures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from scripts.measuring.catalogue import Catalogue, Cell, Owner
from scripts.measuring.peers import Peers
from scripts.measuring.profile import Profile
from scripts.measuring.usage import UsageError


@dataclass(frozen=True)
class Selection:
    """What the user asked for; empty means everything that the profile has."""

    workloads: tuple[str, ...] = ()  # names or globs
    executors: tuple[str, ...] = ()
    workers: str = ""  # as the binary takes it: "1,2,max"
    settings: tuple[str, ...] = ()  # "OWNER.PARAMETER=VALUE[,VALUE...]", as the binary takes it
    seed: int = 1
    lifecycle: str = ""  # "", "warm", "cold" or "both"


@dataclass(frozen=True)
class Plan:
    cells: tuple[Cell, ...]
    settings: tuple[str, ...]  # the user's and the profile's
    left_out: tuple[str, ...]  # what the full profile would add, a phrase each

    @property
    def cases(self) -> Mapping[str, Sequence[Cell]]:
        """The cells of each case compete, so they are interleaved."""
        return by_case(self.cells)


def by_case(cells: Iterable[Cell]) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.case, []).append(cell)
    return found


def worker_counts(effective_cpus: float) -> list[int]:
    """1, 2, 4 ... up to the effective CPUs, rounded up, and then twice that."""
    top = max(1, math.ceil(effective_cpus))
    powers = [1 << n for n in range(top.bit_length()) if 1 << n < top]
    return [*powers, top, 2 * top]


def select(patterns: Sequence[str], known: Sequence[Owner], flag: str, full: bool) -> list[Owner]:
    """Those that match any of the globs, "py_pool@3.13" as "py_pool" too; without globs what is standard, or all."""

    def matches(name: str, pattern: str) -> bool:
        return fnmatchcase(name, pattern) or fnmatchcase(name.partition("@")[0], pattern)

    for pattern in patterns:
        if not any(matches(owner.name, pattern) for owner in known):
            accepted = ", ".join(owner.name for owner in known)
            raise UsageError(f"{flag}: nothing is called '{pattern}'; accepted: {accepted}")
    if not patterns:
        return [owner for owner in known if full or owner.standard]
    return [owner for owner in known if any(matches(owner.name, pattern) for pattern in patterns)]


def make(catalogue: Catalogue, profile: Profile, selection: Selection, peers: Sequence[Peers] = ()) -> Plan:
    """Plans a run. The cells are those that the programs list; the cells of peers compete with those of the same case.

    Raises UsageError on what neither the catalogue nor the programs know.
    """
    all_executors = [*catalogue.executors, *(owner for each in peers for owner in each.executors)]
    workloads = _workloads(catalogue.workloads, profile, selection)
    executors = select(selection.executors, all_executors, "--executors", profile.full)
    _require_settings(selection.settings, [*catalogue.workloads, *all_executors], [*workloads, *executors])
    settings = [*(text for workload in workloads for text in _profile_settings(workload, profile, selection))]
    settings += selection.settings
    cells: list[Cell] = []
    for workers, group in _groups(workloads, profile, selection, catalogue.effective_cpus).items():
        programs: list[Catalogue | Peers] = [catalogue, *peers]
        for program in programs:
            cells += _cells(program, group, executors, workers, settings, selection)
    names = [cell.name for cell in cells]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise UsageError(f"--set: different values give cells of one name, such as {twice}; run them apart")
    if not cells:
        raise UsageError("nothing to run: no executor can run these workloads")
    absent = [owner.name for owner in (*catalogue.workloads, *all_executors) if not owner.standard]
    present = {owner.name for owner in (*workloads, *executors)}
    left_out = _left_out(workloads, profile, selection, [name for name in absent if name not in present])
    return Plan(tuple(cells), tuple(settings), tuple(left_out))


def _workloads(known: Sequence[Owner], profile: Profile, selection: Selection) -> list[Owner]:
    """Those that the user names, also by a setting alone, and otherwise what the profile has."""
    chosen = select(selection.workloads, known, "--workloads", profile.full)
    if selection.workloads:
        return chosen
    set_for = {_owner(text) for text in selection.settings}
    return [workload for workload in known if workload in chosen or workload.name in set_for]


def _owner(setting: str) -> str:
    return setting.partition(".")[0]


def _require_settings(settings: Iterable[str], known: Sequence[Owner], chosen: Sequence[Owner]) -> None:
    """Raises UsageError on a setting that would reach no cell; values are for the programs to judge."""
    keys = {f"{_plain(owner)}.{parameter.name}" for owner in known for parameter in owner.parameters}
    names = list(map(_plain, chosen))
    for text in settings:
        key, equals, value = text.partition("=")
        if not equals or not value:
            raise UsageError(f"--set={text}: write it as OWNER.PARAMETER=VALUE[,VALUE...]")
        if key not in keys:
            raise UsageError(f"--set={text}: nothing is called '{key}'; accepted: {', '.join(sorted(keys))}")
        if _owner(key) not in names:
            raise UsageError(
                f"--set={text}: {_owner(key)} is not among the selected ones: {', '.join(names)}"
            )


def _plain(owner: Owner) -> str:
    """Without the interpreter's tag."""
    return owner.name.partition("@")[0]


def _profile_settings(workload: Owner, profile: Profile, selection: Selection) -> Iterator[str]:
    """Where the user has settings for a workload, brief values may not fit them: a latency, and URLs of the user's."""
    mine = {text.partition("=")[0] for text in selection.settings if _owner(text) == workload.name}
    if not profile.full and not mine:
        for parameter in workload.parameters:
            if parameter.brief:
                yield f"{workload.name}.{parameter.name}={parameter.brief}"
    choice = workload.first_choice
    if profile.full and choice and f"{workload.name}.{choice.name}" not in mine:
        yield f"{workload.name}.{choice.name}={','.join(choice.choices)}"


def _groups(
    workloads: Sequence[Owner], profile: Profile, selection: Selection, effective_cpus: float
) -> dict[str, list[str]]:
    """The names of the workloads by the worker counts that they share."""
    groups: dict[str, list[str]] = {}
    for workload in workloads:
        counts = profile.waiting_workers if workload.waits else worker_counts(effective_cpus)
        groups.setdefault(selection.workers or ",".join(map(str, counts)), []).append(workload.name)
    return groups


def _cells(
    program: Catalogue | Peers,
    group: Sequence[str],
    executors: Sequence[Owner],
    workers: str,
    settings: Sequence[str],
    selection: Selection,
) -> list[Cell]:
    """What one program runs of a group of workloads; peers know fewer of them, and no lifecycle but warm."""
    mine = [owner for owner in executors if owner in program.executors]
    known = program.workloads if isinstance(program, Peers) else group
    workloads = [name for name in group if name in known]
    if not mine or not workloads:
        return []
    owners = {*workloads, *map(_plain, mine)}
    lifecycle = [f"--lifecycle={selection.lifecycle}"] if selection.lifecycle else []
    arguments = [
        f"--workloads={','.join(workloads)}",
        f"--executors={','.join(owner.name for owner in mine)}",
        f"--workers={workers}",
        *(lifecycle if isinstance(program, Catalogue) else []),
        *(f"--set={text}" for text in settings if _owner(text) in owners),
    ]
    return program.cells(arguments, selection.seed)


def _left_out(
    workloads: Sequence[Owner], profile: Profile, selection: Selection, absent: Sequence[str]
) -> Iterator[str]:
    if profile.full:
        return
    if absent:
        yield ", ".join(absent)
    keys = {text.partition("=")[0] for text in selection.settings}
    for workload in workloads:
        choice = workload.first_choice
        if choice and f"{workload.name}.{choice.name}" not in keys:
            others = [value for value in choice.choices if value != choice.default]
            if others:
                yield f"{workload.name} with {choice.name} {', '.join(others)}"
    if not selection.workers and any(workload.waits for workload in workloads):
        counts = ", ".join(map(str, profile.waiting_workers))
        yield f"worker counts other than {counts} for work that waits"
    yield "longer samples"
