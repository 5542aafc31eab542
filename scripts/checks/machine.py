"""The job of `fanout selftest`, from its arguments to its exit status."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from scripts.analysis import noise, replay
from scripts.analysis.replay import BASES, EARLY, MARGINS, NOMINAL, Seen, Share, share_of, u_test
from scripts.analysis.text import printable
from scripts.checks import recording as selftest
from scripts.measuring import files as directory, journal, process, results as merge
from scripts.measuring.interruption import Interruption
from scripts.measuring.sample import Json, run_benchmark
from scripts.measuring.usage import UsageError

FEWEST = 16  # rounds: from fewer, duets would be drawn that are all alike
QUOTED = 0.05  # a slowdown
Processes = Mapping[str, Mapping[str, Sequence[Sequence[float]]]]


def run(arguments: argparse.Namespace, root: Path) -> int:
    """Raises UsageError, and NotRecorded."""
    rounds = arguments.rounds or (40 if arguments.quick else 200)
    if rounds < FEWEST:
        raise UsageError(f"--rounds={rounds}: {FEWEST} or more, for duets that are not all alike")
    folder, complete = arguments.replay, True
    if folder is None:
        folder, complete = _recorded(arguments, rounds, root)
        if not complete:
            print(
                f"interrupted; from {FEWEST} rounds on, scripts/fanout selftest --replay={folder} judges what there is"
            )
            return 130
    findings = _findings(folder / directory.SAMPLES, arguments.trials, arguments.seed)
    merge.write(folder / noise.FILE, findings)
    if arguments.replay is None:
        (root / "results").mkdir(exist_ok=True)
        merge.write(root / "results" / noise.FILE, findings)
    if arguments.json:
        print(json.dumps(findings, indent=1))
    else:
        _tell(findings, folder)
    return int(bool(findings["unequal"]))


def _recorded(arguments: argparse.Namespace, rounds: int, root: Path) -> tuple[Path, bool]:
    """The directory of the recording, and whether all rounds are there."""
    from rich.console import Console

    bench = arguments.bench.resolve()
    process.adopt_orphans()
    started = datetime.now(timezone.utc)
    console = Console(stderr=True, markup=False, highlight=False)
    with Interruption() as interruption, console.status("") as status:

        def say(line: str) -> None:
            if console.is_terminal:
                status.update(line)
            elif line.endswith(f" of {rounds}") and int(line.split()[1]) % 10 == 1:
                console.print(line)

        cells = selftest.subjects(bench, arguments.seed, interruption.wake)
        folder = directory.create(arguments.output, root / "results", started, "selftest-", noise.FILE)
        about = run_benchmark(bench, cells[0].slower(BASES[0]), selftest.LIMIT, wake=interruption.wake)
        header = {
            "selftest": 1,
            "started": started.isoformat(timespec="seconds"),
            "seed": arguments.seed,
            "arguments": {cell.name: cell.arguments for cell in cells},
            "timing": selftest.TIMING,
            "machine": noise.facts(about.context),
        }
        with journal.create(folder / directory.SAMPLES, header) as kept:
            done = selftest.record(bench, cells, rounds, arguments.seed, interruption.wake, kept, say)
    return folder, done == rounds


def _findings(path: Path, trials: int, seed: int) -> Json:
    """What the recording shows. Raises UsageError."""
    records = journal.read(path)
    header = records[0]
    processes = selftest.read(records[1:])
    rounds = len(next(iter(processes.values()))[BASES[0]])
    if rounds < FEWEST:
        raise UsageError(f"{path}: {rounds} whole rounds; it takes {FEWEST} or more")
    recording = selftest.medians(processes)
    seen = replay.replay(recording, selftest.sweep_of(list(recording)), trials, seed)
    alarms = Share(sum(s.hits for s in seen.alarms.values()), sum(s.trials for s in seen.alarms.values()))
    return {
        "started": header.get("started"),
        "machine": header.get("machine", {}),
        "rounds": rounds,
        "trials": trials,
        "seed": seed,
        "nominal": NOMINAL,
        "unequal": replay.unequal(recording),
        "false_alarms": alarms.as_json(),
        "false_alarms_after_confirmation": {cell: share.as_json() for cell, share in seen.confirmed.items()},
        "suites": {f"{margin:g}": share.as_json() for margin, share in seen.suites.items()},
        "cells": {cell: _cell(cell, recording, seen) for cell in recording},
        "shapes": {f"{kind}, {100 * step:g} %": s.as_json() for (kind, step), s in seen.shapes.items()},
        "mann_whitney": _mann_whitney(processes),
        "quoted": _quoted(seen),
    }


def _cell(cell: str, recording: replay.Recording, seen: Seen) -> Json:
    sights = {
        f"{100 * step:g} %, margin {100 * margin:g} %": {
            "found": sight.found.as_json(),
            f"found at {EARLY} rounds": sight.early.as_json(),
            "called same": sight.same.as_json(),
        }
        for (name, step, margin), sight in seen.sights.items()
        if name == cell
    }
    arms = {arm: replay.whole(recording[cell], arm) for arm in recording[cell] if arm != BASES[0]}
    return {"false_alarms": seen.alarms[cell].as_json(), "measured": arms, "seen": sights}


def _quoted(seen: Seen) -> Json:
    """For compare and duet: how often a suite of these cells is red at the default margin, and in which cell a slowdown of
    QUOTED is found most and least often."""
    margin = MARGINS[0]
    sights = sorted(
        (
            (cell, sight.found)
            for (cell, step, m), sight in seen.sights.items()
            if (step, m) == (QUOTED, margin)
        ),
        key=lambda pair: pair[1].hits,
    )
    return {
        "margin": margin,
        "suites": seen.suites[margin].as_json(),
        "slowdown": QUOTED,
        "most": {"cell": sights[-1][0], **sights[-1][1].as_json()},
        "least": {"cell": sights[0][0], **sights[0][1].as_json()},
    }


def _mann_whitney(processes: Processes) -> Json:
    """Of pairs of processes of one program, one pair a round."""
    flags = {
        cell: [u_test(first, second) for first, second in zip(arms[BASES[0]], arms[BASES[1]])]
        for cell, arms in processes.items()
    }
    every = [flag for cell in flags.values() for flag in cell]
    return {
        "cells": {cell: share_of(mine).as_json() for cell, mine in flags.items()},
        "all": share_of(every).as_json(),
        "suites": share_of(any(row) for row in zip(*flags.values())).as_json(),
    }


def _tell(findings: Json, folder: Path) -> None:
    from rich.table import Table
    from rich.text import Text

    from scripts.reports.summary import console, encodable

    screen = console()

    def text(words: str) -> Text:
        return Text(encodable(printable(words), screen.encoding))

    def share(found: Mapping[str, Any]) -> str:
        return f"{100 * found['share']:.3g} % [{100 * found['low']:.3g}, {100 * found['high']:.3g}]"

    screen.print(
        text(
            f"{findings['rounds']} rounds recorded, {findings['trials']} duets drawn from them in blocks of {replay.BLOCK}"
            " rounds: they share those rounds, so the bounds (95 %) are of this recording, not of another day."
        )
    )
    rows = [
        (f"false alarm, margin 0, nominal 1 %: {cell}", found["false_alarms"])
        for cell, found in findings["cells"].items()
    ]
    rows += [("the same, all cells", findings["false_alarms"])]
    rows += [
        (f"after confirmation: {cell}", found)
        for cell, found in findings["false_alarms_after_confirmation"].items()
    ]
    rows += [
        (f"red suite of {len(findings['cells'])} cells, margin {100 * float(margin):g} %", found)
        for margin, found in findings["suites"].items()
    ]
    rows += [("Mann-Whitney on repetitions, at 5 %: a cell flagged", findings["mann_whitney"]["all"])]
    rows += [("Mann-Whitney on repetitions, at 5 %: a suite flagged", findings["mann_whitney"]["suites"])]
    rows += [(f"called shape: {kind}", found) for kind, found in findings["shapes"].items()]
    grid = Table("what", "share of trials [bounds]", box=None, pad_edge=False)
    for words, found in rows:
        grid.add_row(text(words), text(share(found)))
    screen.print(grid)
    sights = Table(
        "cell, slowdown", "really", "found", f"at {EARLY} rounds", "called same", box=None, pad_edge=False
    )
    for cell, found in findings["cells"].items():
        for words, sight in found["seen"].items():
            measured = found["measured"][words.split(" %")[0]]
            really = f"{100 * (measured['ratio'] - 1):+.1f} %"
            sights.add_row(
                text(f"{'/'.join(cell.split('/')[:3])}, {words}"),
                text(really),
                *(text(share(s)) for s in sight.values()),
            )
    screen.print(sights)
    for cell in findings["unequal"]:
        screen.print(
            text(
                f"{cell}: equal arms differ over the whole recording: this machine favours one; do not trust it"
            )
        )
    print(folder / noise.FILE)
