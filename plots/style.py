"""How charts look: one colour, marker and line for each contender, the same in every chart."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, replace
from typing import Any, Callable, Mapping, TypeVar

import matplotlib

INK = "#222222"
SOFT = "#6b6b6b"
GRID = "#e4e4e4"
PALE = "#b0b0b0"  # contenders that are not in colour

# Colours and markers by family, as the binary names them, others last. Hues of M. Okabe and K. Ito, Color
# Universal Design (2008), each with darker and lighter relatives: the executors of a family share one hue and
# differ in lightness, marker and line.
_FAMILIES = {
    "serial": ("#6b6b6b", "o"),
    "pool": ("#d55e00 #f79a62", "oP"),
    "std": ("#a0447f #d991b9 #6d2154", "v^<"),
    "tbb": ("#0060a0 #3fa0de #003a66 #8cc7ee #5a7f9c", "sDPHX"),
    "openmp": ("#00805c #35b88f #00513a #84d3b8", "dXp8"),
    "fork": ("#b07800 #e6b020 #7a5200 #f0d080", "^>*v"),
    "asio": ("#5b5fc7 #9a9de3 #33367d #bcbef0", "Dhp*"),
    "python": ("#515d08 #262c04 #7f920c #3d4506 #9ab10e #67760a #b7d211 #bdcc65", "oXP*<>dh"),
    "": ("#222222 #7f4f2a #00767e #a6a6a6", "hP<*XDpv>8"),
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
    """How one contender is drawn."""

    color: str
    marker: str
    line: Any  # matplotlib's linestyle
    width: float  # points
    above: int  # zorder
    baseline: bool = False  # the serial loop
    grey: bool = False  # one of those that are not in colour

    def greyed(self) -> Look:
        """As one of many in the background, which are not told apart."""
        return replace(self, color=PALE, marker="o", line="-", width=0.9, above=3, grey=True)

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


def in_order(families: Mapping[str, str]) -> list[str]:
    """The contenders, by family: the order of every legend and every heat map. Those named after their family come
    first, variants after what they vary."""
    order = list(_FAMILIES)

    def place(name: str) -> tuple[int, bool, int, str]:
        return order.index(_known(families[name])), not name.startswith(families[name]), len(name), name

    return sorted(families, key=place)


def _known(family: str) -> str:
    return family if family in _FAMILIES else ""


def looks(families: Mapping[str, str]) -> dict[str, Look]:
    """A Look for each contender, given its family; no two alike. Within a family colours go round first, then markers,
    then lines."""
    found: dict[str, Look] = {}
    for family, members in itertools.groupby(in_order(families), lambda name: _known(families[name])):
        colors, markers = _FAMILIES[family][0].split(), _FAMILIES[family][1]
        for index, name in enumerate(members):
            turn, color = divmod(index, len(colors))
            again, marker = divmod(turn, len(markers))
            line = _LINES[(again + color) % len(_LINES)]
            width, above = (2.4, 6) if family == "pool" else (1.3, 4)
            shape = markers[(marker + color) % len(markers)]
            found[name] = Look(colors[color], shape, line, width, above, family == "serial")
    return found
