"""How far a run is: a bar with the time left on a terminal, plain lines in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from scripts.analysis.text import printable
from scripts.measuring.catalogue import Json


@contextmanager
def status() -> Iterator[Callable[[str], None]]:
    """A line that changes on a terminal, lines in a log; on standard error."""
    console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
    with console.status("") as shown:

        def say(line: str) -> None:
            shown.update(line) if console.is_terminal else console.print(line)

        yield say


def display(cells: int, least: int, done: int) -> Bar | Lines:
    """The display that fits standard error. Each cell takes `least` samples or more; `done` are there from an earlier start."""
    return Bar(cells, least, done) if sys.stderr.isatty() else Lines()


def _failed(failure: Json) -> str:
    """One line; control characters that came from a process do not reach the terminal."""
    return printable(f"failed: {failure['name']}: {failure['kind']}: {failure['reason']}")


class Bar:
    """Full where every cell has its least number of samples; longer with each round that some still need."""

    def __init__(self, cells: int, least: int, done: int) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=console,
            transient=True,
            refresh_per_second=2,
        )
        self._least = least
        self._task = self._progress.add_task("", total=cells * least, completed=done)

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._progress.stop()

    def round(self, number: int, cells: int) -> None:
        words = f"round {number + 1}, {cells} cells"
        if number >= self._least:
            total = self._progress.tasks[0].completed + cells
            self._progress.update(self._task, description=words, total=total)
        else:
            self._progress.update(self._task, description=words)

    def sample(self) -> None:
        self._progress.advance(self._task)

    def failure(self, failure: Json) -> None:
        self._progress.console.print(Text(_failed(failure), style="red"))


class Lines:
    """A line for each round."""

    def __init__(self) -> None:
        self._done = 0
        self._started = time.monotonic()

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        pass

    def round(self, number: int, cells: int) -> None:
        if cells:
            spent = time.monotonic() - self._started
            self._say(f"round {number + 1}: {cells} cells; {self._done} samples so far, {spent:.0f} s")

    def sample(self) -> None:
        self._done += 1

    def failure(self, failure: Json) -> None:
        self._say(_failed(failure))

    def _say(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)
