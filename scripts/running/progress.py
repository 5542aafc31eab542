"""How far a run is: a bar with the time left on a terminal, plain lines in a log."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from scripts.running.plan import Block
from scripts.running.rounds import Turn
from scripts.running.sample import Json


def display(total: int, rounds: int) -> Bar | Lines:
    """The display that fits standard error. `total` is a number of samples."""
    return Bar(total) if sys.stderr.isatty() else Lines(total, rounds)


def _failed(failure: Json) -> str:
    """One line; control characters that came from a process do not reach the terminal."""
    text = f"failed: {failure['name']}: {failure['kind']}: {failure['reason']}"
    return "".join(letter if letter.isprintable() else " " for letter in text)


class Bar:
    def __init__(self, total: int) -> None:
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
        self._task = self._progress.add_task("", total=total)

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._progress.stop()

    def block(self, block: Block) -> None:
        self._progress.update(self._task, description=block.case)

    def turn(self, block: Block, turn: Turn) -> None:
        self._progress.advance(self._task)

    def failure(self, failure: Json) -> None:
        self._progress.console.print(Text(_failed(failure), style="red"))


class Lines:
    def __init__(self, total: int, rounds: int) -> None:
        self._total = total
        self._rounds = rounds
        self._done = 0
        self._started = time.monotonic()

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        pass

    def block(self, block: Block) -> None:
        pass

    def turn(self, block: Block, turn: Turn) -> None:
        self._done += 1
        if turn.order == len(block.cells) - 1:
            spent = time.monotonic() - self._started
            left = spent / self._done * (self._total - self._done)
            self._say(
                f"{block.case}: round {turn.round + 1} of {self._rounds}; {self._done} of {self._total} samples,"
                f" {spent:.0f} s, about {left:.0f} s left"
            )

    def failure(self, failure: Json) -> None:
        self._say(_failed(failure))

    def _say(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)
