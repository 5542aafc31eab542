"""One history, judged by every rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

from scripts.analysis.history.changes import ALL, History
from scripts.analysis.history.parameters import PARAMETERS, Parameters
from scripts.analysis.history.state import Change
from scripts.checks.simulated.experiment import Experiment
from scripts.checks.histories.rivals import Found, last_over_previous, windows
from scripts.checks.histories.world import CANARY, CELLS, CHANGED, COMMITS, NOISES_OF, PROCESSES, World
from scripts.checks.simulated.noise import Random

CHANGES = (0.0, 0.05, 0.10)
PREVIOUS, WINDOWS, NOMINATED, CONFIRMED = RULES = (
    "last > previous by 10 %",
    "windows, p < 0.001",
    "nominated",
    "nominated, confirmed",
)
NEAR = 10  # commits: what is found further from a change is not it
LOCATED = 3  # commits
ARMS = 3  # of a duet


def experiments(parameters: Parameters = PARAMETERS) -> Iterator[Experiment]:
    for noise in NOISES_OF:
        for change in CHANGES:
            yield Experiment(name(noise, change), partial(trial, noise, change, parameters), ())


def name(noise: str, change: float) -> str:
    return f"{noise}, {f'{CHANGED} of {CELLS} cells {change:+.0%}' if change else 'no change'}"


def trial(noise: str, change: float, parameters: Parameters, random: Random) -> Counter[str]:
    """Events "RULE: false", "found", "near", "off N" and "delay N", and "cost N": samples of all duets."""
    world = World(NOISES_OF[noise], change, random)
    own = world.times[:, :CELLS]
    found = {
        PREVIOUS: last_over_previous(own),
        WINDOWS: windows(own),
        NOMINATED: alerts(Believing(lambda *_: None, CANARY, parameters), world),
        CONFIRMED: alerts(History(partial(world.confirm, parameters), CANARY, parameters), world),
    }
    events = sum((told(world, rule, points) for rule, points in found.items()), Counter[str]())
    events[f"cost {ARMS * world.rounds}"] += 1
    return events


class Believing(History):
    """Takes what is nominated for a change."""

    def _measured(self, change: Change, after: int) -> Change:
        return super()._measured(change, after) if change.cell == ALL else change.after("shown")


def alerts(history: History, world: World) -> Iterator[Found]:
    """What is confirmed, also where it was undone later."""
    for place in range(COMMITS):
        history.add(str(place), world.commit(place))
    for one in history.changes:
        if one.state in ("confirmed", "fixed"):
            yield Found(-1 if one.cell == ALL else int(one.cell), one.place, one.seen, one.size > 1)


def told(world: World, rule: str, points: Iterable[Found]) -> Counter[str]:
    """Each change is found once; all else is false."""
    events, left = Counter[str](), set(world.changes)
    for point in points:
        truth = next(
            (
                one
                for one in left
                if one.cell == point.cell
                and point.slower
                and abs(one.place - point.place) <= NEAR
                and one.place <= point.seen
            ),
            None,
        )
        if truth is None:
            events[f"{rule}: false"] += 1
            continue
        left.remove(truth)
        events[f"{rule}: found"] += 1
        events[f"{rule}: near"] += abs(truth.place - point.place) <= LOCATED
        events[f"{rule}: off {abs(truth.place - point.place)}"] += 1
        events[f"{rule}: delay {point.seen - truth.place}"] += 1
    return events
