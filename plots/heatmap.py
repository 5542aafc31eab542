"""Speedup of each executor at each worker count: a number in every cell, a panel a case, a band a file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Mapping

import matplotlib
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from plots.leading import IN_COLOUR, drawn
from plots.page import Page
from plots.panels import chunks, competitor_of, contenders, contested, gained, how_measured
from plots.style import INK, SOFT, Look, in_order, styled
from scripts.analysis.answers.answer import answers
from scripts.analysis.scaling import Scaling, scaling
from scripts.analysis.table import Results
from scripts.analysis.text import kind_label, printable, shortened, times

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = 3
ROW = 0.215  # inches
EDGES = IN_COLOUR.replace("In colour", "Coloured edge")
DEEPEST = 16.0  # speedups beyond it, and below its inverse, are coloured alike; the number says the rest


def wanted(results: Results) -> bool:
    """Whether a case has several cells."""
    return bool(contested(results))


@styled
def draw(results: Results) -> Figure:
    """The chart. Colour is the logarithm of the speedup, white at 1, the same scale in every panel."""
    cells = scaling(results.table)
    page = Page(
        f"{gained(results, cells)}: {competitor_of(results)}s by workers",
        f"{how_measured(results, cells, '')} Blue: faster. Red: slower. {EDGES}",
    )
    colors = scale(page, cells)
    look = drawn(results, cells, answers(results, cells))
    for file, label in enumerate(results.labels):
        page.heading(label, results)
        mine = [cell for cell in cells if cell.file == file]
        failures = results.failures[results.failures["file"] == file]
        there = {*(cell.contender for cell in mine), *failures["contender"]}
        families = {name: family for name, family in contenders(results).items() if name in there}
        labels = {name: name for name in in_order(families)}
        shown = contested(results, file)
        bands(page, mine, failures, {case: look[file, case] for case in shown}, labels, colors)
    page.failures(results, "hatched, or a word where no worker count has any")
    return page.finish()


def scale(page: Page, cells: list[Scaling]) -> ScalarMappable:
    """The colours of these cells' speedups, and a bar on the page that explains them."""
    depths = [abs(math.log2(cell.speedup.median)) for cell in cells if cell.speedup]
    limit = min(max([1.0, *depths]), math.log2(DEEPEST))
    colors = ScalarMappable(Normalize(-limit, limit), matplotlib.colormaps["RdBu"])
    axes = page.row(1, 3, 0.11, margin=1.25, gap=0.2)[0]
    bar = page.figure.colorbar(colors, cax=axes, orientation="horizontal")
    whole = int(limit)
    ticks = sorted({-whole, -whole // 2, 0, whole // 2, whole})
    bar.set_ticks(ticks, labels=[f"{2**tick}" if tick >= 0 else f"1/{2**-tick}" for tick in ticks])
    bar.outline.set_visible(False)
    axes.annotate(
        "speedup", (0, 0.5), (-6, 0), xycoords="axes fraction", textcoords="offset points", ha="right",
        va="center", size=8,
    )  # fmt: skip
    page.space(0.32)
    return colors


def bands(
    page: Page,
    cells: list[Scaling],
    failures: pd.DataFrame,
    looks: Mapping[str, Mapping[str, Look]],
    labels: Mapping[str, str],
    colors: ScalarMappable,
) -> None:
    """Rows of panels, one a case, with its `looks`; down the contenders in `labels`, under the names given there."""
    names = list(labels)
    for chunk in chunks(list(looks), COLUMNS):
        row = page.captioned(list(chunk), COLUMNS, ROW * len(names), margin=1.25, gap=0.22)
        for axes, case in zip(row, chunk):
            failed = failures[failures["case"] == case]
            kinds = dict(zip(zip(failed["contender"], failed["workers"]), failed["kind"]))
            _panel(axes, [cell for cell in cells if cell.case == case], kinds, names, colors)
            for y, name in enumerate(names):
                if not (looks[case][name].grey or looks[case][name].baseline):
                    edge = {"color": looks[case][name].color, "linewidth": 3, "clip_on": False}
                    axes.vlines(-0.5, y - 0.46, y + 0.46, **edge)
            axes.set_yticks(range(len(names)), [])
        row[0].set_yticklabels([shortened(printable(label), 17) for label in labels.values()])
        page.space(0.55)


def _panel(
    axes: Axes,
    cells: list[Scaling],
    failed: Mapping[tuple[str, int], str],
    names: list[str],
    colors: ScalarMappable,
) -> None:
    """The tiles of one case: executors `names` down, worker counts across; `failed` are kinds by executor and workers."""
    counts = sorted({cell.workers for cell in cells} | {workers for _, workers in failed})
    axes.set_xlim(-0.5, len(counts) - 0.5)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xticks(range(len(counts)), [f"{count}" for count in counts])
    axes.set_xlabel("workers")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for cell in cells:
        place = (counts.index(cell.workers), names.index(cell.contender))
        depth = math.log2(cell.speedup.median) if cell.speedup else 0.0
        _tile(axes, place, facecolor=colors.to_rgba(depth))
        words = times(cell.speedup.median) if cell.speedup else "?"
        shade = "white" if abs(depth) > 0.62 * colors.norm.vmax else INK
        axes.text(*place, words, ha="center", va="center", size=8, color=shade)
    measured = {cell.contender for cell in cells}
    nowhere = {executor: kind for (executor, _), kind in sorted(failed.items()) if executor not in measured}
    for executor, kind in nowhere.items():
        word = shortened(printable(kind_label(kind)), 20)
        axes.text(-0.42, names.index(executor), word, va="center", size=8, color=SOFT)
    for executor, workers in sorted(failed.keys()):
        if executor in measured:
            _tile(axes, (counts.index(workers), names.index(executor)), facecolor="white", hatch="/////")


def _tile(axes: Axes, place: tuple[int, int], facecolor: object, hatch: str = "") -> None:
    corner, how = (place[0] - 0.48, place[1] - 0.46), {"edgecolor": SOFT, "linewidth": 0, "hatch": hatch}
    axes.add_patch(Rectangle(corner, 0.96, 0.92, facecolor=facecolor, **how))
