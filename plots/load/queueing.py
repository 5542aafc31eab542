"""Where the time of requests went: waiting for a worker, and being served, one on top of the other."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from plots.load.shared import PANELS, asked, by, look, measured, rate
from plots.page import Page
from plots.panels import bars, beside, times
from plots.style import SOFT, Look, styled
from scripts.analysis.load.loads import Load
from scripts.analysis.table import Results
from scripts.analysis.text import duration, printable, shortened

ROWS = 16  # of a panel
ROW = 0.24  # inches


def wanted(results: Results) -> bool:
    """Whether requests were put under load at rates that were asked for."""
    return bool(asked(results))


@styled
def draw(results: Results) -> Figure:
    """The chart: means, which add up."""
    found = asked(results)
    title = "Queueing and service: the mean latency of requests"
    page = Page(title, measured(results, [one for _, one in found]))
    page.legend([Patch(color=SOFT, label="service"), Patch(color=_pale(SOFT), label="queueing")], 2)
    shown = look(results)
    panels = list(by(found, lambda one: (one.case, one.rate or 0.0)))
    for file, group in panels[:PANELS]:
        label = f"{results.labels[file]} " if len(results.labels) > 1 else ""
        (axes,) = page.captioned(
            [f"{group[0].case}/{label}{rate(group[0].rate)}"],
            1,
            ROW * min(len(group), ROWS) + 0.1,
            margin=1.6,
            gap=0,
        )
        _panel(axes, group[:ROWS], shown)
        page.space(0.5)
        if len(group) > ROWS:
            page.text(f"… and {len(group) - ROWS} more cells; the report has all.", color=SOFT)
    if len(panels) > PANELS:
        page.text(f"… and {len(panels) - PANELS} more panels; the report has all.", color=SOFT)
    page.failures(results, "no bar")
    return page.finish()


def _panel(axes: Axes, group: Sequence[Load], shown: dict[str, Look]) -> None:
    bars(axes, len(group))
    axes.set_yticks(
        range(len(group)), [shortened(printable(f"{one.contender}, {one.workers}"), 24) for one in group]
    )
    longest = max(one.latency.mean for one in group)
    for y, one in enumerate(group):
        color = shown[one.contender].color
        axes.barh(y, one.service.mean, 0.7, color=color, label="_service")
        axes.barh(y, one.queueing.mean, 0.7, left=one.service.mean, color=_pale(color), label="_queueing")
        over = ", over capacity" if one.over else ""
        beside(axes, duration(one.latency.mean) + over, one.latency.mean, y)
    times(axes, longest, 0.75, "mean")


def _pale(color: str) -> tuple[float, ...]:
    return tuple(0.4 * part + 0.6 for part in to_rgb(color))
