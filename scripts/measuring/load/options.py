"""The flags of `fanout load`, whatever its subject, and their values."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass

from scripts.analysis.load.slo import Slo
from scripts.analysis.text import SECONDS
from scripts.measuring import flags
from scripts.measuring.usage import UsageError

ROUNDS = 6  # the fewest with intervals of 95 %
DURATION = 2.0  # seconds of arrivals, in a sample
BUDGET = 120.0  # seconds of samples, that the search for one cell's knee may take


@dataclass(frozen=True)
class Pressure:
    """How requests come."""

    arrivals: str = "poisson"
    duration: float = DURATION
    queue: int | None = None  # None: without end
    overflow: str = "block"

    def words(self, rate: float, duration: float = 0.0) -> list[str]:
        """For the binary."""
        queue = [] if self.queue is None else [f"--queue={self.queue}", f"--overflow={self.overflow}"]
        seconds = f"--benchmark_min_time={duration or self.duration:g}"
        return [f"--rate={rate:.15g}/s", f"--arrivals={self.arrivals}", *queue, seconds]


def rates(text: str) -> tuple[float, ...]:
    """Numbers a second, by commas: 1000/s or 1000."""
    found = tuple(flags.positive(float)(one.strip().removesuffix("/s")) for one in text.split(","))
    if twice := [rate for rate in found if found.count(rate) > 1]:
        raise argparse.ArgumentTypeError(f"'{text}' names {twice[0]:g}/s twice")
    return found


def slo(text: str) -> Slo:
    """20ms, or 20ms,p=99.9."""
    match = re.fullmatch(r"([0-9.]{1,12})(ns|us|ms|s)(?:,p=([0-9.]{1,8}))?", text, re.ASCII)
    try:
        if match is None:
            raise ValueError
        seconds, percent = float(match[1]) * SECONDS[match[2]], float(match[3] or 99)
        if not (0 < seconds and 0 < percent < 100):
            raise ValueError
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no limit such as 20ms or 20ms,p=99.9") from None
    return Slo(seconds, round(percent / 100, 8))


def queue(text: str) -> int | None:
    return None if text == "none" else flags.positive(int)(text)


def add_load(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--rate", metavar="LIST", type=rates, default=(), help="requests a second, by commas: 1000/s,2000/s")
    limit = "the limit of a percentile (99): 20ms, or 20ms,p=99.9; without --rate the knee is looked for"
    add("--slo", metavar="TIME[,p=P]", type=slo, help=limit)
    process = "poisson (default): at random times, seeded; constant: evenly"
    add("--arrivals", choices=("poisson", "constant"), default="poisson", help=process)
    add("--duration", metavar="TIME", type=flags.duration, default=DURATION, help="of a sample (default: 2s)")
    add(
        "--queue", metavar="N|none", type=queue, help="requests that may wait (default: none, so without end)"
    )
    full = "what a full queue does: block the generator (default), or drop the request"
    add("--overflow", choices=("block", "drop"), default="block", help=full)
    add("--closed", action="store_true", help="beside it the closed loop, which waits for each batch")
    rounds = f"samples of each cell and rate (default: {ROUNDS}; a knee takes 3 to 6 a step)"
    add("--rounds", metavar="N", type=flags.positive(int), default=ROUNDS, help=rounds)
    add("--max-time", metavar="TIME", type=flags.duration, help="stop after 90s, 10m, 2h (default: never)")
    flags.add_cells(add)
    flags.add_time_limit(parser)
    flags.add_around(add, "load-")


def pressure(arguments: argparse.Namespace) -> Pressure:
    """Raises UsageError on flags that say nothing together."""
    if not arguments.rate and not arguments.slo:
        raise UsageError("--rate=1000/s says at which rate, or --slo=20ms that the highest is to be found")
    if arguments.overflow == "drop" and arguments.queue is None:
        raise UsageError("--overflow=drop: a queue without end never overflows; give --queue=N")
    if arguments.lifecycle in ("cold", "both"):
        raise UsageError(
            f"--lifecycle={arguments.lifecycle}: requests come to workers that are there; leave it out"
        )
    flags.require_strong(arguments, "requests come at a rate, whatever the workers; leave it out")
    for rate in arguments.rate:
        if rate * arguments.duration < 1:
            raise UsageError(
                f"--rate={rate:g}/s: less than one request in --duration={arguments.duration:g}s"
            )
    return Pressure(arguments.arrivals, arguments.duration, arguments.queue, arguments.overflow)
