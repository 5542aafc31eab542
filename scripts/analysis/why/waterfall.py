"""The loss waterfall: why N workers do less than N times the work of a base, term by term."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from scripts.analysis.interval import DRAWS, SEED, Interval, bootstrap_interval, redrawn
from scripts.analysis.why.evidence import Phase, States

FULL = 0.9  # of the effective CPUs: from there on all are taken to be busy
_NORMAL = 1.96  # standard deviations from the middle to either end of a nominal interval

DEARER, SPINNING, READY, BLOCKED = "dearer work", "spinning", "waiting for a CPU", "blocked"
STARVED, IMBALANCE, STARTING, REST = "waiting for tasks", "imbalance", "starting", "not attributed"
TERMS = (DEARER, SPINNING, READY, BLOCKED, STARVED, IMBALANCE, STARTING, REST)


@dataclass(frozen=True)
class Term:
    """One loss; a negative log is a gain."""

    name: str
    log: Interval
    share: Interval  # of the sum of all terms above 0, which is the loss where nothing is gained; 0 for gains


@dataclass(frozen=True)
class Waterfall:
    """The logs of the terms add up to `loss`, which is ln(1 / efficiency)."""

    cell: str
    base: str
    workers: int
    useful: Literal["cpu", "wall"]  # wall: the work waits, which is then no loss
    efficiency: Interval  # work per worker and second, over the base's
    loss: Interval
    terms: tuple[Term, ...]  # all of TERMS, in that order
    bodies: bool = True  # False: spinning cannot be told from dearer work, which then holds both
    ready: bool = True  # False: waiting for a CPU cannot be told from being blocked

    def term(self, name: str) -> Term:
        return self.terms[TERMS.index(name)]

    def lost(self, term: Term) -> float:
        """The term's part of the workers' time, of which the efficiency is the rest; 0 where nothing is lost."""
        return max(1 - self.efficiency.median, 0.0) * term.share.median


def waterfall(of: Sequence[States], base: Sequence[States], score: Interval | None = None) -> Waterfall:
    """Of the processes (rounds) of a cell over those of its base, of which there may be more or fewer.

    Let u be the useful time of a task, r all running time over tasks, and share the running time over capacity; ' marks
    the base. Then ln(1 / efficiency) = ln(u / u') [dearer work] + ln((r / u) / (r' / u')) [spinning, runtime]
    + ln(share' / share), divided in proportion to what rose of the shares that did not run.

    Each term is the median over all pairs of a round of the cell and one of the base; intervals have nominal 95 %, from
    rounds drawn again. `score` is the efficiency as measured without observers: what the terms do not explain of it is
    not attributed. Without it the medians' own efficiency is explained. Raises ValueError where evidence is missing or
    is of different work.
    """
    how = _How.of(of, base)
    logs = _terms(_parts(of, how), _parts(base, how))
    draw = np.random.default_rng(SEED)
    mine, theirs = (redrawn(draw, count) for count in logs.shape[:2])
    drawn = logs[mine[:, :, None], theirs[:, None, :]]
    medians = np.median(drawn.reshape(1 + DRAWS, -1, logs.shape[2]), axis=1)
    found, target = medians[:, :-1], medians[:, -1]
    if score is not None:
        if score.low <= 0:
            raise ValueError(f"{of[0].cell}: an efficiency of {score.low:g} has no logarithm")
        spread = math.log(score.high / score.low) / 2 / _NORMAL
        target = spread * draw.standard_normal(1 + DRAWS) - math.log(score.median)
        target[0] = -math.log(score.median)
    found = np.column_stack([found, target - found.sum(axis=1)])
    losses = np.maximum(found, 0)
    whole = losses.sum(axis=1, keepdims=True)
    shares = np.divide(losses, whole, out=np.zeros_like(losses), where=whole > 0)
    fewest = min(len(of), len(base))
    return Waterfall(
        of[0].cell,
        base[0].cell,
        of[0].workers,
        "wall" if how.wall else "cpu",
        score or bootstrap_interval(np.exp(-target), fewest),
        bootstrap_interval(target, fewest),
        tuple(
            Term(name, bootstrap_interval(found[:, at], fewest), bootstrap_interval(shares[:, at], fewest))
            for at, name in enumerate(TERMS)
        ),
        how.bodies,
        how.ready,
    )


@dataclass(frozen=True)
class _How:
    """What both sides count as useful and as running: the terms add up only if it is the same for both."""

    wall: bool  # useful is a body's wall less its ready time, else its CPU time
    bodies: bool  # useful time can be told from other running time
    ready: bool
    spare: bool  # CPUs for all workers: who spins before the first task or after the last takes nobody's

    @staticmethod
    def of(of: Sequence[States], base: Sequence[States]) -> _How:
        for side in (of, base):
            if len({(one.cell, one.workers) for one in side}) != 1:
                raise ValueError("a waterfall needs evidence of one cell, and of one base")
        every = [*of, *base]
        if len({one.tasks / one.batches for one in every}) != 1:
            raise ValueError(f"{of[0].cell} and {base[0].cell} have different tasks in a batch")
        work = [one.body if one.bodies else one.between for one in base]
        wall = sum(one.blocked for one in work) > sum(one.running for one in work)
        bodies = all(one.bodies and _useful(one.body, wall) > 0 for one in every)
        cpus = [one.system.cpus for one in of if one.system.cpus is not None]
        spare = not cpus or of[0].workers <= min(cpus)
        return _How(wall, bodies, all(one.source == "schedstat" for one in every), spare)


def _useful(work: Phase, wall: bool) -> float:
    return work.running + (work.blocked if wall else 0.0)


def _parts(rounds: Sequence[States], how: _How) -> Any:
    """A row a round: useful and running seconds a task, then in shares of capacity running and what is not, in the order
    of TERMS."""
    return np.array([_part(one, how) for one in rounds])


def _part(one: States, how: _How) -> list[float]:
    start, body, between, tail = _waits(one, how.ready)
    work = body if one.bodies else between
    waits = work.blocked if how.wall else 0.0
    absent = _absent(one)
    # Who spins while others need its CPU is no mere waiting; but who has just been born does not spin.
    starting = start.running if how.spare or not _lasting(one) else 0.0
    ending = tail.running + absent.running if how.spare else 0.0
    running = sum(phase.running for phase in one.phases) + absent.running + waits - starting - ending
    useful = _useful(work, how.wall) if how.bodies else running
    if running <= 0:
        raise ValueError(f"{one.cell}: its workers never ran")
    ready = sum(phase.ready or 0.0 for phase in (start, body, between, tail))
    still = (
        ready + (absent.ready or 0.0 if how.ready else 0.0),
        body.blocked - (waits if one.bodies else 0.0),
        between.blocked - (0.0 if one.bodies else waits),
        tail.blocked + ending + absent.blocked + (0.0 if how.ready else absent.ready or 0.0),
        start.blocked + starting + one.absent - absent.wall,
    )
    return [useful / one.tasks, running / one.tasks, *(each / one.capacity for each in (running, *still))]


def _waits(one: States, ready: bool) -> list[Phase]:
    """The phases, with ready time among blocked where it is not known on both sides. Else what a hypervisor stole is ready:
    to the kernel it was running, to the thread's clock it was not, so that it is in what is left, which is blocked.
    """
    if not ready:
        return [
            replace(phase, ready=0.0, blocked=phase.blocked + (phase.ready or 0.0)) for phase in one.phases
        ]
    running, system = sum(phase.running for phase in one.phases), one.system
    stolen = (system.steal or 0.0) * min(1.0, (system.own or 0.0) / system.busy) if system.busy else 0.0
    found = []
    for phase in one.phases:
        part = min(max(phase.blocked, 0.0), stolen * phase.running / running) if running > 0 else 0.0
        found.append(replace(phase, ready=(phase.ready or 0.0) + part, blocked=phase.blocked - part))
    return found


def _absent(one: States) -> Phase:
    """What workers did that were there and had no task in a batch; the rest of the time that is absent there were none.

    Those that live on are there all the time. CPU time that no phase has is theirs: they spin. While all CPUs are busy, by
    whomever, they were woken and wait for one, unless there were fewer tasks than workers.
    """
    absent, system = max(one.absent, 0.0), one.system
    idle = min(absent, max(0.0, one.workers - one.tasks / one.batches) * one.seconds)
    if not _lasting(one):
        return Phase(0.0, 0.0, min(absent, max(idle, (one.workers - one.seen) * one.seconds)))
    running = max(0.0, (system.own or 0.0) - sum(phase.running for phase in one.phases))
    running = min(running, absent - idle)
    full = system.busy is not None and system.busy >= FULL * (system.cpus or math.inf) * one.seconds
    ready = absent - idle - running if full else 0.0
    return Phase(running, ready, absent - running - ready)


def _lasting(one: States) -> bool:
    """Whether workers live on between batches, as far as can be seen: there are not new ones in each."""
    return one.batches > 1 and (one.seen <= one.workers or one.seen < one.batches)


def _terms(mine: Any, theirs: Any) -> Any:
    """By round of the cell and of the base: the logs of all terms but the last, and of the whole."""
    mine, theirs = mine[:, None, :], theirs[None, :, :]
    useful, running, share = np.moveaxis(np.log(mine[..., :3]) - np.log(theirs[..., :3]), -1, 0)
    rises = np.maximum((mine[..., 3:] - theirs[..., 3:]) * np.sign(-share)[..., None], 0)
    whole = rises.sum(axis=-1, keepdims=True)
    parts = np.divide(rises, whole, out=np.zeros_like(rises), where=whole > 0)
    return np.concatenate(
        [np.stack([useful, running - useful], -1), -share[..., None] * parts, (running - share)[..., None]],
        -1,
    )
