"""Whether the rules of judgement keep what they claim: error rates, power and coverage, by simulation."""

from __future__ import annotations

import argparse
import os
import select
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context
from typing import Any

from scripts.analysis.text import bounded
from scripts.checks import CheckFailed
from scripts.measuring.flags import positive
from scripts.measuring.usage import UsageError
from scripts.reports import Column, Report, Table, Text

EXAMPLES = """Nothing is measured: times are made up with known noise, and judged by the rules that judge measured ones.
A claim holds where the exact 95 % interval of the share lies within its bound, is open where it crosses it (more
trials would tell), and is broken where it lies beyond.

examples:
  scripts/fanout check statistics                        five minutes on two CPUs
  scripts/fanout check statistics --trials=2000          tight enough to prove 1 %
  scripts/fanout check statistics --only=METG            experiments with this in their name

exit status: 0 no claim is broken; 1 one is; 2 wrong usage; 130 interrupted"""
CHUNK = 20  # trials of one process's turn
STYLES = {"holds": "", "open": "yellow", "broken": "bold red", "": ""}


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--trials", metavar="N", type=positive(int), default=200, help="of each (default: 200)"
    )
    parser.add_argument("--only", metavar="TEXT", default="", help="experiments whose name has this in it")


def check(arguments: argparse.Namespace, wake: int, say: Callable[[str], None]) -> Report | None:
    """None where it was interrupted. Raises UsageError and CheckFailed."""
    from scripts.checks.claims import named

    names = [name for name in named() if arguments.only.lower() in name.lower()]
    if not names:
        raise UsageError(f"--only={arguments.only}: no experiment has this in its name: {'; '.join(named())}")
    found = _events(names, arguments.trials, arguments.seed, wake, say)
    return None if found is None else report(found, arguments.trials, arguments.seed)


def _events(
    names: list[str], count: int, seed: int, wake: int, say: Callable[[str], None]
) -> Mapping[str, Counter[str]] | None:
    """What happened in the trials of each experiment; None where it was interrupted."""
    turns = [(name, first, min(CHUNK, count - first)) for name in names for first in range(0, count, CHUNK)]
    found: dict[str, Counter[str]] = {name: Counter() for name in names}
    # Fork: children need what is imported here. The signals of a terminal are the parent's to answer.
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), get_context("fork"), _quiet) as pool:
        waiting: dict[Future[Counter[str]], str] = {
            pool.submit(_turn, *turn, seed): turn[0] for turn in turns
        }
        while waiting:
            if select.select([wake], [], [], 0)[0]:
                for child in active_children():
                    child.kill()  # a turn takes seconds, and has nothing to save
                return None
            done, _ = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                try:
                    found[waiting.pop(future)].update(future.result())
                except BrokenProcessPool as error:
                    raise CheckFailed(f"a process of the simulation was ended: {error}") from error
            say(f"{len(turns) - len(waiting)} of {len(turns)} turns of {CHUNK} trials")
    return found


def _quiet() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _turn(name: str, first: int, count: int, seed: int) -> Counter[str]:
    from scripts.checks.claims import named, trials

    return trials(named()[name], seed, first, count)


def report(found: Mapping[str, Counter[str]], count: int, seed: int) -> Report:
    from scripts.checks.claims import named

    rows: list[list[str]] = []
    data: list[dict[str, Any]] = []
    for name, events in found.items():
        for claim in named()[name].claims:
            share = claim.share(events, count)
            verdict = claim.verdict(share)
            asked = {"event": claim.event, "sense": claim.sense, "bound": claim.bound}
            data.append({"experiment": name, **asked, **share, "verdict": verdict})
            wanted = f"{claim.sense} {100 * claim.bound:g} %" if claim.bound is not None else ""
            rows.append([name, claim.event, wanted, bounded(share), verdict])
    totals = Counter(str(one["verdict"]) for one in data if one["verdict"])
    sentence = ", ".join(f"{totals[state]} {state}" for state in ("broken", "open", "holds") if totals[state])
    headings = [
        Column("experiment", wraps=True),
        Column("event", wraps=True),
        Column("claim"),
        Column("measured"),
        Column("verdict"),
    ]
    intro = Text(
        f"{count} trials of each, seed {seed}; brackets: exact 95 % intervals (Clopper and Pearson)."
    )
    table = Table(headings, rows, [STYLES[row[-1]] for row in rows])
    facts = {"trials": count, "seed": seed, "claims": data}
    end = Text(f"{sum(totals.values())} claims: {sentence}.", STYLES["broken" if totals["broken"] else ""])
    return Report(
        "The rules of judgement, on noise of known truth",
        [intro, table],
        lambda: facts,
        end,
        status=int(totals["broken"] > 0),
    )
