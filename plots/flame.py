"""Where CPU time goes: flame graphs, a panel a cell, of functions over those that called them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from plots.page import CHARACTER, EDGE, WIDTH, Page
from plots.style import INK, SOFT, styled
from scripts.analysis.table import Results
from scripts.analysis.text import printable, shortened
from scripts.analysis.why.stacks import Stacks

MOST = 8  # panels: those with the most samples
ROW = 0.2  # inches
LEAST = 0.004  # of all samples: narrower functions are left out
DEEPEST = 24  # functions above each other; what the samples have in common below them is one
# Even and odd depths.
IN_TASKS, OUTSIDE, UNTOLD = ("#9dc6e0", "#5c9cc4"), ("#f4bd8a", "#e0883c"), ("#d4d4d4", "#b4b4b4")


@dataclass
class Node:
    """A function as called by those below it."""

    name: str
    count: int = 0
    in_tasks: int = 0
    callees: dict[str, Node] = field(default_factory=dict)

    def add(self, names: tuple[str, ...], count: int, in_tasks: int) -> None:
        node = self
        for name in ("", *names):
            node = node.callees.setdefault(name, Node(name)) if name else node
            node.count += count
            node.in_tasks += in_tasks


def wanted(results: Results) -> bool:
    return any(results.stacks)


@styled
def draw(results: Results) -> Figure:
    """The chart. Several files have a band each."""
    page = Page(
        "Where CPU time goes, by function",
        "A flame graph of each cell: wider is more of the CPU time of its process and its workers, above is what is called. "
        "A function without a symbol is shown as its file, such as [libgomp.so.1].",
    )
    told = {one.bodies for found in results.stacks for one in found.values()}
    handles = []
    if True in told:
        handles += [
            Patch(color=IN_TASKS[1], label="in tasks"),
            Patch(color=OUTSIDE[1], label="outside of tasks"),
        ]
    if False in told:
        handles += [Patch(color=UNTOLD[1], label="coroutines: not told")]
    page.legend(handles, 4)
    for file, label in enumerate(results.labels):
        found = sorted(results.stacks[file].values(), key=lambda one: (-one.samples, one.cell))
        if found:
            page.heading(label, results)
        for one in found[:MOST]:
            _panel(page, one)
        if len(found) > MOST:
            page.text(f"… and {len(found) - MOST} more cells with fewer samples.", color=SOFT)
    return page.finish()


def tree(of: Stacks) -> Node:
    """Of all stacks, without the functions below that all of them have in common."""
    root = Node("all")
    for names, count in of.counts.items():
        root.add(names, count, of.tasks.get(names, 0))
    while (
        len(root.callees) == 1
        and (only := next(iter(root.callees.values()))).count == root.count
        and only.callees
    ):
        root = only
    return root


def _panel(page: Page, of: Stacks) -> None:
    root = tree(of)
    drawn = [
        each for each in _rectangles(root, 0, 0) if each[2].count >= LEAST * root.count and each[0] < DEEPEST
    ]
    rows = 1 + max((depth for depth, *_ in drawn), default=0)
    inside = f", {100 * sum(of.tasks.values()) / of.samples:.0f} % of them in tasks" if of.bodies else ""
    page.text(shortened(printable(of.cell), int((WIDTH - 2 * EDGE) / CHARACTER)), weight="bold", color=INK)
    lost = f", {of.dropped} more for which there was no room" if of.dropped else ""
    page.text(f"{of.samples} samples{inside}{lost}", color=SOFT)
    (axes,) = page.row(1, 1, ROW * rows, margin=0, gap=0)
    axes.set_xlim(0, root.count)
    axes.set_ylim(0, rows)
    axes.set_axis_off()
    for depth, left, node in drawn:
        hues = UNTOLD if not of.bodies else IN_TASKS if 2 * node.in_tasks > node.count else OUTSIDE
        _rectangle(axes, depth, left, node, root.count, hues)
    page.space(0.25)


def _rectangles(node: Node, depth: int, left: int) -> Iterator[tuple[int, int, Node]]:
    """Depth, left edge and node of each function; callees by name, so that like stands beside like in all panels."""
    yield depth, left, node
    for name in sorted(node.callees):
        yield from _rectangles(node.callees[name], depth + 1, left)
        left += node.callees[name].count


def _rectangle(axes: Axes, depth: int, left: int, node: Node, whole: int, hues: tuple[str, str]) -> None:
    axes.add_patch(
        Rectangle(
            (left, depth), node.count, 0.94, facecolor=hues[depth % 2], edgecolor="white", linewidth=0.4
        )
    )
    room = int(node.count / whole * (WIDTH - 2 * EDGE) / CHARACTER) - 1
    if room >= 3:
        words = f"{printable(node.name)} {100 * node.count / whole:.0f} %"
        words = words if len(words) <= room else shortened(printable(node.name).split("::")[-1], room)
        axes.text(left + 0.004 * whole, depth + 0.45, words, fontsize=8, va="center", color=INK)
