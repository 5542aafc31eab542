"""The cells of commands: each under each number of workers, with each of the values that --set gives."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

from scripts.measuring.catalogue import Cell
from scripts.measuring.plan import Selection, worker_counts
from scripts.measuring.template import Template, name_of, program
from scripts.measuring.usage import UsageError

WORKLOAD = "command"
_WORKERS = "workers"  # the name of their number
_WEAK = "scaling:weak"
OUTPUT = "output"  # the name of the file that a check looks at

Values = Mapping[str, str]


def cells(
    contenders: Mapping[str, Template],
    selection: Selection,
    effective_cpus: float,
    also: Sequence[Template] = (),
) -> list[Cell]:
    """One after the other by case, contender and workers; `also` has places for the same values. Raises UsageError."""
    sets = _sets(selection.settings)
    every = [*contenders.values(), *also]
    for each in every:
        each.require((_WORKERS, *sets, *([OUTPUT] if each.flag == "--check" else [])))
    used = {name for each in every for name in each.names}
    if unused := [name for name in sets if name not in used]:
        raise UsageError(f"--set={unused[0]}: no command has {{{unused[0]}}}")
    if selection.workers and not any(_WORKERS in each.names for each in contenders.values()):
        raise UsageError(f"--workers={selection.workers}: no command has {{{_WORKERS}}}")
    if selection.weak and not any(_WORKERS in each.names for each in contenders.values()):
        raise UsageError(f"--scaling=weak: no command has {{{_WORKERS}}}, by which its work could grow")
    counts = _counts(selection.workers, effective_cpus)
    found: list[Cell] = []
    for values in (dict(zip(sets, chosen)) for chosen in product(*sets.values())):
        baseline = True  # the first one of a case
        for label, each in contenders.items():
            for workers in counts if _WORKERS in each.names else [1]:
                found.append(_cell(label, each, workers, values, baseline, selection.weak))
                baseline = False
    return found


def values_of(cell: Cell) -> Values:
    """By the names that templates have for them."""
    return {
        _WORKERS: str(cell.workers),
        **{name: str(value) for name, value in cell.entry["parameters"].items()},
    }


def require_executable(each: Template, words: Sequence[str]) -> None:
    """Raises UsageError before anything is measured in vain."""
    if program(words) is None:
        name = name_of(words)
        where = name if "/" in name else f"'{name}' in PATH"
        problem = "no permission to execute" if Path(name).is_file() else "there is no program"
        raise UsageError(f"{each}: {problem} {where}")


def _cell(label: str, each: Template, workers: int, values: Values, baseline: bool, weak: bool) -> Cell:
    """Of weak scaling, the command does as many times the work as it has workers: that is its user's care."""
    words = each.fill({_WORKERS: str(workers), **values})
    case = "/".join([*([_WEAK] if weak else []), *(f"{name}:{value}" for name, value in values.items())])
    name = "/".join(filter(None, (WORKLOAD, label, f"{_WORKERS}:{workers}", case)))
    case = f"{WORKLOAD}/{case}" if weak else case or WORKLOAD
    entry = {
        "name": name,
        "workload": WORKLOAD,
        "case": case,
        "executor": label,
        "contender": label,
        "kind": WORKLOAD,
        "family": f"{WORKLOAD}/{label}",  # a label may be the name of one of ours
        "lifecycle": "warm",
        "workers": workers,
        "scaling": "weak" if weak else "strong",
        "work": workers if weak else 1,
        "parameters": {key: _typed(value) for key, value in values.items()},
        "roles": {},
        "baseline": baseline,
    }
    return Cell(
        name,
        case,
        tuple(words),
        program(words) or Path(name_of(words)).absolute(),
        WORKLOAD,
        label,
        label,
        workers,
        baseline=baseline,
        entry=entry,
    )


def _typed(value: str) -> int | float | str:
    """A number where the text is how that number is written."""
    for kind in (int, float):
        try:
            number: int | float = kind(value)
        except ValueError:
            continue
        if str(number) == value and math.isfinite(number):
            return number
    return value


def _sets(settings: Sequence[str]) -> dict[str, list[str]]:
    """The values by name."""
    found: dict[str, list[str]] = {}
    for text in settings:
        name, equals, values = text.partition("=")
        if not name.isidentifier() or not name.isascii() or not equals:
            raise UsageError(f"--set={text}: for commands, write it as NAME=VALUE[,VALUE...]")
        if name in (_WORKERS, OUTPUT):
            raise UsageError(
                f"--set={text}: {{{name}}} has a meaning of its own: workers are set by --workers"
            )
        chosen = values.split(",")
        if name in found or len(set(chosen)) < len(chosen):
            raise UsageError(f"--set={text}: name {name}, and each of its values, once")
        found[name] = chosen
    return found


def _counts(text: str, effective_cpus: float) -> list[int]:
    """Ascending. Raises UsageError."""

    def numbers() -> Iterator[int]:
        for word in text.split(","):
            if word != "max" and not (word.isascii() and word.isdecimal() and 0 < int(word) < 10**6):
                raise UsageError(f"--workers={text}: '{word}' is neither a count from 1 up nor max")
            yield max(1, math.ceil(effective_cpus)) if word == "max" else int(word)

    return sorted(set(numbers())) if text else worker_counts(effective_cpus)
