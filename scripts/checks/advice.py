"""How often `fanout why` names the right cause, over faults that are made on purpose, and accuses cells that have none."""

from __future__ import annotations

import argparse
import json
import os
import select
import shlex
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.analysis.text import bounded, printable
from scripts.checks import CheckFailed
from scripts.measuring import flags
from scripts.measuring.usage import UsageError
from scripts.reports import Column, Report, Table, Text

if TYPE_CHECKING:  # help has to work before packages are there
    from scripts.checks.faults import Fault

EXAMPLES = """Each fault is made, one `fanout why` is run on it, and its cells are counted: named is the right cause, wrong another one that
an experiment has confirmed. What is done already in --output is not done again.

examples:
  scripts/fanout check advice --cells=30 --output=advice     some hours; goes on where it was interrupted
  scripts/fanout check advice --faults='quota,long lock' --cells=5

exit status: 0 fine; 1 a `why` failed; 2 wrong usage; 130 interrupted"""
ROOT = Path(__file__).resolve().parents[2]
WITHOUT = 10  # times as many cells without a fault
LONGEST = 1800.0  # seconds of one `why`
RIGHT, SUSPECTED, WRONG, ELSE, NOTHING = (
    "right",
    "right, suspected",
    "wrong, confirmed",
    "wrong, suspected",
    "nothing",
)


@dataclass(frozen=True)
class Seen:
    """A cell with a fault, or without one, and what was said of it: by cause, the state."""

    fault: str
    cell: str
    said: Mapping[str, str]

    def verdict(self, cause: str) -> str:
        from scripts.advice.causes import accuses

        accused = {name: state for name, state in self.said.items() if accuses(name)}
        if cause in accused:
            return RIGHT if accused[cause] == "confirmed" else SUSPECTED
        if not accused:
            return NOTHING
        return WRONG if "confirmed" in accused.values() else ELSE


def add_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--faults", metavar="LIST", help="names of faults, with commas (default: all)")
    add("--cells", metavar="N", type=flags.positive(int), default=30, help="of each fault (default: 30)")
    add("--rounds", metavar="N", type=flags.positive(int), default=6, help="of each `why` (default: 6)")
    add(
        "--output",
        metavar="DIR",
        type=Path,
        default=Path("results/check-advice"),
        help="(default: %(default)s)",
    )


def check(arguments: argparse.Namespace, wake: int, say: Callable[[str], None]) -> Report | None:
    """None where it was interrupted. Raises UsageError and CheckFailed."""
    from scripts.checks.faults import FAULTS, NotHere
    from scripts.measuring import catalogue

    names = [name.strip() for name in arguments.faults.split(",")] if arguments.faults else list(FAULTS)
    if unknown := [name for name in names if name not in FAULTS]:
        raise UsageError(f"--faults: nothing is called '{unknown[0]}'; known: {', '.join(FAULTS)}")
    cpus = catalogue.read(arguments.bench.resolve()).effective_cpus
    seen: list[Seen] = []
    absent: dict[str, str] = {}
    for name in names:
        fault, found = FAULTS[name], 0
        wanted = arguments.cells * (1 if fault.cause else WITHOUT)
        for variant in range(wanted):
            if found >= wanted or name in absent:
                break
            if select.select([wake], [], [], 0)[0]:
                return None
            say(f"{name}: {found} of {wanted} cells")
            try:
                document = _why(name, fault, variant, cpus, arguments, wake)
            except NotHere as error:
                absent[name] = str(error)
                continue
            if document is None:
                return None
            cells = of_document(name, document)
            seen += cells[: wanted - found]
            found += len(cells)
    return report(seen, absent, arguments)


