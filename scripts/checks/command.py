"""What timing a command adds to it, beside starting it and waiting for it and nothing else."""

from __future__ import annotations

import argparse
import os
import random
import select
import time
from collections.abc import Callable, Sequence
from functools import partial

from scripts.checks import CheckFailed, bound
from scripts.checks.bound import Claim, Times, judge, report
from scripts.reports import Report
from scripts.subjects import matrix, output
from scripts.subjects.execution import Timer
from scripts.measuring.template import Template, of_text, program

EXAMPLES = """Each command is run as `fanout run` runs it, and by posix_spawn(3) and wait4(2) alone, one after the other in random
order; in sessions of their own, among which the kernel shares out the CPUs. A figure is the time by Fanout's clock minus that of
the other clock, round by round. Both write to files in memory; what that costs beside /dev/null is a figure of its own.

examples:
  scripts/fanout check command                       half a minute
  scripts/fanout check command --command='xz -T2 -k -c FILE'

exit status: 0 no bound is missed beyond doubt; 1 one is, or a command failed; 2 wrong usage; 130 interrupted"""
BOUND = 1.0  # ms
LIMIT = 60.0  # seconds for a command
COMMANDS = (
    "true",
    "sh -c 'exit 0'",
    "head -c 8388608 /dev/zero",  # 8 MiB of output
    "sh -c 'i=0; while [ $i -lt 10000 ]; do i=$((i+1)); done'",  # computes for a while
)
WAYS = ("fanout", "alone", "dropped")  # the last: alone, with its output dropped


def add_flags(parser: argparse.ArgumentParser) -> None:
    bound.add_rounds(parser, 100)
    text = "a command in place of these; may be repeated"
    parser.add_argument("--command", metavar="TEXT", action="append", help=text)


def check(arguments: argparse.Namespace, wake: int, say: Callable[[str], None]) -> Report | None:
    """None where it was interrupted. Raises UsageError and CheckFailed."""
    timer = Timer(bound.program(arguments, "fanout-time"))
    commands = [of_text("--command", text) for text in arguments.command or COMMANDS]
    for each in commands:
        each.require(())
        matrix.require_executable(each, each.fill({}))
    times = measure(timer, commands, arguments.rounds, arguments.seed, wake, say)
    if times is None:
        return None
    return report("What timing a command adds to it", judge(times, claims(commands)), arguments.rounds)


def claims(commands: Sequence[Template]) -> list[Claim]:
    found = [
        Claim(each.text, partial(_difference, f"fanout {each.text}", f"alone {each.text}"), BOUND, "ms")
        for each in commands
    ]
    return found + [
        Claim(
            f"output to memory: {each.text}",
            partial(_difference, f"alone {each.text}", f"dropped {each.text}"),
            unit="ms",
        )
        for each in commands
    ]


def _difference(more: str, less: str, times: Times) -> list[float]:
    return [1e3 * (a - b) for a, b in zip(times[more], times[less])]


def measure(
    timer: Timer, commands: Sequence[Template], rounds: int, seed: int, wake: int, say: Callable[[str], None]
) -> Times | None:
    """Seconds by way and command. None where it was interrupted. Raises CheckFailed."""
    times: Times = {}
    order = random.Random(seed)
    arms = [(way, each) for each in commands for way in WAYS]
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        for way, each in order.sample(arms, len(arms)):
            if select.select([wake], [], [], 0)[0]:
                return None
            times.setdefault(f"{way} {each.text}", []).append(_seconds(timer, way, each))
    return times


def _seconds(timer: Timer, way: str, each: Template) -> float:
    """Raises CheckFailed."""
    words = each.fill({})
    with output.file() as written, open(os.devnull, "r+b") as null:
        if way != "fanout":
            return _alone(words, null.fileno() if way == "dropped" else written, null.fileno())
        took = timer.run(words, os.environ, LIMIT, stdout=written, largest=output.LARGEST)
    if failure := took.failure():
        raise CheckFailed(f"{each}: {failure.reason}")
    return float(took.numbers["real_time"]) / 1e9


def _alone(words: list[str], stdout: int, null: int) -> float:
    """By nothing but the system's own ways."""
    file = str(program(words))
    streams = [(os.POSIX_SPAWN_DUP2, file, number) for number, file in enumerate((null, stdout, null))]
    before = time.monotonic_ns()
    process = os.posix_spawn(file, words, os.environ, file_actions=streams, setsid=True)
    os.wait4(process, 0)
    return (time.monotonic_ns() - before) / 1e9
