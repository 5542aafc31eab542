"""What the tests of commands share: a subject of given flags, and samples of its cells."""

from __future__ import annotations

import argparse
import os
from pathlib import Path


from scripts.measuring import flags
from scripts.measuring.catalogue import Catalogue
from scripts.measuring.plan import Selection
from scripts.measuring.sample import Outcome
from scripts.measuring.subject import Conditions
from scripts.subjects import command
from scripts.subjects.command import Command
from tests.conftest import BUILD

LIMIT = 60.0  # seconds, far beyond need
CATALOGUE = Catalogue(BUILD / "fanout-bench", 2.0, (0, 1), (), ())


def parse(*arguments: str) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bench", type=Path, default=BUILD / "fanout-bench")
    parser.add_argument("--time-limit", type=float)
    command.add_flags(parser.add_argument)
    flags.add_cells(parser.add_argument)
    before, words = flags.split(arguments)
    return parser.parse_args(before), words


def make(*arguments: str) -> Command:
    return command.make(*parse(*arguments))


def selection(*arguments: str) -> Selection:
    found, _ = parse(*arguments)
    return Selection(settings=tuple(found.set), workers=",".join(found.workers), weak=found.scaling == "weak")


class Measured:
    """A subject that has begun: each of its cells can be sampled."""

    def __init__(self, *arguments: str, kept: list[str] | None = None) -> None:
        self.subject = make(*arguments)
        self.plan = self.subject.plan(selection(*arguments), CATALOGUE)
        never, self._write = os.pipe()
        self.shared, _ = self.subject.begin(self.plan, 1, never, kept)
        os.close(never)
        os.close(self._write)

    def __call__(self, index: int = 0, limit: float = LIMIT, wake: int | None = None) -> Outcome:
        how = Conditions(limit, padding=10, wake=wake)
        return self.subject.sample(self.plan.cells[index], how)


def script(path: Path, body: str) -> str:
    """A program; its path."""
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)
