"""How long a store of a certain size takes to be asked, and to take one more run."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scripts.store import recorded
from scripts.store.database.address import StoreError
from scripts.store.database.connection import Store
from scripts.store.record import record
from scripts.store.series import series
from scripts.store.values import Build, Cell, Commit, Machine, Outcome, Run, Sample, canonical

CELLS, SAMPLES = 200, 20  # of a run
_BETWEEN = 50  # runs, from one line of progress to the next


def measure(store: Store, samples: int, say: Callable[[str], None]) -> list[tuple[str, float]]:
    """What was done, and the seconds that it took. Fills the store, which has to be empty, with runs that are made up. Raises
    StoreError."""
    if store.read(recorded.digests):
        raise StoreError(f"{store.address}: holds runs already; name another, empty one by --store")
    draw = random.Random(1)
    count = max(1, samples // (CELLS * SAMPLES))
    for number in range(count):
        if number % _BETWEEN == 0:
            say(f"recorded {number} of {count} runs")
        _keep(store, _run(number, draw))
    found: list[tuple[str, float]] = []

    @contextmanager
    def timed(what: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        found.append((what, time.monotonic() - begun))

    say("asking")
    one = _run(count, draw)
    with timed(f"one more run of {CELLS * SAMPLES} samples, recorded"):
        _keep(store, one)
    with timed(f"all {CELLS} series of {count + 1} runs, with medians"):
        store.read(series)
    with timed(f"all {CELLS} series, with all {(count + 1) * CELLS * SAMPLES} samples"):
        store.read(lambda connection: series(connection, samples=True))
    return found


def _keep(store: Store, run: Run) -> None:
    store.write(lambda connection: record(connection, run))


def _run(number: int, draw: random.Random) -> Run:
    build = Build("", "", "", "", "{}", "", None, "processes", "")
    sha, parent = f"{number + 1:040x}", f"{number:040x}"
    return Run(
        tool="fanout",
        subject="made up",
        branch="main",
        commit=Commit(sha, (parent,), 1e9 + number, number),
        dirty=False,
        measured_at=1e9 + number,
        recorded_at=time.time(),
        seed="",
        context=canonical({"number": number}),
        machine=Machine("made up", "", None, "", "", "", None, ""),
        outcomes=tuple(Outcome(_cell(place), build, tuple(_samples(draw)), None) for place in range(CELLS)),
    )


def _cell(place: int) -> Cell:
    name = f"cell {place}"
    return Cell("made up", name, name, "any", 1, "warm", "strong", "run", name, "any", "any", "", ())


def _samples(draw: random.Random) -> Iterator[Sample]:
    for place in range(SAMPLES):
        seconds = draw.lognormvariate(0, 0.05)
        yield Sample(place, seconds, seconds)
