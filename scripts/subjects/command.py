"""Any command as a subject: `fanout run -- ./app --threads={workers}`. Its receipt is its exit status, and what it writes."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scripts.analysis.text import printable, shortened
from scripts.measuring import flags
from scripts.measuring.catalogue import Catalogue, Cell, Json
from scripts.measuring.plan import Plan, Selection
from scripts.measuring.sample import Outcome
from scripts.measuring.subject import Conditions, digest
from scripts.measuring.usage import UsageError
from scripts.subjects import matrix
from scripts.subjects.execution import Timer
from scripts.subjects.sampling import Sampling
from scripts.measuring.template import Template, of_text, of_words

TITLE = "commands"
_LIMIT = 300.0  # seconds
_LABEL = 40  # characters
_ONCE = ("--setup", "--cleanup")  # which have places for no value
_AROUND = {
    "--setup": "a command to run once, before everything",
    "--prepare": "a command to run before each run, outside of its time; it has {workers} and {NAME} too",
    "--conclude": "a command to run after each run, however that ended",
    "--cleanup": "a command to run once, at the end",
    "--check": "a command that ends with 0 if {output}, a file, is right (default: all outputs of a case are the same)",
}


def add_flags(add: flags.Add) -> None:
    several = (
        "one in place of that behind --; repeated, they compete, with places for {workers} and --set's {NAME}"
    )
    add("--command", metavar="TEXT", action="append", default=[], help=several)
    add("--label", metavar="NAME", action="append", default=[], help="of each command, in their order")
    add("--shell", action="store_true", help="all of these TEXTs are for /bin/sh")
    add("--stdin", metavar="FILE", type=Path, help="what they read (default: nothing)")
    for flag, help in _AROUND.items():
        add(flag, metavar="TEXT", help=help)
    add("--ignore-output", action="store_true", help="whatever they write is right")
    add("--ignore-failure", action="store_true", help="whatever their exit status is")
    warm = "runs of each cell before its first sample"
    add("--warmup", metavar="N", type=flags.positive(int), default=0, help=warm)


@dataclass
class Command:
    """Commands that compete, by label; `words` are those of its flags."""

    contenders: Mapping[str, Template]
    sampling: Sampling
    words: list[str]
    limit: float = _LIMIT
    _programs: frozenset[Path] = frozenset()

    @property
    def label(self) -> str:
        return ", ".join(self.contenders)

    @property
    def timing(self) -> list[str]:
        return []

    @property
    def identity(self) -> Json:
        """A program may be there only once it is set up."""
        files = {*self._programs, *filter(None, [self.sampling.stdin])}
        hashes = {str(path): digest([path]) for path in sorted(files) if path.exists()}
        return {"programs": hashes, "command": self.words}

    def plan(self, selection: Selection, catalogue: Catalogue) -> Plan:
        around = self.sampling.around
        several = [each for flag, each in around.items() if flag not in _ONCE]
        cells = matrix.cells(self.contenders, selection, catalogue.effective_cpus, several)
        values = {**matrix.values_of(cells[0]), matrix.OUTPUT: ""}
        if "--setup" not in around:
            for cell in cells:
                matrix.require_executable(self.contenders[cell.contender], cell.arguments)
        for flag, each in around.items():
            if flag == "--setup" or "--setup" not in around:
                matrix.require_executable(each, each.fill(values))
        self._programs = frozenset(cell.program for cell in cells)
        return Plan(tuple(cells), selection.settings, ())

    def like(self, cell: Cell, planned: Mapping[str, Cell], catalogue: Catalogue) -> Cell | str:
        """That of the same case and workers, whatever the command is; of several, that of the same label."""
        alike = [one for one in planned.values() if (one.case, one.workers) == (cell.case, cell.workers)]
        found = [one for one in alike if one.contender == cell.contender] or alike
        return replace(found[0], name=cell.name) if len(found) == 1 else "NEW has no such cell"

    def estimate(self, cell: Cell, effective_cpus: float) -> float:
        """Nobody can know."""
        return 0.0

    def facts(self, catalogue: Catalogue) -> Json:
        return {**catalogue.machine, "unit": "run"}

    def begin(self, plan: Plan, seed: int, wake: int, kept: list[str] | None) -> tuple[list[str], str]:
        """The digests of what they write, by case, so that a run which goes on is held to them too."""
        return self.sampling.begin(plan.cells, Conditions(self.limit, wake=wake), kept), ""

    def end(self) -> None:
        self.sampling.end()

    def sample(self, cell: Cell, how: Conditions) -> Outcome:
        return self.sampling.sample(cell, how)


def make(arguments: argparse.Namespace, words: Sequence[str]) -> Command:
    """Raises UsageError."""
    texts: list[str] = arguments.command
    if bool(words) == bool(texts):
        raise UsageError("a command stands behind --, or in --command='TEXT'; give one of the two")
    if arguments.check and arguments.ignore_output:
        raise UsageError("--ignore-output does not go with --check, which looks at the output")
    timer = arguments.bench.resolve().with_name("fanout-time")
    if not timer.is_file():
        raise UsageError(
            f"--bench: no {timer}, which times commands; build it: cmake --build --preset release"
        )
    if arguments.stdin and not arguments.stdin.is_file():
        raise UsageError(
            f"--stdin={arguments.stdin}: there is no such file that can be read again for each run"
        )
    shell = arguments.shell
    contenders = [of_text("--command", text, shell) for text in texts] or [of_words("--", words)]
    around = {flag: of_text(flag, text, shell) for flag in _AROUND if (text := _value(arguments, flag))}
    for flag in _ONCE:
        if flag in around:
            around[flag].require(())
    sampling = Sampling(
        Timer(timer),
        around,
        arguments.stdin,
        arguments.ignore_output,
        arguments.ignore_failure,
        arguments.warmup,
    )
    labelled = dict(zip(_labels(arguments.label, contenders), contenders))
    return Command(labelled, sampling, _words(arguments, words), arguments.time_limit or _LIMIT)


def _value(arguments: argparse.Namespace, flag: str) -> str | None:
    found: str | None = getattr(arguments, flag.strip("-").replace("-", "_"))
    return found


def _labels(given: Sequence[str], contenders: Sequence[Template]) -> list[str]:
    """Names that differ. Raises UsageError."""
    if given:
        if len(given) != len(contenders) or len(set(given)) < len(given) or not all(given):
            raise UsageError(
                f"--label={given[-1]}: give each of {len(contenders)} commands one name of its own"
            )
        return list(given)
    found: list[str] = []
    for each in contenders:
        text = shortened(printable(each.text), _LABEL)
        numbered = (f"{text} ({number})" for number in range(2, len(contenders) + 1))
        found.append(text if text not in found else next(one for one in numbered if one not in found))
    return found


def _words(arguments: argparse.Namespace, words: Sequence[str]) -> list[str]:
    """The flags as they were given."""

    def flags_of() -> Iterator[str]:
        for text in arguments.command:
            yield f"--command={text}"
        for text in arguments.label:
            yield f"--label={text}"
        for flag in ("--stdin", *_AROUND, "--warmup"):
            if value := _value(arguments, flag):
                yield f"{flag}={value}"
        for flag in ("--shell", "--ignore-output", "--ignore-failure"):
            if _value(arguments, flag):
                yield flag

    return [*flags_of(), *(["--", *words] if words else [])]
