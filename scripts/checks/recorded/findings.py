"""What a recording of `fanout check machine` shows, and the report of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.checks import replay
from scripts.checks.replay import BASES, EARLY, MARGINS, NOMINAL, Recording, Seen, Share, share_of, u_test
from scripts.analysis.text import bounded, listed
from scripts.checks.recorded import recording
from scripts.checks.recorded.recording import FEWEST, SLOWDOWNS, Processes
from scripts.measuring import files
from scripts.measuring.catalogue import Json
from scripts.measuring.usage import UsageError
from scripts.reports import Column, Report, Table, Text, noise

QUOTED = 0.05  # a slowdown
RELIABLE = 0.8  # the share of duets that find a change which is then called visible


def findings(path: Path, trials: int, seed: int) -> Json:
    """What the recording shows. Raises UsageError."""
    records = files.read_journal(path)
    header = records[0]
    processes, sweep = recording.read(records)
    rounds = len(next(iter(processes.values()))[BASES[0]])
    if rounds < FEWEST:
        raise UsageError(f"{path}: {rounds} whole rounds; it takes {FEWEST} or more")
    times = recording.medians(processes)
    seen = replay.replay(times, sweep, trials, seed)
    alarms = Share(sum(s.hits for s in seen.alarms.values()), sum(s.trials for s in seen.alarms.values()))
    return {
        "started": header.get("started"),
        "machine": header.get("machine", {}),
        "rounds": rounds,
        "trials": trials,
        "seed": seed,
        "nominal": NOMINAL,
        "unequal": replay.unequal(times),
        "false_alarms": alarms.as_json(),
        "false_alarms_after_confirmation": {cell: share.as_json() for cell, share in seen.confirmed.items()},
        "suites": {f"{margin:g}": share.as_json() for margin, share in seen.suites.items()},
        "cells": {cell: _cell(cell, times, seen) for cell in times},
        "shapes": {f"{kind}, {100 * step:g} %": s.as_json() for (kind, step), s in seen.shapes.items()},
        "mann_whitney": _mann_whitney(processes),
        "quoted": _quoted(seen),
    }


def _cell(cell: str, times: Recording, seen: Seen) -> Json:
    sights = {
        f"{100 * step:g} %, margin {100 * margin:g} %": {
            "found": sight.found.as_json(),
            f"found at {EARLY} rounds": sight.early.as_json(),
            "called same": sight.same.as_json(),
        }
        for (name, step, margin), sight in seen.sights.items()
        if name == cell
    }
    arms = {arm: replay.whole(times[cell], arm) for arm in times[cell] if arm != BASES[0]}
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


def report(found: Json, folder: Path, verbose: bool) -> Report:
    cells = found["cells"]
    rows = [
        (f"false alarm, margin 0, nominal 1 %: {name}", cell["false_alarms"]) for name, cell in cells.items()
    ]
    rows += [("the same, all cells", found["false_alarms"])]
    rows += [
        (f"after confirmation: {name}", one) for name, one in found["false_alarms_after_confirmation"].items()
    ]
    rows += [
        (f"red suite of {len(cells)} cells, margin {100 * float(margin):g} %", one)
        for margin, one in found["suites"].items()
    ]
    test = "Mann-Whitney on repetitions, at 5 %"
    rows += [(f"{test}: a cell flagged", found["mann_whitney"]["all"])]
    rows += [(f"{test}: a suite flagged", found["mann_whitney"]["suites"])]
    rows += [(f"called shape: {kind}", one) for kind, one in found["shapes"].items()]
    shares = Table(
        [Column("what", wraps=True), Column("share of trials [bounds]")], [[a, bounded(b)] for a, b in rows]
    )
    sights = [
        [f"{name}, {change}", f"{100 * (cell['measured'][change.split(' %')[0]]['ratio'] - 1):+.1f} %"]
        + list(map(bounded, sight.values()))
        for name, cell in cells.items()
        for change, sight in cell["seen"].items()
    ]
    headings = ("really", "found", f"at {EARLY} rounds", "called same")
    detected = Table([Column("cell, slowdown", wraps=True), *map(Column, headings)], sights)
    intro = Text(
        f"{found['rounds']} rounds recorded, {found['trials']} duets drawn from them in blocks of {replay.BLOCK} rounds: they "
        "share those rounds, so the bounds (95 %) are of this recording, not of another day."
    )
    unequal = [
        Text(
            f"{name}: equal arms differ over the whole recording: this machine favours one; do not trust it",
            "red",
        )
        for name in found["unequal"]
    ]
    first = [Text(sentence) for sentence in conclusion(found)]
    end = Text(str(folder / noise.FILE))
    return Report(
        "This machine against itself",
        [*unequal, *first, intro, *([shares, detected] if verbose else [])],
        lambda: found,
        end,
        status=int(bool(unequal)),
    )


def conclusion(found: Json) -> list[str]:
    """What duets of this machine can be relied on for, and the margin that would make them so."""
    red = found["suites"][f"{MARGINS[0]:g}"]["share"]
    margin = 100 * MARGINS[0]
    by_size: dict[float, list[str]] = {}
    for name, cell in found["cells"].items():
        sizes = [step for step in SLOWDOWNS if _sight(cell, step)["found"]["share"] >= RELIABLE]
        by_size.setdefault(min(sizes, default=math.inf), []).append(name)
    sentences = [
        f"Here: {100 * red:.2g} % of duets of equals raise a false alarm at a margin of {margin:g} %."
    ]
    for size, names in sorted(by_size.items()):
        if math.isinf(size):
            sentences.append(
                f"Not even +{SLOWDOWNS[-1]} % is found reliably in {listed(names)}: it takes a quieter "
                f"machine, or more work a batch; --margin={SLOWDOWNS[-1]}% leaves less undecided."
            )
        else:
            sentences.append(
                f"From +{size:g} % on a change is found in {listed(names)} ({RELIABLE:.0%} of duets or more)."
            )
    return sentences


def _sight(cell: Mapping[str, Any], step: int) -> Mapping[str, Any]:
    found: Mapping[str, Any] = cell["seen"][f"{step} %, margin {100 * MARGINS[0]:g} %"]
    return found
