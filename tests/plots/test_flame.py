"""The flame graphs: widths are counts, colours tell tasks from the rest."""

from __future__ import annotations

from dataclasses import replace

from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from plots import charts, flame
from scripts.analysis.table import Results
from scripts.analysis.why.stacks import Stacks, stacks
from tests.analysis.builder import results, samples
from tests.analysis.why.test_stacks import evidence
from tests.plots.figures import HOSTILE, overlaps, texts


def sampled(*found: Stacks) -> Results:
    made = results(samples("w/serial/workers:1", [1.0] * 6), samples("w/pool/workers:1", [1.0] * 6))
    return replace(made, stacks=[{one.cell: one for one in found}])


def of(*found: tuple[list[str], bool, int], cell: str = "w/pool", **more: bool) -> Stacks:
    return stacks([evidence(*found, cell=cell, **more)])[cell]


def test_there_is_a_chart_where_there_are_stacks() -> None:
    assert "flame" in charts(sampled(of((["main", "run"], True, 1)))) and "flame" not in charts(sampled())


def test_a_function_is_as_wide_as_its_samples_and_its_callees_are_above_it() -> None:
    found = sampled(
        of((["main", "run", "task"], True, 6), (["main", "run"], False, 1), (["main", "spin"], False, 3))
    )
    (axes,) = flame.draw(found).axes
    shown = {text.get_text().split()[0]: text for text in axes.texts}
    places = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    found_at = {round(patch.get_y()): patch.get_width() for patch in places if patch.get_x() == 0}
    assert found_at == {0: 10, 1: 7, 2: 6} and {"main", "run", "task", "spin"} == {*shown}
    spin = next(patch for patch in places if patch.get_width() == 3)
    assert (spin.get_x(), spin.get_y()) == (7, 1)
    assert to_hex(spin.get_facecolor()) in flame.OUTSIDE
    assert {to_hex(patch.get_facecolor()) for patch in places if patch.get_width() >= 6} == {*flame.IN_TASKS}


def test_of_coroutines_nothing_is_claimed_to_be_in_tasks_or_outside() -> None:
    figure = flame.draw(sampled(of((["main", "run"], False, 6), (["main"], False, 4), bodies=False)))
    (axes,) = figure.axes
    hues = {to_hex(patch.get_facecolor()) for patch in axes.patches if isinstance(patch, Rectangle)}
    assert hues == {*flame.UNTOLD}
    assert "10 samples" in texts(figure)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["coroutines: not told"]


def test_what_all_stacks_have_in_common_is_one() -> None:
    deep = [f"f{depth}" for depth in range(40)]
    assert flame.tree(of(([*deep, "a"], True, 1), ([*deep, "b"], True, 1))).name == "f39"
    assert flame.tree(of((deep, True, 1))).callees.keys() == {"f39"}, "what is at the top is seen"


def test_names_are_data_and_panels_are_bounded() -> None:
    many = [
        of(([HOSTILE, "$x$" * 60], True, 5), (["b"], False, 1), cell=f"{HOSTILE}/{number}")
        for number in range(12)
    ]
    figure = flame.draw(sampled(*many))
    assert len(figure.axes) == flame.MOST and overlaps(figure) == []
    assert any("and 4 more cells" in text for text in texts(figure))
