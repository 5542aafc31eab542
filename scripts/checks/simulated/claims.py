"""What the rules of judgement claim, each with an experiment of known truth that can contradict it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from scripts.analysis.compared.cells import judged
from scripts.analysis.duel import FRESH, MOST, Duel, correlations, decide
from scripts.analysis.interval import median_interval
from scripts.analysis.metg import crossing
from scripts.analysis.scatter import pooled
from scripts.analysis.stopping import Stopping
from scripts.analysis.verdict import CHANGED
from scripts.checks.simulated.experiment import Claim, Experiment
from scripts.checks.replay import EARLY, RED
from scripts.checks.simulated import raced
from scripts.checks.simulated.noise import NOISES, Random, arms

CELLS = 4  # of a duet
SOON = EARLY + FRESH  # rounds
SCATTERS = (0.003, 0.01, 0.03, 0.1)
MARGINS = (0.0, 0.01, 0.03)
COST = 1e-6  # seconds that each task costs more, in sweeps of durations


def experiments() -> Iterator[Experiment]:
    for noise in NOISES:
        for scatter in SCATTERS:
            yield _equals(noise, scatter)
    # What a change is found by: noise, scatter, change, and what has to be found soon.
    for noise, scatter, change, least in (
        ("heavy tails", 0.01, 0.05, 0.95),
        ("log-normal", 0.01, 0.05, 0.95),
        ("drift", 0.01, 0.05, 0.9),
        ("log-normal", 0.03, 0.1, 0.95),
        ("heavy tails", 0.03, 0.1, 0.9),
        ("bimodal", 0.01, 0.1, 0.75),
    ):
        claims = (Claim("found soon", "at least", least, CELLS), Claim("called same", "at most", 0.01, CELLS))
        yield Experiment(
            f"duet: {noise}, scatter {scatter:.1%}, {change:+.0%}, margin 3 %",
            partial(_changed, noise, scatter, change),
            claims,
        )
    for grid, tasks in {
        "octaves": [1.3e-7 * 2**i for i in range(7)],
        "decades": [1.3e-7 * 10**i for i in range(4)],
    }.items():
        for rounds in (8, 26):
            for noise in ("log-normal", "heavy tails"):
                yield Experiment(
                    f"METG: {grid}, {rounds} rounds, {noise}, scatter 3 %",
                    partial(_metg, tasks, rounds, noise),
                    (
                        Claim("lost", "at most", 0.01),
                        Claim("interval holds the truth", "at least", 0.88),
                        Claim("estimate above the truth", "at most", 0.65),  # half of them without a bias
                        Claim("estimate above the truth", "at least", 0.35),
                    ),
                )
    for scatter in (0.01, 0.03, 0.05):
        holds = Claim("interval of the time holds the truth", "at least", 0.87)
        ratio = Claim("interval of the speedup holds the truth", "at least", 0.87)
        yield Experiment(
            f"run: stopped at 2 %, scatter {scatter:.0%}", partial(_stopped, scatter), (holds, ratio)
        )
    for name, (slower, wrong) in {
        "+5 % common to all": (np.full(168, 1.05), Claim("a cell is called slower")),
        "+10 % in 10 cells": (np.repeat([1.1, 1.0], [10, 158]), Claim("an unchanged cell is called changed")),
    }.items():
        yield Experiment(
            f"compare: 168 cells of 8 samples, scatter 3 %, {name}",
            partial(_compared, slower),
            (replace(wrong, bound=0.01),),
        )
    for noise, claim in {
        "following": Claim("said to follow", "at least", 0.9),
        "log-normal": Claim("said to follow", "at most", 0.08),
        "drift": Claim("said to follow"),
    }.items():
        yield Experiment(
            f"run: 20 cells of 8 rounds, {noise}, scatter 1 %", partial(_follows, noise), (claim,)
        )
    yield from raced.experiments()


def _equals(noise: str, scatter: float) -> Experiment:
    """False alarms. Noise that follows itself is widened for, and reported; a margin of 0 is no claim there."""
    worse = noise == "following"
    claims = [
        Claim(
            f"red at a margin of {margin:.0%}",
            "at most",
            None if worse and not margin else 0.02 if worse else 0.01,
        )
        for margin in MARGINS
    ]
    if noise in ("heavy tails", "log-normal") and scatter == 0.01:
        claims.append(Claim("same soon at a margin of 3%", "at least", 0.9, CELLS))
    if worse:
        claims.append(Claim("reported at a margin of 1%", "at least", 0.9 if scatter >= 0.01 else None))
    return Experiment(
        f"duet of equals: {noise}, scatter {scatter:.1%}", partial(_equal, noise, scatter), tuple(claims)
    )


def duel(noise: str, scatter: float, random: Random, change: float = 0.0) -> Duel:
    times = arms(noise, scatter, 3, MOST, random)
    times[1] *= 1 + change
    return Duel(*(dict(enumerate(row)) for row in times.tolist()))


def _equal(noise: str, scatter: float, random: Random) -> Counter[str]:
    found: Counter[str] = Counter()
    suite = [duel(noise, scatter, random) for _ in range(CELLS)]
    for margin in MARGINS:
        verdicts = [decide(one, CELLS, margin, confirm=margin > 0) for one in suite]
        found[f"red at a margin of {margin:.0%}"] += any(one.state in RED for one in verdicts)
        soon = [one.state == "same" and one.samples[0] <= SOON for one in verdicts]
        found[f"same soon at a margin of {margin:.0%}"] += sum(soon)
        taken = [one.part(0, verdict.samples[0]) for one, verdict in zip(suite, verdicts)]
        found[f"reported at a margin of {margin:.0%}"] += bool(correlations(taken))
    return found


def _changed(noise: str, scatter: float, change: float, random: Random) -> Counter[str]:
    found: Counter[str] = Counter()
    for _ in range(CELLS):
        verdict = decide(duel(noise, scatter, random, change), CELLS, 0.03)
        found["found soon"] += verdict.state == "slower" and verdict.samples[0] <= SOON
        found["called same"] += verdict.state == "same"
    return found


def _metg(tasks: list[float], rounds: int, noise: str, random: Random) -> Counter[str]:
    """Serial takes d, the executor d + COST: so METG(50 %) is COST."""
    serial, own = (arms(noise, 0.03, len(tasks), rounds, random) for _ in range(2))
    curve = {
        task: dict(enumerate((task * base / (mine * (task + COST))).tolist()))
        for task, base, mine in zip(tasks, serial, own)
    }
    interval, _, _ = crossing(curve, 0.5)
    return Counter(
        {
            "lost": interval is None,
            "interval holds the truth": interval is not None and COST in interval,
            "estimate above the truth": interval is not None and interval.median > COST,
        }
    )


def _stopped(scatter: float, random: Random) -> Counter[str]:
    rule, times = Stopping(0.02, 40), arms("log-normal", scatter, 2, 40, random)
    taken = next(count for count in range(1, 41) if rule.enough(times[0, :count].tolist()))
    speedup = (times[1] / times[0])[:taken]
    return Counter(
        {
            "interval of the time holds the truth": 1.0 in median_interval(times[0, :taken]),
            "interval of the speedup holds the truth": 1.0 in median_interval(speedup),
        }
    )


def _compared(change: Any, random: Random) -> Counter[str]:
    """NEW takes `change` times as long, by cell."""
    sides = np.exp(random.normal(0, 0.03, (2, len(change), 8)))
    cells = {
        str(number): (base, new)
        for number, (base, new) in enumerate(
            zip(*(sides * np.stack([np.ones(len(change)), change])[..., None]).tolist())
        )
    }
    verdicts = judged(cells, 0.03, 0.01).verdicts
    wrong = any(one.state in CHANGED for name, one in verdicts.items() if change[int(name)] == 1)
    slower = any(one.state == "slower" for one in verdicts.values())
    return Counter({"an unchanged cell is called changed": wrong, "a cell is called slower": slower})


def _follows(noise: str, random: Random) -> Counter[str]:
    found = pooled(arms(noise, 0.01, 20, 8, random).tolist())
    return Counter({"said to follow": found is not None and found.significant})


def trials(experiment: Experiment, seed: int, chunk: int, count: int) -> Counter[str]:
    """The events of `count` trials; each chunk has a stream of its own (P. L'Ecuyer et al., Random numbers for parallel
    computers, 2017, section 4)."""
    random = np.random.default_rng([seed, chunk, *experiment.name.encode()])
    return sum((experiment.trial(random) for _ in range(count)), Counter())


def named(recorded: pd.DataFrame | None = None) -> Mapping[str, Experiment]:
    """Of a recorded run, where its table is given; else all the others."""
    found = experiments() if recorded is None else raced.recorded(recorded)
    return {experiment.name: experiment for experiment in found}
