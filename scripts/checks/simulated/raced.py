"""What the answer of a run claims, on cases of known truth: executors on 1, 2 and 4 workers of 2 CPUs, and recorded ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from scripts.analysis.answers.race import MARGIN, SLACK, Race
from scripts.analysis.stopping import Stopping
from scripts.checks.simulated.experiment import Claim, Experiment
from scripts.checks.simulated.noise import Random, arms

RULE = Stopping(0.02, 40)  # of `fanout run`
EXECUTORS = 8
ENOUGH = 20  # rounds of a recorded cell, for its median to be the truth
Truth = Mapping[str, float]  # times of cells "EXECUTOR/WORKERS"


def near(random: Random) -> Truth:
    """Two are best, the others up to some per cent slower; one worker takes twice as long, four some per cent longer."""
    slower = 1 + np.abs(random.normal(0, 0.05, EXECUTORS))
    slower[random.permutation(EXECUTORS)[:2]] = 1
    over = 1 + np.abs(random.normal(0.05, 0.06, EXECUTORS))
    return {
        f"{executor}/{workers}": float(slower[executor] * {1: 1.96, 2: 1, 4: over[executor]}[workers])
        for executor in range(EXECUTORS)
        for workers in (1, 2, 4)
    }


def equal(random: Random) -> Truth:
    return {f"{executor}/{workers}": 1 for executor in range(EXECUTORS) for workers in (1, 2, 4)}


def experiments() -> Iterator[Experiment]:
    """Of which cell to use; the samples are of those that all cells take until they are precise."""
    for truth, noise, scatter, cost in (
        (near, "log-normal", 0.01, "at most half of the samples"),
        (near, "log-normal", 0.05, "at most a third of the samples"),
        (near, "heavy tails", 0.01, "at most half of the samples"),
        (near, "drift", 0.01, "at most half of the samples"),
        (equal, "log-normal", 0.01, ""),
        (equal, "log-normal", 0.05, ""),
        (equal, "heavy tails", 0.01, ""),
    ):
        yield Experiment(
            f"answer: {truth.__name__} cells, {noise}, scatter {scatter:.0%}",
            partial(simulated, truth, noise, scatter),
            claims(scatter, cost),
        )


def claims(scatter: float, cost: str) -> tuple[Claim, ...]:
    return (
        Claim(f"over {2 if scatter < 0.05 else 5} % slower than the best", "at most", 0.05),
        Claim("a best one is left out", "at most", 0.05),
        Claim("over 2 % slower, and called as good", "at most", 0.05),
        *([Claim(cost, "at least", 0.5)] if cost else []),
    )


def recorded(table: pd.DataFrame) -> Iterator[Experiment]:
    """The cases of a run in which every cell has many rounds: drawn from them with replacement, whole rounds, around medians that are
    the truth."""
    for case, here in table[table["duration"].isna()].groupby("case"):
        wide = here.pivot_table(index="name", columns="round", values="real").dropna(axis="columns")
        if wide.shape[0] < 2 or wide.shape[1] < ENOUGH:
            continue
        counts = here.drop_duplicates("name").set_index("name")["workers"]
        medians = wide.median(axis="columns")
        truth = {f"{name}/{counts[name]}": float(medians[name]) for name in wide.index}
        noise = wide.div(medians, axis="rows").to_numpy()
        yield Experiment(
            f"answer: recorded {case}",
            partial(_drawn, truth, noise),
            claims(0.05, "at most half of the samples"),
        )


def _drawn(truth: Truth, noise: Any, random: Random) -> Counter[str]:
    return raced(truth, noise[:, random.integers(noise.shape[1], size=RULE.most)])


def simulated(truth: Callable[[Random], Truth], noise: str, scatter: float, random: Random) -> Counter[str]:
    times = truth(random)
    return raced(times, arms(noise, scatter, len(times), RULE.most, random))


def raced(truth: Truth, noise: Any) -> Counter[str]:
    """What a run would have said. `noise` are the factors on the true times: a row a cell, a column a round."""
    times = {
        name: dict(enumerate((true * noise[row]).tolist())) for row, (name, true) in enumerate(truth.items())
    }
    workers = {name: int(name.rpartition("/")[2]) for name in truth}
    taken: dict[str, dict[int, float]] = {name: {} for name in truth}
    for number in range(RULE.most):
        for name in Race(taken, workers, RULE.most).wanted(number):
            taken[name][number] = times[name][number]
    race = Race(taken, workers, RULE.most)
    standing = {name: one.standing for name, one in race.placed.items()}
    good = [name for name, state in standing.items() if state in ("best", "as good")]
    fewest = min(workers[name] for name in good)
    use = max(
        (name for name in good if workers[name] == fewest), key=lambda name: truth[name]
    )  # the worst to be named
    best = min(truth.values())
    every = sum(_precise(list(mine.values())) for mine in times.values())
    share = sum(map(len, taken.values())) / every
    return Counter(
        {
            "over 2 % slower than the best": truth[use] > (1 + MARGIN) * best,
            "over 5 % slower than the best": truth[use] > (1 + SLACK) * best,
            "a best one is left out": any(
                truth[name] == best and state == "worse" for name, state in standing.items()
            ),
            "over 2 % slower, and called as good": any(truth[name] > (1 + MARGIN) * best for name in good),
            "at most half of the samples": share <= 1 / 2,
            "at most a third of the samples": share <= 1 / 3,
        }
    )


def _precise(times: list[float]) -> int:
    """The samples that a cell takes until it is precise."""
    return next(look for look in RULE.looks if RULE.enough(times[:look]))
