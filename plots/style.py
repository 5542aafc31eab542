"""How charts look: one colour, marker and line for each executor, the same in every chart."""

from __future__ import annotations

import functools
import itertools
import zlib
from dataclasses import dataclass
from typing import Any, Callable, Iterable, TypeVar

import matplotlib

INK = "#222222"
SOFT = "#6b6b6b"
GRID = "#e4e4e4"

# Hues of M. Okabe and K. Ito, Color Universal Design (2008), each with darker and lighter relatives: a family of
# executors shares one hue, its members differ in lightness, marker and line.
_HUES = {
    "serial": ["#6b6b6b"],
    "pool": ["#d55e00"],
    "std_": ["#a0447f", "#d991b9", "#6d2154"],
    "tbb": ["#0060a0", "#3fa0de", "#003a66", "#8cc7ee", "#5a7f9c"],
    "openmp": ["#00805c", "#35b88f", "#00513a", "#84d3b8"],
    "fork": ["#b07800", "#e6b020", "#7a5200", "#f0d080"],
    "asio": ["#5b5fc7", "#9a9de3", "#33367d", "#bcbef0"],
    "py_": ["#515d08", "#262c04", "#7f920c", "#3d4506", "#9ab10e", "#67760a", "#b7d211", "#bdcc65"],
    "": ["#222222", "#7f4f2a", "#00767e", "#a6a6a6"],
}
_MEMBERS = {
    "std_": ["std_thread", "std_async"],
    "tbb": ["tbb", "tbb_grain1", "tbb_tasks", "par"],
    "openmp": ["openmp_static", "openmp_dynamic", "openmp_tasks"],
    "fork": ["fork_each", "fork_pool", "fork_pipe"],
    "asio": ["coroutines", "asio_pool", "futures"],
    "py_": [
        "py_serial",
        "py_threads",
        "py_thread_pool",
        "py_process",
        "py_process_pool",
        "py_pool",
        "py_asyncio",
    ],
}
_MARKERS = {
    "serial": "o",
    "pool": "o",
    "std_": "v^<",
    "tbb": "sDPHX",
    "openmp": "dXp8",
    "fork": "^>*v",
    "asio": "Dhp*",
    "py_": "oXP*<>dh",
    "": "hP<*XDpv>8",
}
_LINES: list[Any] = ["-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5))]

RC = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.edgecolor": "#9a9a9a",
    "axes.labelcolor": INK,
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": False,
    "text.color": INK,
    "text.parse_math": False,  # names and reasons are data: $x$ is no formula
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "hatch.linewidth": 0.7,
    "figure.dpi": 100,
    "savefig.dpi": 200,  # sharp where a screen has two pixels for one; shown at 1,000 wide
    "savefig.facecolor": "white",
    "svg.hashsalt": "fanout",  # the same picture, the same bytes
    "svg.fonttype": "none",  # text stays text: to be searched and read aloud
}


@dataclass(frozen=True)
class Look:
    """How one executor is drawn."""

    color: str
    marker: str
    line: Any  # matplotlib's linestyle
    width: float  # points
    above: int  # zorder

    def fields(self) -> dict[str, Any]:
        """Keyword arguments for Axes.plot."""
        return {
            "color": self.color,
            "marker": self.marker,
            "linestyle": self.line,
            "linewidth": self.width,
            "zorder": self.above,
        }


Result = TypeVar("Result")


def styled(function: Callable[..., Result]) -> Callable[..., Result]:
    """Runs `function` under this style alone, whatever the user's matplotlibrc says."""

    @functools.wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Result:
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(RC)
            return function(*args, **kwargs)

    return inner


def family(executor: str) -> str:
    """The family whose hue an executor takes, wherever on its own axis it is; "" for one that has none."""
    name = executor.partition("@")[0]
    if name in ("serial", "pool"):
        return name
    return next(
        (known for known, members in _MEMBERS.items() if name in members or name.startswith(known)), ""
    )


def in_order(executors: Iterable[str]) -> list[str]:
    """Families side by side, known members first: the order of every legend and every heat map."""

    def place(name: str) -> tuple[int, int, str]:
        known = _MEMBERS.get(family(name), [])
        return list(_HUES).index(family(name)), known.index(name) if name in known else len(known), name

    return sorted(set(executors), key=place)


def looks(executors: Iterable[str]) -> dict[str, Look]:
    """A Look for each executor, no two alike.

    Known executors always have theirs. A stranger's follows from its name alone, except where two strangers
    of one family meet on the same place: then the later name takes the next free one.
    """
    asked = in_order(executors)
    found: dict[str, Look] = {}
    taken: set[tuple[str, str, int]] = set()
    for name in in_order([*asked, *itertools.chain(*_MEMBERS.values())]):
        group = family(name)
        spare = _HUES[group][len(_MEMBERS.get(group, [])) :]
        places = list(itertools.product(spare, _MARKERS[group], range(len(_LINES))))
        if name in _MEMBERS.get(group, []):
            member = _MEMBERS[group].index(name)
            place = (_HUES[group][member], _MARKERS[group][member], member % len(_LINES))
        else:
            first = 0 if group in ("serial", "pool") else zlib.crc32(name.encode("utf-8", "replace"))
            turned = (places[(first + step) % len(places)] for step in range(len(places)))
            place = next((p for p in turned if p not in taken), places[first % len(places)])
        taken.add(place)
        color, marker, line = place
        strong = group == "pool"
        found[name] = Look(color, marker, _LINES[line], 2.4 if strong else 1.3, 6 if strong else 4)
    return {name: found[name] for name in asked}