def _why(
    name: str, fault: Fault, variant: int, cpus: float, arguments: argparse.Namespace, wake: int
) -> dict[str, Any] | None:
    """Its document, from before where it is there already; None where it was interrupted."""
    from scripts.checks.faults import made
    from scripts.measuring import process

    folder = arguments.output / f"{name.replace(' ', '-').replace(',', '')}-{variant}"
    path = folder / "why.json"
    if not path.exists() or _read(path)["context"]["interrupted"]:
        shutil.rmtree(folder, ignore_errors=True)
        words = [sys.executable, str(ROOT / "scripts/why.py"), *fault.flags(variant, cpus)]
        words += [f"--seed={arguments.seed + variant}", f"--rounds={arguments.rounds}"]
        words += [f"--bench={arguments.bench.resolve()}", f"--output={folder.resolve()}"]
        with made(fault, cpus) as before:
            ended = process.run(["/usr/bin/env", *before, *words], os.environ, LONGEST, wake)
        if ended.how == "interrupted":
            return None
        if not path.exists():
            raise CheckFailed(f"{shlex.join(words)}: {printable(ended.stderr.strip() or ended.how)}")
    return _read(path)


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def of_document(fault: str, document: Mapping[str, Any]) -> list[Seen]:
    """The cells that were judged: those with a waterfall that are no base of another one."""
    said: dict[str, dict[str, str]] = {}
    bases = {one["base"] for one in document["waterfalls"]}
    for one in document["waterfalls"]:
        if one["cell"] not in bases:
            said[one["cell"]] = {}
    for one in document["advice"]:
        if one["cell"] in said:
            said[one["cell"]][one["cause"]] = one["state"]
    return [Seen(fault, cell, each) for cell, each in said.items()]


def report(seen: Sequence[Seen], absent: Mapping[str, str], arguments: argparse.Namespace) -> Report:
    from scripts.checks.faults import FAULTS

    counts = {
        name: Counter(one.verdict(FAULTS[name].cause) for one in seen if one.fault == name) for name in FAULTS
    }
    counts = {name: found for name, found in counts.items() if found}
    headings = (RIGHT, SUSPECTED, WRONG, ELSE, NOTHING)
    rows = [
        [name, FAULTS[name].cause or "none", *(str(found[each]) for each in headings), str(found.total())]
        for name, found in counts.items()
    ]
    matrix = Table(
        [Column("fault", wraps=True), Column("cause"), *map(Column, headings), Column("cells")], rows
    )
    faulty = sum((found for name, found in counts.items() if FAULTS[name].cause), Counter[str]())
    healthy = sum((found for name, found in counts.items() if not FAULTS[name].cause), Counter[str]())
    claims = {
        "the right cause is named, of cells with a fault": _share(faulty, (RIGHT, SUSPECTED)),
        "a wrong cause is stated as confirmed, of them": _share(faulty, (WRONG,)),
        "healthy cells that are accused": _share(healthy, (WRONG, ELSE)),
    }
    pooled = Table(
        [Column("pooled", wraps=True), Column("share [95 %, exact]")],
        [[text, bounded(share)] for text, share in claims.items() if share],
    )
    others = Counter((one.fault, *_wrong(one)) for one in seen if _wrong(one))
    wrong = [
        Text(f"{fault}: also {' and '.join(causes)} ({count})") for (fault, *causes), count in others.items()
    ]
    missing = [Text(f"not made here: {name}: {why}") for name, why in absent.items()]
    data = {
        "cells": [vars(one) | {"said": dict(one.said)} for one in seen],
        "matrix": {name: dict(found) for name, found in counts.items()},
        "pooled": claims,
        "absent": dict(absent),
    }
    note = Text(
        f"{arguments.rounds} rounds a cell and pass, seed {arguments.seed}; the documents are in {arguments.output}"
    )
    return Report("Causes named, by fault", [matrix, pooled, *wrong, *missing], lambda: data, note)


def _wrong(one: Seen) -> list[str]:
    from scripts.advice.causes import accuses
    from scripts.checks.faults import FAULTS

    right = FAULTS[one.fault].cause
    return sorted(
        f"{cause} {state}" for cause, state in one.said.items() if cause != right and accuses(cause)
    )


def _share(found: Counter[str], events: Iterable[str]) -> dict[str, float]:
    from scripts.checks.replay import Share

    return Share(sum(found[event] for event in events), found.total()).as_json() if found else {}
