"""Whether the rules of judgement keep what they claim: error rates, power and coverage, by simulation."""

from __future__ import annotations

import argparse
import os
import select
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.analysis.text import bounded
from scripts.checks import CheckFailed
from scripts.measuring.flags import positive
from scripts.measuring.usage import UsageError
from scripts.reports import Column, Report, Table, Text

if TYPE_CHECKING:  # help has to work before packages are there
    import pandas as pd

    from scripts.checks.simulated.experiment import Experiment

EXAMPLES = """Nothing is measured: times are made up with known noise, and judged by the rules that judge measured ones.
A claim holds where the exact 95 % interval of the share lies within its bound, is open where it crosses it (more
trials would tell), and is broken where it lies beyond.

examples:
  scripts/fanout check statistics                        five minutes on two CPUs
  scripts/fanout check statistics --trials=2000          tight enough to prove 1 %
  scripts/fanout check statistics --only=METG            experiments with this in their name
  scripts/fanout check statistics --recorded=results/A   the answer, on what was measured there

exit status: 0 no claim is broken; 1 one is; 2 wrong usage; 130 interrupted"""
CHUNK = 20  # trials of one process's turn, of those that take milliseconds
STYLES = {"holds": "", "open": "yellow", "broken": "bold red", "": ""}


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--trials", metavar="N", type=positive(int), default=200, help="of each (default: 200)"
    )
    parser.add_argument("--only", metavar="TEXT", default="", help="experiments whose name has this in it")
    recorded = "the answer alone, on the cases of a run with --precision=all --rounds=40"
    parser.add_argument("--recorded", metavar="DIR", type=Path, help=recorded)


def check(arguments: argparse.Namespace, wake: int, say: Callable[[str], None]) -> Report | None:
    """None where it was interrupted. Raises UsageError and CheckFailed."""
    from scripts.checks.simulated.claims import named

    known = named(_table(arguments.recorded) if arguments.recorded else None)
    chosen = [each for name, each in known.items() if arguments.only.lower() in name.lower()]
    if not chosen:
        raise UsageError(f"--only={arguments.only}: no experiment has this in its name: {'; '.join(known)}")
    found = events(chosen, arguments.trials, arguments.seed, wake, say)
    return None if found is None else report(chosen, found, arguments.trials, arguments.seed)


def _table(path: Path) -> pd.DataFrame:
    """Raises UsageError where no case is to be drawn from."""
    from scripts.analysis.results import BadResults, load
    from scripts.checks.simulated.raced import ENOUGH, recorded

    try:
        table = load([path]).table
    except BadResults as error:
        raise UsageError(f"--recorded: {error}") from error
    if not any(recorded(table)):
        raise UsageError(
            f"--recorded={path}: no case has {ENOUGH} rounds of every cell; `fanout run --precision=all --rounds=40` makes such a run"
        )
    return table


def events(
    chosen: Sequence[Experiment],
    count: int,
    seed: int,
    wake: int,
    say: Callable[[str], None],
    chunk: int = CHUNK,
) -> Mapping[str, Counter[str]] | None:
    """What happened in the trials of each experiment; None where it was interrupted."""
    turns = [(each, first, min(chunk, count - first)) for each in chosen for first in range(0, count, chunk)]
    found: dict[str, Counter[str]] = {each.name: Counter() for each in chosen}
    # Fork: children need what is imported here. The signals of a terminal are the parent's to answer.
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), get_context("fork"), _quiet) as pool:
        waiting: dict[Future[Counter[str]], str] = {
            pool.submit(_turn, *turn, seed): turn[0].name for turn in turns
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
            say(f"{len(turns) - len(waiting)} of {len(turns)} turns of {chunk} trials")
    return found


def _quiet() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _turn(experiment: Experiment, first: int, count: int, seed: int) -> Counter[str]:
    from scripts.checks.simulated.claims import trials

    return trials(experiment, seed, first, count)


def report(chosen: Sequence[Experiment], found: Mapping[str, Counter[str]], count: int, seed: int) -> Report:
    rows: list[list[str]] = []
    data: list[dict[str, Any]] = []
    for experiment in chosen:
        name = experiment.name
        for claim in experiment.claims:
            share = claim.share(found[name], count)
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
