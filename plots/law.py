"""The law that speedups follow as workers are added: a panel a contender, its law in a sentence below."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from plots.leading import leading
from plots.page import CHARACTER, EDGE, LINE, WIDTH, Page
from plots.panels import certain, chunks, contenders, how_measured, over, weak
from plots.style import GRID, INK, SOFT, Look, looks, styled
from scripts.analysis.answers.answer import answers
from scripts.analysis.comparable import effective_cpus
from scripts.analysis.scaling import by_case, scaling
from scripts.analysis.table import Results
from scripts.analysis.text import printable
from scripts.analysis.why.cells import Lawful, laws
from scripts.analysis.why.law import LEAST_POINTS
from scripts.analysis.why.text import sentence

COLUMNS = 3
MARGIN, GAP = 0.62, 0.55  # inches
LINES = 6  # of a sentence
SIDE = 2**0.25  # of the axis, beyond the fewest and the most workers


def wanted(results: Results) -> bool:
    """Whether a contender has enough numbers of workers within the effective CPUs for a law."""
    cpus = results.table["file"].map(lambda file: effective_cpus(results.contexts[file]) or math.inf)
    within = results.table[results.table["workers"] <= cpus]
    counts = within.groupby(["file", "case", "contender"])["workers"].nunique()
    return bool((counts >= LEAST_POINTS).any())


@styled
def draw(results: Results) -> Figure:
    """The chart, of the contenders that others show in colour."""
    cells = scaling(results.table)
    groups = by_case(cells)
    first = {
        (*place, name)
        for place, found in answers(results, cells).items()
        for name in leading(found, groups[place])
    }
    found = [one for one in laws(results, first) if len(one.law.points) >= LEAST_POINTS]
    places = {(one.file, one.case) for one in found}
    used = [cell for cell in cells if (cell.file, cell.case) in places]
    measured = how_measured(results, used, "bar")
    page = Page(
        f"The law of the {'scaled ' * weak(results)}speedup over {over(cells)}{' (weak scaling)' * weak(results)}",
        f"{measured} Laws are fitted up to the effective CPUs. Dashed: what would follow for as many CPUs as workers, up to "
        "4 times as far, with a nominal 95 % band; no cause follows from a law.",
    )
    page.legend(_handles(), 6)
    look = looks(contenders(results))
    for file, label in enumerate(results.labels):
        mine = [one for one in found if one.file == file]
        if mine:
            page.heading(label, results)
        for chunk in chunks(mine, COLUMNS):
            _row(page, chunk, min(COLUMNS, len(mine)), look)
    page.failures(results, "no law")
    return page.finish()


def _handles() -> list[Line2D]:
    return [
        Line2D([], [], color=INK, marker="o", markersize=4, linestyle="", label="measured"),
        Line2D(
            [],
            [],
            color=INK,
            marker="o",
            markersize=4,
            linestyle="",
            label="beyond the CPUs",
            markerfacecolor="white",
        ),
        Line2D([], [], color=INK, linewidth=1.3, label="law"),
        Line2D([], [], color=INK, linewidth=1.3, linestyle=(0, (4, 2)), label="extrapolated"),
        Line2D([], [], color=INK, linewidth=1, linestyle=":", label="ideal"),
        Line2D([], [], color=SOFT, linewidth=1, linestyle=(0, (2, 2)), label="effective CPUs"),
    ]


def _row(page: Page, chunk: Sequence[Lawful], columns: int, look: dict[str, Look]) -> None:
    captions = []
    for one in chunk:
        workload, _, parameters = one.case.partition("/")
        captions.append("/".join(filter(None, (workload, printable(one.contender), parameters))))
    panels = page.captioned(captions, columns, 2.2, margin=MARGIN, gap=GAP)
    wide = int(((WIDTH - 2 * EDGE - MARGIN + GAP) / columns - GAP) / CHARACTER)
    said = [
        textwrap.wrap(printable(sentence(one.law, one.cpus)), wide, max_lines=LINES, placeholder=" …")
        for one in chunk
    ]
    for axes, one, words in zip(panels, chunk, said):
        _panel(axes, one, look[one.contender])
        how = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "top"}
        axes.annotate("\n".join(words), (0, 0), (0, -34), size=8, color=INK, **how)
    panels[0].set_ylabel("scaled speedup" if chunk[0].cells[0].weak else "speedup")
    page.space(0.62 + max(map(len, said)) * LINE)


def _panel(axes: Axes, one: Lawful, look: Look) -> None:
    counts = [cell.workers for cell in one.cells]
    last = max([counts[-1], *(at for at, _ in one.law.curve)])
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    axes.set_xlim(counts[0] / SIDE, last * SIDE)
    powers = [2**power for power in range(math.ceil(math.log2(last)) + 1)]
    axes.xaxis.set_major_locator(FixedLocator([count for count in powers if counts[0] <= count <= last]))
    axes.yaxis.set_major_locator(FixedLocator([*(1 / power for power in powers[:0:-1]), *powers]))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(
            FuncFormatter(lambda value, _: f"{value:g}" if value >= 1 else f"1/{1 / value:g}")
        )
    axes.set_xlabel("workers")
    axes.grid(axis="y", color=GRID)
    axes.plot([counts[0], last], [counts[0], last], color=INK, linewidth=1, linestyle=":", label="_ideal")
    if counts[0] / SIDE <= one.cpus <= last * SIDE:
        axes.axvline(one.cpus, color=SOFT, linewidth=1, linestyle=(0, (2, 2)), zorder=1, label="_cpus")
    end = one.law.points[-1]
    for label, style, part in (
        ("law", "-", [point for point in one.law.curve if point[0] <= end]),
        ("extrapolated", (0, (4, 2)), [point for point in one.law.curve if point[0] >= end]),
    ):
        if len(part) < 2:
            continue
        x = [at for at, _ in part]
        axes.plot(
            x,
            [speed.median for _, speed in part],
            color=look.color,
            linewidth=1.3,
            linestyle=style,
            label=label,
        )
        ends = [speed.low for _, speed in part], [speed.high for _, speed in part]
        axes.fill_between(x, *ends, color=look.color, alpha=0.15, linewidth=0, zorder=1)
    for cell in one.cells:
        speed = cell.speedup
        if speed and certain(speed):
            axes.vlines(cell.workers, speed.low, speed.high, color=look.color, linewidth=1, zorder=5)
        if speed:
            within = cell.workers <= one.cpus
            axes.plot(
                [cell.workers], [speed.median], marker=look.marker, markersize=4.6, color=look.color, zorder=6,
                markerfacecolor=look.color if within else "white", label="measured" if within else "beyond", linestyle="",
            )  # fmt: skip
