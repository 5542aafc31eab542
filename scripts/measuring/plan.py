"""Which cells a run measures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from scripts.analysis.table import parse_name
from scripts.measuring.catalogue import Catalogue, Workload
from scripts.measuring.peers import Peers
from scripts.measuring.profile import Profile
from scripts.measuring.usage import UsageError

Settings = dict[str, str]  # "workload.parameter": value


@dataclass(frozen=True)
class Selection:
    """What the user asked for; empty means everything the profile has."""

    workloads: tuple[str, ...] = ()  # names or globs
    executors: tuple[str, ...] = ()
    workers: str = ""  # as the binary takes it: "1,2,max"
    settings: tuple[str, ...] = ()  # "W.P=V[,V2...]"
    seed: int = 1
    flags: tuple[str, ...] = ()  # the binary's, passed on: "--in-flight=1,64", "--lifecycle=both"


@dataclass(frozen=True)
class Cell:
    """One workload, its parameters, executor and worker count: one name in the results."""

    name: str
    arguments: tuple[str, ...]  # for its program to run this cell alone
    program: Path | None = None  # the interpreter of a cell in Python; nothing where fanout-bench runs it

    @property
    def executor(self) -> str:
        """As the binary knows it."""
        return self.name.split("/")[1]

    @property
    def workers(self) -> int:
        return parse_name(self.name).workers


@dataclass(frozen=True)
class Block:
    """One workload case: its cells compete, so they are interleaved."""

    case: str
    cells: tuple[Cell, ...]

    @property
    def workload(self) -> str:
        return self.case.split("/")[0]

    def with_setting(self, setting: str) -> Block:
        cells = tuple(replace(cell, arguments=(*cell.arguments, f"--set={setting}")) for cell in self.cells)
        return replace(self, cells=cells)


@dataclass(frozen=True)
class Plan:
    blocks: tuple[Block, ...]
    settings: tuple[str, ...]  # "W.P=V[,V2...]", the user's and the profile's
    left_out: tuple[str, ...]  # what the other profile would add, a sentence each

    @property
    def cells(self) -> int:
        return sum(len(block.cells) for block in self.blocks)


def worker_counts(effective_cpus: float) -> list[int]:
    """1, 2, 4 ... up to the effective CPUs, rounded up, and then twice that."""
    top = max(1, math.ceil(effective_cpus))
    powers = [1 << n for n in range(top.bit_length()) if 1 << n < top]
    return [*powers, top, 2 * top]


def select(patterns: Sequence[str], names: Sequence[str], flag: str) -> list[str]:
    """The names that match any of the globs, "py_pool@3.13" as "py_pool" too; all, where there are no globs."""

    def matches(name: str, pattern: str) -> bool:
        return fnmatchcase(name, pattern) or fnmatchcase(_base(name), pattern)

    for pattern in patterns:
        if not any(matches(name, pattern) for name in names):
            raise UsageError(f"{flag}: nothing is called '{pattern}'; accepted: {', '.join(names)}")
    return [name for name in names if not patterns or any(matches(name, p) for p in patterns)]


def make(
    catalogue: Catalogue,
    profile: Profile,
    selection: Selection,
    list_names: Callable[[list[str]], list[str]],
    peers: Sequence[Peers] = (),
) -> Plan:
    """Plans a run. `list_names` is the binary's --dry-run: the names of the cells are its own. The cells of peers
    compete with those of the same case.

    Raises UsageError on what neither the catalogue nor the binary knows.
    """
    known = [workload.name for workload in catalogue.workloads]
    all_executors = [*catalogue.executors, *(name for each in peers for name in each.executors)]
    chosen = _chosen(known, profile, selection)
    executors = [
        name
        for name in select(selection.executors, all_executors, "--executors")
        if selection.executors or _base(name) not in profile.leaves_out
    ]
    workloads = [workload for workload in catalogue.workloads if workload.name in chosen]
    asked = _settings(selection.settings, catalogue.workloads, chosen)
    blocks: list[Block] = []
    settings: Settings = {}
    for workload in workloads:
        users = {key: value for key, value in asked.items() if _of(key) == workload.name}
        mine = _profile_settings(workload, profile, bool(users)) | users
        settings |= mine
        workers = selection.workers or _workers(workload, profile, catalogue.effective_cpus)
        for case in _cases(mine):
            asked_for = Asked(workload.name, tuple(executors), workers, case, selection)
            cells = _cells(asked_for, catalogue.executors, list_names)
            for each in peers:
                cells += _peers_cells(asked_for, each)
            if cells:
                blocks.append(Block(parse_name(cells[0].name).case, tuple(cells)))
    names = [cell.name for block in blocks for cell in block.cells]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(
            f"--set: different values give cells of one name, such as {twice[0]}; run them apart"
        )
    if not blocks:
        raise UsageError("nothing to run: no executor can run these workloads")
    present = {*chosen, *executors}
    absent = [n for n in (*known, *all_executors) if _base(n) in profile.leaves_out and n not in present]
    left_out = tuple(_left_out(workloads, profile, selection, asked, absent))
    return Plan(tuple(blocks), tuple(f"{key}={value}" for key, value in settings.items()), left_out)


def _chosen(known: Sequence[str], profile: Profile, selection: Selection) -> list[str]:
    """The workloads that the user names, in whatever way, and otherwise those that the profile does not leave out."""
    set_for = {_of(text) for text in selection.settings}
    return [
        name
        for name in select(selection.workloads, known, "--workloads")
        if selection.workloads or name in set_for or name not in profile.leaves_out
    ]


def _base(executor: str) -> str:
    """ "py_pool" of "py_pool@3.13t"."""
    return executor.partition("@")[0]


def _of(key: str) -> str:
    return key.partition(".")[0]


def _settings(texts: Iterable[str], workloads: Sequence[Workload], chosen: Sequence[str]) -> Settings:
    """The user's settings; their values are for the binary to judge."""
    settings: Settings = {}
    known = {f"{workload.name}.{p.name}" for workload in workloads for p in workload.parameters}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not value:
            raise UsageError(f"--set={text}: write it as WORKLOAD.PARAMETER=VALUE[,VALUE...]")
        if key not in known:
            raise UsageError(f"--set={text}: nothing is called '{key}'; accepted: {', '.join(sorted(known))}")
        if key in settings:
            raise UsageError(f"--set={text}: {key} is set twice; several values go by commas")
        if _of(key) not in chosen:
            raise UsageError(
                f"--set={text}: {_of(key)} is not among the selected workloads: {', '.join(chosen)}"
            )
        settings[key] = value
    return settings


