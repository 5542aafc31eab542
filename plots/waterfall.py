"""Where the workers' time went: a bar a cell, the work it did and each loss; a panel a case, one for each base."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, PercentFormatter

from plots.page import CHARACTER, EDGE, WIDTH, Page
from plots.panels import bars, certain, column, how_measured
from plots.style import INK, SOFT, styled
from scripts.analysis.scaling import scaling
from scripts.analysis.table import Results
from scripts.analysis.text import plural, printable, shortened
from scripts.analysis.why.cells import Base, Loss, losses
from scripts.analysis.why.waterfall import DEARER, IMBALANCE, READY, REST, TERMS, Waterfall

ROW = 0.25  # inches
BARS = 0.84  # of a panel's width; the rest is for the efficiency
LONGEST = 1.25  # of the workers' time: bars beyond end there; the number says the rest
VISIBLE = 0.005  # of the workers' time, from which on a loss is in the legend
MARGIN, GAP = 1.3, 0.25  # inches: names on the left, between panels
USEFUL = "#dedede"
# Hues of M. Okabe and K. Ito, Color Universal Design (2008), in the order of TERMS; light and dark take turns.
COLORS = dict(
    zip(TERMS, ("#d55e00", "#f0c060", "#0072b2", "#e3a9c9", "#56b4e9", "#00805c", "#f0e442", "white"))
)
DARK = {DEARER, READY, IMBALANCE}  # take white letters
BASES: Mapping[Base, str] = {"serial": "over the serial loop", "own": "over its own fewest workers"}
CAPTION = (
    "A bar is the time of all workers: grey is the efficiency, the rest is lost. It is divided as the logarithms of the "
    "losses are, which add up exactly; gains have no part."
)


def wanted(results: Results) -> bool:
    """Whether there is evidence of a cell and of its base."""
    return any(next(losses(results, base), None) for base in BASES)


@styled
def draw(results: Results) -> Figure:
    """The chart: executors at the largest number of workers that the most of them have, or the only one over its workers."""
    shown = [one for base in BASES for one in losses(results, base)]
    places = {(one.file, one.case) for one in shown}
    cells = [cell for cell in scaling(results.table) if (cell.file, cell.case) in places]
    measured = how_measured(results, cells, "line below a bar")
    observed = sorted({one.waterfall.loss.samples for one in shown})
    counts = f"{observed[0]} to {observed[-1]}" if len(observed) > 1 else f"{observed[0]}"
    title = "Where the workers' time went"
    page = Page(title, f"{measured} {CAPTION} Processes of each cell that were observed: {counts}.")
    page.legend(_handles([one.waterfall for one in shown]), 5)
    for file, label in enumerate(results.labels):
        mine = [one for one in shown if one.file == file]
        if mine:
            page.heading(label, results)
        for case in sorted({one.case for one in mine}):
            _case(page, case, [one for one in mine if one.case == case])
    for words in _merged(shown):
        page.text(words, color=SOFT, most=2)
    page.failures(results, "no bar")
    return page.finish()


def _handles(shown: Sequence[Waterfall]) -> list[Patch]:
    there = {term.name for one in shown for term in one.terms if one.lost(term) >= VISIBLE}
    return [
        Patch(facecolor=USEFUL, label="efficiency"),
        *(Patch(label=name, **_fill(name)) for name in TERMS if name in there),
    ]


def _merged(shown: Sequence[Loss]) -> Iterator[str]:
    """Which losses are not those of the score, and which terms hold two that could not be told apart."""
    if any(one.perturbed for one in shown):
        yield "* Observed batches took more than 5 % longer than those of the score: its losses may be others."
    found = [one.waterfall for one in shown]
    for holds, cells in {
        "dearer work holds spinning too": [one.cell for one in found if not one.bodies],
        "blocked holds waiting for a CPU too": [one.cell for one in found if not one.ready],
        "the work waits, so that longer waits are dearer work": [
            one.cell for one in found if one.useful == "wall"
        ],
    }.items():
        if names := list(dict.fromkeys(cells)):
            others = f" and {len(names) - 1} more" if len(names) > 1 else ""
            yield f"{names[0]}{others}: {holds}."


def _fill(name: str) -> dict[str, Any]:
    rest = name == REST
    return {
        "facecolor": COLORS[name],
        "edgecolor": SOFT if rest else "white",
        "linewidth": 0.5,
        "hatch": "/////" if rest else "",
    }


def _case(page: Page, case: str, shown: Sequence[Loss]) -> None:
    """The panels of one case in one file, one a base: a row a cell, the most efficient first or by workers."""
    alone = len({one.contender for one in shown}) == 1
    counts = Counter(workers for _, workers in {(one.contender, one.workers) for one in shown})
    common = max(counts, key=lambda count: (counts[count], count))
    rows: dict[tuple[str, int], dict[Base, Waterfall]] = {}
    order = list(BASES)
    for one in sorted(shown, key=lambda one: (order.index(one.base), -one.waterfall.efficiency.median)):
        if alone or one.workers == common:
            rows.setdefault((one.contender, one.workers), {})[one.base] = one.waterfall
    if alone:
        rows = dict(sorted(rows.items()))
    bases = [base for base in BASES if any(base in each for each in rows.values())]
    which = printable(shown[0].contender) if alone else plural(common, "worker")
    workload, _, parameters = case.partition("/")
    captions = ["/".join(filter(None, (workload, f"{which} {BASES[base]}", parameters))) for base in bases]
    panels = page.captioned(captions, len(bases), ROW * len(rows) + 0.1, margin=MARGIN, gap=GAP)
    inches = BARS * ((WIDTH - 2 * EDGE - MARGIN + GAP) / len(bases) - GAP)
    for axes, base in zip(panels, bases):
        _panel(axes, [each.get(base) for each in rows.values()], inches)
    names = [plural(workers, "worker") if alone else contender for contender, workers in rows]
    marked = {(one.contender, one.workers) for one in shown if one.perturbed}
    words = [shortened(printable(name), 18) + " *" * (cell in marked) for name, cell in zip(names, rows)]
    panels[0].set_yticks(range(len(rows)), words)
    page.space(0.6)


def _panel(axes: Axes, rows: Sequence[Waterfall | None], inches: float) -> None:
    """So many inches wide are the longest bars."""
    bars(axes, len(rows))
    longest = min(LONGEST, max([1.0, *(one.efficiency.median for one in rows if one)]))
    axes.set_xlim(0, longest / BARS)
    axes.spines["bottom"].set_bounds(0, longest)
    axes.xaxis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
    axes.xaxis.set_major_formatter(PercentFormatter(1, 0, symbol=""))
    axes.set_yticks(range(len(rows)), [])
    axes.set_xlabel("% of the workers' time", x=BARS / 2)
    for y, one in enumerate(rows):
        if one is None:
            column(axes, "its base", -0.02, y, SOFT)
            continue
        efficiency = one.efficiency
        axes.barh(y, min(efficiency.median, longest), height=0.78, facecolor=USEFUL, zorder=2)
        left = efficiency.median
        for term in one.terms:
            _loss(axes, left, y, one.lost(term), term.name, inches / longest)
            left += one.lost(term)
        if certain(efficiency):
            axes.hlines(
                y + 0.33, efficiency.low, min(efficiency.high, longest), color=INK, linewidth=1.2, zorder=4
            )
        percent = 100 * efficiency.median
        column(axes, f"{percent:.0f} %" if percent >= 9.5 else f"{percent:.1g} %", BARS - 0.01, y)


def _loss(axes: Axes, left: float, y: int, width: float, name: str, inches: float) -> None:
    """A part of a bar, with what there is room for: name and number, the number, nothing."""
    if width <= 0:
        return
    axes.barh(y, width, left=left, height=0.78, zorder=2, **_fill(name))
    room = int((width * inches - 0.06) / CHARACTER)
    number = f"{100 * width:.0f}"
    words = next((words for words in (f"{name} {number}", number) if len(words) <= room), "")
    behind = {"boxstyle": "square,pad=0.1", "facecolor": "white", "linewidth": 0} if name == REST else None
    shade = "white" if name in DARK else INK
    axes.text(
        left + width / 2,
        y,
        words,
        ha="center",
        va="center_baseline",
        size=8,
        color=shade,
        bbox=behind,
        zorder=3,
    )
