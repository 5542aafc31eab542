"""The job of `fanout duet`, from its arguments to its exit status."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path

from scripts.analysis import noise
from scripts.analysis.looks import LOOKS
from scripts.analysis.text import printable
from scripts.measuring import calibration as spin, files as directory, journal, process, results as merge
from scripts.reports import verdicts
from scripts.measuring.duet.judging import Rules, Score
from scripts.measuring.duet.playing import Play
from scripts.measuring.duet.report import Duet
from scripts.measuring.duet.setting import ERROR, Setting, prepare
from scripts.measuring.interruption import Interruption
from scripts.measuring.sample import Json

RESULT = "duet.json"
DIFFERENT = 4  # the exit status where the builds do not compare
Say = Callable[[str], None]


def run(arguments: argparse.Namespace, argv: Sequence[str], root: Path) -> int:
    """Raises UsageError, and KeyboardInterrupt where there is nothing to keep."""
    process.adopt_orphans()
    with Interruption() as interruption:
        with _progress() as say:
            setting = prepare(arguments, interruption.wake, say)
        print(*setting.announced(), sep="\n", file=sys.stdout if arguments.dry_run else sys.stderr)
        if setting.differing and not arguments.cross_machine:
            said = printable("; ".join(setting.differing))
            print(
                f"fanout duet: different builds (--cross-machine compares them): {said}",
                file=sys.stderr,
            )
            return DIFFERENT
        if arguments.dry_run:
            return 0
        started = datetime.now(timezone.utc)
        folder = directory.create(arguments.output, root / "results", started, "duet-", RESULT)
        facts = _facts(setting, argv, started)
        with _progress() as say:
            quoted = noise.quote(root / "results" / noise.FILE, setting.contexts[1])
            duet = _measured(setting, arguments.margin, facts, folder, interruption.wake, say, quoted)
    merge.write(folder / RESULT, duet.document())
    status = verdicts.show(duet.report, arguments.format)
    print(folder / RESULT, *_drawn(duet, folder), sep="\n", file=sys.stderr)
    return 130 if duet.end == "interrupted" else status


def _measured(
    setting: Setting, margin: float, facts: Json, folder: Path, wake: int, say: Say, quoted: str
) -> Duet:
    """Measures, every sample into the journal. Raises KeyboardInterrupt where that came before the first one."""
    clock = time.monotonic()
    score = Score(Rules(margin, ERROR, setting.comparisons), setting.sweeps)
    rate, remarks = _rate(setting, wake)
    path = folder / directory.SAMPLES
    with journal.create(path, facts | {"rate": rate}) as kept:
        play = Play(
            setting.programs(rate),
            score,
            setting.seed,
            setting.profile.time_limit,
            clock + setting.max_time,
            wake,
            kept.append,
            say,
        )
        end = play.run()
    if end == "interrupted" and not any(record.touched for record in play.records.values()):
        path.unlink()
        with suppress(OSError):  # a directory of the user's with something in it
            folder.rmdir()
        raise KeyboardInterrupt
    facts = facts | {"rate": rate, "wall_seconds": round(time.monotonic() - clock, 1)}
    return Duet(setting, score, play.records, end, facts, (*remarks, quoted))


def _rate(setting: Setting, wake: int) -> tuple[list[str], list[str]]:
    """The setting of spin that all processes get, and what is to be said where there is none."""
    try:
        return setting.rate(wake), []
    except spin.NotCalibrated as why:
        return [], [f"spin is not calibrated, so its processes may differ in work: {why}."]


def _facts(setting: Setting, argv: Sequence[str], started: datetime) -> Json:
    sides = {"base": setting.base, "new": setting.new}
    return {
        "command": ["scripts/fanout", "duet", *argv],
        "started": started.isoformat(timespec="seconds"),
        "seed": setting.seed,
        "looks": list(LOOKS),
        "comparisons": setting.comparisons,
        "sides": {
            arm: {"asked": side.asked, "commit": side.commit, "sha256": side.digest(), "context": context}
            for (arm, side), context in zip(sides.items(), setting.contexts)
        },
    }


def _drawn(duet: Duet, folder: Path) -> list[Path]:
    """The chart of the ratios, as the table has them."""
    from plots import FORMATS, save
    from plots.ratios import chart

    report = duet.report
    if not report.rows:
        return []
    rows = [(row.name, row.verdict) for row in verdicts.worst_first(report.rows)]
    subtitle = (
        f"Paired by round. Lines: intervals that hold all true ratios together with {1 - report.missed:.0%}."
    )
    paths = [folder / f"ratios.{suffix}" for suffix in FORMATS]
    for path in paths:
        save(chart(report.title, subtitle, rows, report.margin), path)
    return paths


@contextmanager
def _progress() -> Iterator[Say]:
    """One line that changes on a terminal, lines in a log; on standard error."""
    from rich.console import Console

    console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
    with console.status("") as status:

        def say(line: str) -> None:
            status.update(line) if console.is_terminal else console.print(line)

        yield say