def _profile_settings(workload: Workload, profile: Profile, users: bool) -> Settings:
    """Where the user has settings for a workload, the profile's may not fit them: a latency, and URLs of his own."""
    sizes = {} if users else profile.settings
    settings = {key: value for key, value in sizes.items() if _of(key) == workload.name}
    if profile.every_choice and (choice := workload.first_choice):
        settings[f"{workload.name}.{choice.name}"] = ",".join(choice.choices)
    return settings


def _workers(workload: Workload, profile: Profile, effective_cpus: float) -> str:
    counts = profile.waiting_workers if workload.waits else worker_counts(effective_cpus)
    return ",".join(map(str, counts))


def _cases(settings: Settings) -> list[Settings]:
    """One dictionary for each combination of the values."""
    cases: list[Settings] = [{}]
    for key, values in settings.items():
        cases = [{**case, key: value} for case in cases for value in values.split(",")]
    return cases


@dataclass(frozen=True)
class Asked:
    """What the cells of one case are to be."""

    workload: str
    executors: tuple[str, ...]  # of all programs
    workers: str
    case: Settings
    selection: Selection

    @property
    def flags(self) -> tuple[str, ...]:
        settings = (f"--set={key}={value}" for key, value in self.case.items())
        return (f"--workloads={self.workload}", f"--seed={self.selection.seed}", *settings)


def _cells(asked: Asked, known: Sequence[str], list_names: Callable[[list[str]], list[str]]) -> list[Cell]:
    """Those that the binary runs."""
    mine = [name for name in asked.executors if name in known]
    if not mine:
        return []
    cells = []
    which = [f"--executors={','.join(mine)}", f"--workers={asked.workers}", *asked.flags]
    for name in list_names([*which, *asked.selection.flags]):
        cell = Cell(name, ())
        alone = (f"--executors={cell.executor}", f"--workers={cell.workers}", *_own_flags(name), *asked.flags)
        cells.append(replace(cell, arguments=alone))
    return cells


def _peers_cells(asked: Asked, peers: Peers) -> list[Cell]:
    """None where the workload, or this case of it, is not written in Python."""
    mine = [name for name in asked.executors if name in peers.executors]
    if asked.workload not in peers.workloads or not mine:
        return []
    cells = []
    for name in peers.cell_names(mine, [f"--workers={asked.workers}", *asked.flags]):
        cell = Cell(name, (), peers.path)
        alone = peers.arguments([cell.executor], f"--workers={cell.workers}", *asked.flags)
        cells.append(replace(cell, arguments=alone))
    return cells


def _own_flags(name: str) -> Iterable[str]:
    """What makes the binary run this cell alone, beside workload, executor and workers."""
    for part in name.split("/")[3:]:
        flag, _, value = part.partition(":")
        if flag in ("in_flight", "grain", "lifecycle"):
            yield f"--{flag.replace('_', '-')}={value}"


def _left_out(
    workloads: Sequence[Workload],
    profile: Profile,
    selection: Selection,
    asked: Settings,
    absent: Sequence[str],
) -> Iterable[str]:
    if profile.every_choice:
        return
    if absent:
        yield ", ".join(absent)
    for workload in workloads:
        choice = workload.first_choice
        if choice and f"{workload.name}.{choice.name}" not in asked:
            others = [value for value in choice.choices if value != choice.default]
            if others:
                yield f"{workload.name} with {choice.name} {', '.join(others)}"
    if not selection.workers and any(workload.waits for workload in workloads):
        yield "worker counts other than " + ", ".join(
            map(str, profile.waiting_workers)
        ) + " for work that waits"
    yield "longer samples"
