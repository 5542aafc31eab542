"""Whether changes are found in a history, and nothing else: in simulated ones, beside simpler rules."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from scripts.checks.statistics import STYLES, events
from scripts.measuring.flags import positive
from scripts.reports import Block, Column, Heading, Report, Table, Text

if TYPE_CHECKING:  # help has to work before packages are there
    from scripts.checks.histories.figures import Events

EXAMPLES = """Nothing is measured: histories of 100 commits of 20 cells are made up, with known changes and known noise, and go
commit after commit through the rules that judge recorded ones; duets that confirm are simulated as well. A claim holds
where its 95 % interval lies within the bound, is open where it crosses it (more histories would tell), and is broken
where it lies beyond.

examples:
  scripts/fanout check history                    two minutes on two CPUs
  scripts/fanout check history --histories=200    narrower intervals

exit status: 0 no claim is broken; 1 one is; 2 wrong usage; 130 interrupted"""
CHUNK = 5  # histories of one process's turn


def add_flags(parser: argparse.ArgumentParser) -> None:
    text = (
        "of each kind: typical and nasty, without change, with +5 %% and with +10 %% (default: %(default)s)"
    )
    parser.add_argument("--histories", metavar="N", type=positive(int), default=40, help=text)


def check(arguments: argparse.Namespace, wake: int, say: Callable[[str], None]) -> Report | None:
    """None where it was interrupted. Raises CheckFailed."""
    from scripts.checks.histories.trial import experiments

    found = events([*experiments()], arguments.histories, arguments.seed, wake, say, CHUNK)
    return None if found is None else report(found, arguments.histories, arguments.seed)


def report(found: Events, histories: int, seed: int) -> Report:
    from scripts.analysis.history.parameters import PARAMETERS
    from scripts.checks.histories import figures
    from scripts.checks.histories.world import NOISES_OF

    judged = [(noise, one) for noise in NOISES_OF for one in figures.claims(found, noise, histories)]
    rows = [[noise, one.what, one.wanted, one.figure.text(one.percent), one.verdict] for noise, one in judged]
    totals = Counter(one.verdict for _, one in judged)
    sentence = ", ".join(f"{totals[state]} {state}" for state in ("broken", "open", "holds") if totals[state])
    ruled = [cells for noise in NOISES_OF for cells in _rules(found, noise, histories)]
    headings = [Column("noise"), Column("rule", wraps=True), *map(Column, HEADINGS)]
    claimed = [Column("noise"), Column("claim", wraps=True), *map(Column, ("bound", "measured", "verdict"))]
    blocks: list[Block] = [
        Text(
            f"{histories} histories of each kind, seed {seed}: 100 commits, 20 cells, 8 processes; brackets: 95 % intervals."
        ),
        Table(headings, ruled),
        Heading("What is claimed of nominated, confirmed"),
        Table(claimed, rows, [STYLES[cells[-1]] for cells in rows]),
    ]

    def data() -> dict[str, Any]:
        return {
            "histories": histories,
            "seed": seed,
            "parameters": asdict(PARAMETERS),
            "rules": [dict(zip(("noise", "rule", *HEADINGS), cells)) for cells in ruled],
            "claims": [{"noise": noise} | asdict(one) for noise, one in judged],
        }

    end = Text(f"{len(judged)} claims: {sentence}.", STYLES["broken" if totals["broken"] else ""])
    title = "Changes in histories of known truth"
    return Report(title, blocks, data, end, status=int(totals["broken"] > 0))


HEADINGS = ("false", "+5 % found", "+10 % found", "delay of +5 %", "of +10 %", "within 3", "cost")


def _rules(found: Events, noise: str, histories: int) -> Iterator[list[str]]:
    """A row a rule; the false ones are those of one history, the delays medians in commits, the cost that with changes of +5 %."""
    from scripts.checks.histories import figures
    from scripts.checks.histories.trial import CHANGES, CONFIRMED, RULES

    for rule in RULES:
        yield [
            noise,
            rule,
            figures.false(found, rule, noise, histories).text(),
            *(figures.seen(found, rule, noise, change, histories).text(True) for change in CHANGES[1:]),
            *(figures.median(found, rule, noise, change).text() for change in CHANGES[1:]),
            figures.near(found, rule, noise).text(True),
            figures.cost(found, noise, CHANGES[1]).text(True) if rule == CONFIRMED else "0",
        ]
