"""Which cells a run measures."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from scripts.measuring.catalogue import Catalogue, Cell, Owner
from scripts.measuring.peers import Peers
from scripts.measuring.profile import Profile
from scripts.measuring.usage import UsageError, did_you_mean


@dataclass(frozen=True)
class Selection:
    """What the user asked for; empty means everything that the profile has."""

    workloads: tuple[str, ...] = ()  # names or globs
    executors: tuple[str, ...] = ()
    workers: str = ""  # as the binary takes it: "1,2,max"
    settings: tuple[str, ...] = ()  # "OWNER.PARAMETER=VALUE[,VALUE...]", as the binary takes it
    seed: int = 1
    lifecycle: str = ""  # "", "warm", "cold" or "both"
    weak: bool = False  # N workers do N times the work

    @property
    def keys(self) -> set[str]:
        """What is set: "OWNER.PARAMETER"."""
        return {text.partition("=")[0] for text in self.settings}


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


def make(catalogue: Catalogue, profile: Profile, selection: Selection, peers: Sequence[Peers] = ()) -> Plan:
    """Plans a run. The cells are those that the programs list; the cells of peers compete with those of the same case.

    Raises UsageError on what neither the catalogue nor the programs know.
    """
    programs: list[Catalogue | Peers] = [catalogue, *peers]
    all_executors = [owner for program in programs for owner in program.executors]
    workloads = _workloads(catalogue.workloads, profile, selection)
    executors = select(selection.executors, all_executors, "--executors", profile.full)
    known, chosen = [*catalogue.workloads, *all_executors], [*workloads, *executors]
    _require_settings(selection.settings, known, chosen)
    settings = [text for workload in workloads for text in _profile_settings(workload, profile, selection)]
    settings += selection.settings
    cells: list[Cell] = []
    for workers, group in _groups(workloads, profile, selection, catalogue.effective_cpus).items():
        for program in programs:
            cells += _cells(program, group, executors, workers, settings, selection)
    for name, count in Counter(cell.name for cell in cells).items():
        if count > 1:
            raise UsageError(
                f"--set: different values give cells of one name, such as {name}; run them apart"
            )
    if not cells:
        raise UsageError("nothing to run: no executor can run these workloads")
    _require_effect(selection, cells, catalogue.effective_cpus)
    absent = [owner.name for owner in known if not owner.standard and owner not in chosen]
    everything = not profile.full and selection == Selection(seed=selection.seed)
    return Plan(
        tuple(cells), tuple(settings), tuple(_left_out(workloads, profile, absent) if everything else ())
    )


def select(patterns: Sequence[str], known: Sequence[Owner], flag: str, full: bool) -> list[Owner]:
    """Those that match any of the globs, "py_pool@3.13" as "py_pool" too; without globs what is standard, or all."""

    def matches(owner: Owner, pattern: str) -> bool:
        return fnmatchcase(owner.name, pattern) or fnmatchcase(owner.plain, pattern)

    for pattern in patterns:
        if not any(matches(owner, pattern) for owner in known):
            accepted = ", ".join(owner.name for owner in known)
            near = did_you_mean(pattern, [owner.name for owner in known])
            raise UsageError(f"{flag}: nothing is called '{pattern}'{near}; accepted: {accepted}")
    if not patterns:
        return [owner for owner in known if full or owner.standard]
    return [owner for owner in known if any(matches(owner, pattern) for pattern in patterns)]


def _workloads(known: Sequence[Owner], profile: Profile, selection: Selection) -> list[Owner]:
    """Those that the user names, also by a setting alone, and otherwise what the profile has."""
    chosen = select(selection.workloads, known, "--workloads", profile.full)
    if selection.workloads:
        return chosen
    set_for = set(map(_owner, selection.keys))
    return [workload for workload in known if workload in chosen or workload.name in set_for]


def _owner(setting: str) -> str:
    return setting.partition(".")[0]


def _require_settings(settings: Iterable[str], known: Sequence[Owner], chosen: Sequence[Owner]) -> None:
    """Raises UsageError on a setting that would reach no cell; values are for the programs to judge."""
    keys = {f"{owner.plain}.{parameter.name}" for owner in known for parameter in owner.parameters}
    names = [owner.plain for owner in chosen]
    for text in settings:
        key, _, value = text.partition("=")
        if not value:
            raise UsageError(f"--set={text}: write it as OWNER.PARAMETER=VALUE[,VALUE...]")
        if key not in keys:
            alike = {
                each
                for each in keys
                if _owner(each) == _owner(key) or each.endswith(f".{key.partition('.')[2]}")
            }
            accepted = ", ".join(sorted(alike or keys))
            raise UsageError(
                f"--set={text}: nothing is called '{key}'{did_you_mean(key, keys)}; accepted: {accepted}"
            )
        if _owner(key) not in names:
            selected = ", ".join(names)
            raise UsageError(f"--set={text}: {_owner(key)} is not among the selected ones: {selected}")


def _require_effect(selection: Selection, cells: Sequence[Cell], effective_cpus: float) -> None:
    """Raises UsageError on a value or a worker count that makes no cell of its own."""
    arguments = {text for cell in cells for text in cell.arguments}
    for text in map("--set={}".format, selection.settings):
        key, _, values = text.removeprefix("--set=").partition("=")
        made = {found for found in arguments if found.startswith(f"--set={key}=")}
        if not made:
            raise UsageError(f"{text}: it reaches no cell of the selected executors")
        if len(made) <= values.count(",") and made != {text}:  # texts may hold commas
            raise UsageError(f"{text}: two of these values are the same; name each once")
    takes = {cell.workers for cell in cells}
    for text in filter(None, selection.workers.split(",")):
        if (count := math.ceil(effective_cpus) if text == "max" else int(text)) not in takes:
            only = ", ".join(sorted({cell.executor for cell in cells}))
            raise UsageError(
                f"--workers={text}: {only} cannot have {count} workers; leave it out, or add executors that can"
            )


def _profile_settings(workload: Owner, profile: Profile, selection: Selection) -> Iterator[str]:
    """Where the user has settings for a workload, brief values may not fit them: a latency, and URLs of the user's."""
    if not profile.full and workload.name not in map(_owner, selection.keys):
        for parameter in workload.parameters:
            if parameter.brief:
                yield f"{workload.name}.{parameter.name}={parameter.brief}"
    choice = workload.first_choice
    if profile.full and choice and f"{workload.name}.{choice.name}" not in selection.keys:
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
    """What one program runs of a group of workloads."""
    mine = [owner for owner in executors if owner in program.executors]
    known = {owner.name for owner in program.workloads}
    workloads = [name for name in group if name in known]
    if not mine or not workloads:
        return []
    owners = {*workloads, *(owner.plain for owner in mine)}
    lifecycle = [f"--lifecycle={selection.lifecycle}"] if selection.lifecycle else []
    arguments = [
        f"--workloads={','.join(workloads)}",
        f"--executors={','.join(owner.name for owner in mine)}",
        f"--workers={workers}",
        *lifecycle,
        *(["--scaling=weak"] if selection.weak else []),
        *(f"--set={text}" for text in settings if _owner(text) in owners),
    ]
    return program.cells(arguments, selection.seed)


def _left_out(workloads: Sequence[Owner], profile: Profile, absent: Sequence[str]) -> Iterator[str]:
    if absent:
        yield ", ".join(absent)
    for workload in workloads:
        choice = workload.first_choice
        if choice and (others := [value for value in choice.choices if value != choice.default]):
            yield f"{workload.name} with {choice.name} {', '.join(others)}"
    if any(workload.waits for workload in workloads):
        counts = ", ".join(map(str, profile.waiting_workers))
        yield f"worker counts other than {counts} for work that waits"
    yield "longer samples"
