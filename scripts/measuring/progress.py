"""How far a command is, on standard error: a line that changes on a terminal, lines in a log."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from scripts.analysis.text import printable
from scripts.measuring.catalogue import Json


@contextmanager
def status() -> Iterator[Callable[[str], None]]:
    """A function that shows what is being done."""
    console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
    with console.status("") as shown:

        def say(line: str) -> None:
            shown.update(printable(line)) if console.is_terminal else console.print(printable(line))

        yield say


@contextmanager
def progress(cells: int, least: int, done: int) -> Iterator[Progress]:
    """Each cell takes `least` samples or more; `done` are there from an earlier start."""
    console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
    with console.status("") as shown:
        yield Progress(console, shown.update, cells * least, done)


class Progress:
    """Of a run: on a terminal with the time left until all cells have their least number of samples."""

    def __init__(self, console: Console, update: Callable[[str], None], total: int, done: int) -> None:
        self._console, self._update = console, update
        self._total, self._done, self._before = total, done, done
        self._started = time.monotonic()
        self._round = ""

    def round(self, number: int, cells: int) -> None:
        spent = time.monotonic() - self._started
        self._round = f"round {number + 1}: {cells} cells"
        self._total = max(self._total, self._done + cells)
        if cells and not self._console.is_terminal:
            taken = self._done - self._before
            self._console.print(f"{self._round}; {taken} samples so far, {spent:.0f} s")

    def sample(self) -> None:
        self._done += 1
        left = (time.monotonic() - self._started) / (self._done - self._before) * (self._total - self._done)
        self._update(f"{self._round}; {self._done} of {self._total} samples, about {left:.0f} s left")

    def short(self, rounds: int, each: float, limit: float) -> None:
        """Says so where so many rounds of `each` seconds do not fit into the limit."""
        if rounds * each > limit:
            ask = f"--max-time={math.ceil(2 * rounds * each)}s, or fewer --executors, --workers or tasks"
            text = f"a round takes {each:.0f} s: {rounds} of them do not fit into {limit:.0f} s, and tell little; ask for {ask}"
            self._console.print(text, style="red")

    def failure(self, failure: Json) -> None:
        text = f"failed: {failure['name']}: {failure['kind']}: {failure['reason']}"
        self._console.print(printable(text), style="red")
