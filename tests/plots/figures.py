"""What tests read off a figure."""

from __future__ import annotations

import itertools
from typing import Any, Callable, Iterator

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from plots.style import styled

Drawn = Callable[
    ..., Figure
]  # the fixture: chart, "one" or "two" files; who changes a figure draws their own
HOSTILE = "a|b<script>$x$`_"


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def panel(figure: Figure, workload: str, number: int = 0) -> Axes:
    """The panel captioned so; of several files, the number-th."""
    return [axes for axes in figure.axes if workload in [text.get_text() for text in axes.texts]][number]


def lines(axes: Axes, label: str) -> list[Any]:
    return [line for line in axes.lines if line.get_label() == label]


def overlaps(figure: Figure) -> list[str]:
    """Texts that lie on each other or off the page, and those smaller than 8 points."""

    @styled
    def measured() -> list[tuple[str, Any]]:
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        shown = [text for text in visible(figure) if text.get_text().strip()]
        return [(text.get_text(), text.get_window_extent(canvas.get_renderer())) for text in shown]

    def visible(artist: Any) -> Iterator[Text]:
        if artist.get_visible():
            if isinstance(artist, Text):
                yield artist
            # An axis keeps ticks outside its limits among its children; it does not draw them.
            ticks = artist._update_ticks() if isinstance(artist, Axis) else None
            for child in artist.get_children() if ticks is None else [*ticks, artist.label]:
                yield from visible(child)

    found = [
        f"small: {text.get_text()}" for text in visible(figure) if text.get_text() and text.get_size() < 8
    ]
    boxes = measured()
    page = figure.bbox
    found += [
        f"off: {words}"
        for words, box in boxes
        if box.x0 < 0 or box.y0 < 0 or box.x1 > page.x1 or box.y1 > page.y1
    ]
    for (words, box), (others, other) in itertools.combinations(boxes, 2):
        wide = min(box.x1, other.x1) - max(box.x0, other.x0)
        high = min(box.y1, other.y1) - max(box.y0, other.y0)
        if wide > 1 and high > 3:  # pixels; line boxes hold room for accents
            found.append(f"{words!r} on {others!r}")
    return found
