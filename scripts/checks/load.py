"""Whether latencies under load are those that queueing theory asks for, and the knee is found twice."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from scripts.checks import CheckFailed
from scripts.measuring import catalogue, flags
from scripts.measuring.usage import UsageError
from scripts.reports import Block, Column, Report, Table, Text

if TYPE_CHECKING:  # help has to work before packages are there
    from scripts.analysis.load.server import Owed

EXAMPLES = """The workload `service` is servers of known times: constant or exponential, 1 and 4 of them, at loads of 0.5, 0.7 and 0.9. What each
request took is held against the recursion over the same arrivals and services (2 %), and against theory at 0.5 and 0.7 (5 %);
over capacity the open loop has to say so, and the closed loop beside it hides it; the knee is looked for twice, with other
arrivals. About 12 minutes; --seconds=12 --skip-knee takes four. What other programs disturb misses no bound.

exit status: 0 fine; 1 a bound is missed, or a process failed; 2 wrong usage; 130 interrupted"""
LOADS, SERVERS = (0.5, 0.7, 0.9), (1, 4)
OVER = 1.25  # the load that is over capacity
HIGHEST = 0.7  # that theory is asked about
FEWEST = 12.0  # seconds of arrivals, for 1,000 requests at the lowest rate
SHORT = 5.0  # seconds of arrivals over capacity, at most
OTHERS = 100  # windows of other arrivals, to know what is chance
RECURSION, THEORY = 0.02, 0.05
COLUMNS = [
    Column("queue"),
    Column("load", right=True),
    Column("requests", right=True),
    Column("mean", right=True),
    Column("p99", right=True),
    Column("mean / recursion", "mean /\nrecursion", right=True),
    Column("p99 / recursion", "p99 /\nrecursion", right=True),
    Column("2 %"),
    Column("mean / theory", "mean /\ntheory", right=True),
    Column("5 %"),
    Column("generator late", "generator\nlate", right=True),
]
LATE = 100e-6  # seconds of the generator's p99.9
RECORDING = 30.0  # ns a task, without the clock
TWICE = 0.05  # that two searches may differ by
PATIENCE = 120.0  # seconds of a search


@dataclass(frozen=True)
class Row:
    """One queue; latencies in seconds."""

    queue: str
    servers: int
    load: float
    requests: int
    seen: Owed
    exact: Owed  # by the recursion
    theory: Owed | None
    chance: float  # seconds: what the recursion's mean is more over other arrivals, as many, on average
    late: tuple[float, float] | None  # the generator's tail: share and seconds
    over: bool  # whether the open loop says that it is over capacity
    disturbed: bool  # by other programs: then nothing is missed

    @property
    def ratios(self) -> tuple[float, float]:
        return self.seen.mean / self.exact.mean, self.seen.tail / self.exact.tail

    @property
    def by_recursion(self) -> str:
        return self._verdict(all(abs(ratio - 1) <= RECURSION for ratio in self.ratios))

    @property
    def over_theory(self) -> float:
        """The mean, without what these arrivals by chance had more, or less, than others: by the recursion as control variate."""
        return (self.seen.mean + self.chance) / self.theory.mean if self.theory else 1.0

    @property
    def by_theory(self) -> str:
        """At higher loads a window is too short for theory, which is of queues that began long ago."""
        if self.theory is None or self.load > HIGHEST:
            return ""
        return self._verdict(abs(self.over_theory - 1) <= THEORY)

    def _verdict(self, kept: bool) -> str:
        return "kept" if kept else "disturbed" if self.disturbed else "missed"


def add_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--executor", metavar="NAME", default="pool", help="whose workers are the servers (default: pool)")
    least = "of arrivals at each load (default: 30)"
    add("--seconds", metavar="N", type=flags.positive(float), default=30.0, help=least)
    add("--skip-knee", action="store_true", help="leave out the knee")


def check(arguments: argparse.Namespace, wake: int, say: Callable[[str], None]) -> Report | None:
    """None where it was interrupted. Raises UsageError and CheckFailed."""
    from scripts.checks import service

    if arguments.seconds < FEWEST:
        raise UsageError(
            f"--seconds={arguments.seconds:g}: {FEWEST:g} or more, or there are too few requests for a p99"
        )
    which = ["--workloads=service", f"--executors={arguments.executor}", "--workers=1"]
    catalogue.read(arguments.bench.resolve()).cells(which, arguments.seed)
    began, rows, knees = time.monotonic(), list[Row](), list[tuple[float, float]]()
    if (cost := service.recording(arguments, wake)) is None:
        return None
    for exponential in (False, True):
        for servers in SERVERS:
            for load in (*LOADS, OVER):
                name = f"M/{'M' if exponential else 'D'}/{servers}"
                say(f"{name} at a load of {load:g}")
                if (found := _row(arguments, wake, name, servers, load, exponential)) is None:
                    return None
                rows.append(found)
    if (closed := service.measured(arguments, wake, 1, False, None, 2.0)) is None:
        return None
    for seed in () if arguments.skip_knee else (arguments.seed, arguments.seed + 1000):
        say(f"the knee, with seed {seed}")
        before = time.monotonic()
        if (rate := service.knee(arguments, wake, seed)) is None:
            return None
        knees.append((rate, time.monotonic() - before))
    return report(rows, closed.latency.most, knees, cost, time.monotonic() - began)


def _row(
    arguments: argparse.Namespace, wake: int, name: str, servers: int, load: float, exponential: bool
) -> Row | None:
    from scripts.analysis.load import server
    from scripts.analysis.load.arrivals import arrivals
    from scripts.analysis.load.histogram import tail
    from scripts.analysis.load.loads import overloaded
    from scripts.checks import service

    rate = load * servers / service.SERVICE
    seconds = arguments.seconds if load < 1 else min(SHORT, arguments.seconds)
    if (one := service.measured(arguments, wake, servers, exponential, rate, seconds)) is None:
        return None
    mean = one.service.mean

    def owed(seed: int) -> tuple[int, server.Owed]:
        due = arrivals(rate, seconds, seed)
        times = server.as_served(service.services(seed, len(due), exponential), mean)
        return len(due), server.by_recursion(due, times, servers)

    count, exact = owed(arguments.seed)
    if count != one.offered:
        raise CheckFailed(f"{name}: {one.offered} arrivals came, of the same seed {count} should")
    theory = server.by_theory(rate, mean, servers, exponential) if load < 1 else None
    others = [owed(arguments.seed + 1 + number)[1].mean for number in range(OTHERS if theory else 0)]
    late = tail(one.lateness) if one.lateness else None
    chance = fmean(others) - exact.mean if others else 0.0
    return Row(
        name,
        servers,
        load,
        one.offered,
        server.seen(one),
        exact,
        theory,
        chance,
        late,
        overloaded(one),
        one.disturbed,
    )


def report(
    rows: Sequence[Row],
    closed: float,
    knees: Sequence[tuple[float, float]],
    cost: Mapping[str, float],
    seconds: float,
) -> Report:
    """Its status is 1 where a bound is missed."""
    from scripts.analysis.text import duration

    shares = [row for row in rows if row.load < 1]
    table = [
        [row.queue, f"{row.load:g}", f"{row.requests:,}", duration(row.seen.mean), duration(row.seen.tail)]
        + [f"{ratio:.3f}" for ratio in row.ratios]
        + [row.by_recursion, f"{row.over_theory:.3f}" if row.theory else "", row.by_theory, _late(row)]
        for row in shares
    ]
    over = [row for row in rows if row.load > 1]
    said = [row for row in over if row.over]
    verdicts = [word for row in shares for word in (row.by_recursion, row.by_theory)]
    verdicts += ["kept" if len(said) == len(over) else "missed"]
    lines = [
        f"over capacity ({OVER:g}): the open loop says so in {len(said)} of {len(over)} queues, where requests take up to "
        f"{duration(max(row.seen.mean for row in over))} on average; the closed loop sees {duration(closed)} at most"
    ]
    if len(knees) == 2:
        (first, took), (second, again) = knees
        apart = abs(first / second - 1)
        kept, busy = apart <= TWICE and max(took, again) <= PATIENCE, any(row.disturbed for row in rows)
        verdicts.append("kept" if kept else "disturbed" if busy else "missed")
        lines.append(
            f"the knee, with other arrivals: {first:,.0f}/s in {took:.0f} s and {second:,.0f}/s in {again:.0f} s, "
            f"{100 * apart:.1f} % apart (bound {100 * TWICE:g} %, {PATIENCE:g} s): {verdicts[-1]}"
        )
    verdicts.append("kept" if cost["fill_ns"] <= RECORDING else "missed")
    lines.append(
        f"recording takes {cost['fill_ns']:.1f} ns a task (bound {RECORDING:g} ns): {verdicts[-1]}; two readings of the clock "
        f"{cost['clocks_ns']:.1f} ns, all of it {cost['task_ns']:.1f} ns"
    )
    late = sum(1 for row in rows if row.late and row.late[1] >= LATE)
    lines.append(f"the generator was late (100 us and more, at its tail) in {late} of {len(rows)} queues")
    if disturbed := sum(row.disturbed for row in rows):
        lines.append(
            f"other programs disturbed {disturbed} of {len(rows)} queues: on a quiet machine this says more"
        )
    lines.append(f"it took {seconds:.0f} s")
    data = {
        "queues": list(map(asdict, rows)),
        "closed": closed,
        "knees": knees,
        "cost": cost,
        "seconds": seconds,
    }
    blocks: list[Block] = [Table(COLUMNS, table), *map(Text, lines)]
    return Report("Latencies under load", blocks, lambda: data, status=int("missed" in verdicts))


def _late(row: Row) -> str:
    from scripts.analysis.text import duration

    return f"p{100 * row.late[0]:g} {duration(row.late[1])}" if row.late else ""
