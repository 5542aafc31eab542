"""Charts, one a file: every module here with a `draw(results) -> Figure` is a chart, named as its file is."""

from __future__ import annotations

import importlib
import os
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Iterable

if TYPE_CHECKING:  # matplotlib is slow to load, and a command's --help passes here
    from matplotlib.figure import Figure

    from scripts.analysis.table import Results

    Draw = Callable[[Results], Figure]

FORMATS = ("svg", "png")


def charts(results: Results | None = None) -> dict[str, Draw]:
    """Every chart of this directory, and of the folders in it, by name; those that have something to show of these results, if
    given.

    A chart that only some results have anything for says so by `wanted(results) -> bool`. What was put under load has no times,
    and charts of its own.
    """
    paths = (module.name for module in pkgutil.walk_packages(__path__, f"{__name__}."))
    if results is not None and any(results.loads) and results.table.empty:
        paths = (path for path in paths if path.startswith(f"{__name__}.load."))
    modules = {path.rpartition(".")[2]: importlib.import_module(path) for path in sorted(paths)}
    return {
        name: module.draw
        for name, module in sorted(modules.items())
        if hasattr(module, "draw")
        and (results is None or not hasattr(module, "wanted") or module.wanted(results))
    }


def draw_all(results: Results, directory: Path, formats: Iterable[str] = FORMATS) -> list[Path]:
    """Draws every chart of these results into `directory` (made if absent); the paths written, in order.

    The same results give the same SVG, byte by byte. A file is there whole or not at all. Raises OSError
    where it cannot write.
    """
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, draw in charts(results).items():
        figure = draw(results)
        for suffix in formats:
            path = directory / f"{name}.{suffix}"
            save(figure, path)
            written.append(path)
    return written


def save(figure: Figure, path: Path) -> None:
    """Writes a figure in the format that the path's suffix names, whole or not at all. Raises OSError."""
    from plots.style import styled

    styled(_save)(figure, path, path.suffix.removeprefix("."))


def _save(figure: Figure, path: Path, suffix: str) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    undated = {"svg": {"Date": None, "Creator": "fanout"}, "png": {"Software": "fanout"}}
    try:
        figure.savefig(partial, format=suffix, metadata=undated.get(suffix))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
