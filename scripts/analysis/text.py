"""How numbers, times and names are written: in results, and for people in reports, on terminals and on
charts."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

SCHEMA = 2  # of the documents that the binary, the peers and runs write
SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}  # of the units in results
UNAVAILABLE = "unavailable"  # the kind of failure that is no fault of the run
LARGEST = 2.0**63  # that a number in results may be
NO_REPETITIONS = (
    "has aggregates alone: measure with --benchmark_repetitions=10 --benchmark_report_aggregates_only=false"
)
UNITS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}


# The kinds of failure as people call them; of any other, its own name is good enough.
KINDS = {
    "build": "cannot be built",
    "open": "workers not started",
    "receipt": "wrong or missing answer",
    "run": "failed while timed",
    "timeout": "time-out",
    "memory": "out of memory",
    "threads": "out of threads",
    "placement": "not on its CPUs",
}


def kind_label(kind: str) -> str:
    return KINDS.get(kind, kind)


def where(contender: str, cells: Sequence[str]) -> str:
    """The cell's name; of several, how many and the contender's name."""
    return cells[0] if len(cells) == 1 else f"{contender} ({len(cells)} cells, the first {cells[0]})"


def replication(one_process: bool) -> str:
    """What the samples of a results file are."""
    return "repetitions in one process" if one_process else "rounds, a fresh process each"


# What CI systems take as commands, at the begin of a line or anywhere: GitHub's ::error:: and ##[error], Azure's
# ##vso[...], TeamCity's ##teamcity[...].
_GITHUB = r"debug|echo|(?:end)?group|error|notice|warning|(?:add|remove|save|set|stop|internal)-[\w-]+"
_COMMANDS = re.compile(rf"::(?=(?:{_GITHUB})(?: |::))|##(?=\w*\[)", re.IGNORECASE)


def competitor(unit: str) -> str:
    """What competes, by what a time is of."""
    return {"batch": "executor", "run": "command"}.get(unit, "program")


def printable(text: str) -> str:
    """One line without control characters, direction marks or lone surrogates: terminals obey them, XML
    forbids them. Nor has it commands for CI: they are broken up, wherever they stand, since lines are folded
    later."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return _COMMANDS.sub(lambda found: " ".join(found[0]), line)


def bounded(share: Mapping[str, float]) -> str:
    """A share of trials with its bounds: 0.78 % [0.53, 1.1]."""
    return f"{100 * share['share']:.3g} % [{100 * share['low']:.3g}, {100 * share['high']:.3g}]"


def shortened(text: str, length: int) -> str:
    """At most `length` characters, an ellipsis in place of the rest."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def digits(value: float) -> str:
    """Three significant digits without an exponent where people would write none: 0.0123, 1.23, 12.3,
    1230."""
    if value == 0:
        return "0"
    if not 1e-4 <= abs(value) < 1e6:
        return f"{value:.2e}"
    whole = f"{value:#.3g}"
    return f"{float(whole):.0f}" if "e" in whole else whole.rstrip(".")


def times(ratio: float) -> str:
    """A ratio as people write it: 25.8, 1.93, 0.15, 1/33, 1/29k."""
    if ratio >= 9.995:
        return f"{ratio:.0f}" if ratio >= 99.95 else f"{ratio:.1f}"
    if ratio >= 0.095:
        return f"{ratio:.2f}"
    if ratio < 1e-11:
        return "0"
    size, letter = next(
        step for step in ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1, "")) if ratio * step[0] <= 1
    )
    inverse = 1 / ratio / size
    return f"1/{inverse:.0f}{letter}" if inverse >= 10 else f"1/{inverse:.1f}{letter}"


def change(ratio: float) -> str:
    """A ratio of times as a change: +5.2 %, -0.4 %; 2.5 x beyond a factor of 2; unbounded where it is 0 or
    infinite."""
    if not 0 < ratio < math.inf:
        return "unbounded"
    if not 0.5 <= ratio <= 2:
        return f"{times(ratio)} x"
    tenths = round(1000 * (ratio - 1))  # no -0.0
    return f"{tenths / 10:+.1f} %" if tenths else "0.0 %"


def unit_for(seconds: float) -> str:
    """The largest unit in which this time is at least 1 (ns for all below)."""
    return next((unit for unit, size in UNITS.items() if seconds >= size * 0.9995), "ns")


def duration(seconds: float) -> str:
    """A time with its unit: 1.23 ms."""
    unit = unit_for(seconds)
    return f"{digits(seconds / UNITS[unit])} {unit}"


def plural(count: float, noun: str) -> str:
    """1 worker; 4 workers; 1.5 CPUs."""
    return f"{count:.12g} {noun}{'s' * (count != 1)}"


def listed(names: list[str], last: str = "and") -> str:
    """a; a and b; a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


_PLAIN = str.maketrans({"µ": "u", "±": "+-", "█": "#", "…": "~", **dict(zip("▏▎▍▌▋▊▉", "   ####"))})


def encodable(text: str, encoding: str) -> str:
    """The text with what the encoding lacks replaced: blocks by #, micro by u, the rest by ?."""
    try:
        text.encode(encoding)
        return text
    except (UnicodeEncodeError, LookupError):
        return text.translate(_PLAIN).encode("ascii", "replace").decode("ascii")
