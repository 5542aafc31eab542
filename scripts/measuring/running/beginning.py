"""What measuring begins with: a directory with a journal, a machine that is as quiet as asked for, a subject that is ready."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from scripts.analysis.text import printable
from scripts.measuring import files, process
from scripts.measuring.files import Journal
from scripts.measuring.interruption import Interruption
from scripts.measuring.running import quiet
from scripts.measuring.running.request import Request
from scripts.measuring.subject import begun


class Begun(NamedTuple):
    folder: Path
    started: str  # ISO, UTC
    shared: list[str]  # settings of all processes
    interruption: Interruption
    journal: Journal


@contextmanager
def beginning(
    of: str,
    result: str,
    request: Request,
    argv: Sequence[str],
    output: Path | None,
    estimate: float,
    patience: float,
) -> Iterator[Begun]:
    """For the command `of` that name, which writes `result`; it takes about `estimate` seconds, and waits for a quiet machine
    for up to `patience`. Raises UsageError, and KeyboardInterrupt where that was asked for meanwhile."""
    now = datetime.now(timezone.utc)
    prefix = "" if of == "run" else f"{of}-"
    process.adopt_orphans()
    with files.fresh_directory(
        output, files.HOME, now, prefix, result
    ) as folder, Interruption() as interruption:
        quiet.expect(estimate, patience, interruption.wake)
        with begun([request.subject], request.plan, request.seed, interruption) as (shared, why):
            if why:
                print(printable(why), file=sys.stderr)
            started, bench = now.isoformat(timespec="seconds"), str(request.catalogue.program)
            how = {"started": started, "argv": list(argv), "bench": bench, "shared": shared}
            header = {"journal": 1, "of": of, **how, **request.identity}
            with files.create_journal(folder / files.SAMPLES, header) as journal:
                yield Begun(folder, started, shared, interruption, journal)
