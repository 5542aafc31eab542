"""The charts of the evidence: where the workers' time went, and the law of speedups."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from plots import charts, law, save, waterfall
from scripts.analysis.table import Results
from scripts.analysis.why.cells import Base, losses
from scripts.analysis.why.evidence import states
from scripts.analysis.why.waterfall import REST
from tests.analysis.builder import failure, results, samples
from tests.analysis.why.builder import cell, entry
from tests.analysis.why.test_law import usl
from tests.plots.figures import HOSTILE, lines, overlaps, texts
from tests.plots.test_names import ABSURD

LOST: Mapping[str, dict[str, Any]] = {  # what each contender loses
    "pool": {"dearer": 1.03},
    "openmp_dynamic": {"cpus": 2.0, "spin": 0.45},
    "std_thread": {"lock": 0.5, "starved": 0.1},
    "fork_each": {"start": 0.4, "dearer": 1.2},
    "tbb": {"spin": 0.1, "dearer": 2.2},
}
MATH = "kernel:primes/tasks:256/size:2000"


def observed(contenders: Mapping[str, dict[str, Any]] = LOST, counts: tuple[int, ...] = (1, 2, 4)) -> Results:
    """A case of each of them, with 3 rounds of evidence and 7 of times, which are 3 % longer than the evidence says."""
    draw = random.Random(2)
    name = f"math/serial/workers:1/{MATH}"
    entries = [entry(name, 1, {"body": (draw.lognormvariate(0, 0.02), 0.0, 0.0)}) for _ in range(3)]
    rows = [samples(name, [0.2 * draw.lognormvariate(0, 0.01) for _ in range(7)])]
    for contender, lost in contenders.items():
        for workers in counts:
            name = f"math/{contender}/workers:{workers}/{MATH}"
            mine = [
                {**cell(workers, **lost, wave=draw.lognormvariate(0, 0.02)), "cell": name} for _ in range(3)
            ]
            entries += mine
            batch = 1.03 * float(mine[0]["seconds"]) / 5
            rows.append(samples(name, [batch * draw.lognormvariate(0, 0.02) for _ in range(7)]))
    broken = [failure(f"math/{HOSTILE}/workers:4/{MATH}")]
    return replace(results(*rows, failures=broken), states=[states(entries)])


def bars(axes: Axes) -> list[list[Rectangle]]:
    """By row, from the left."""
    found: dict[int, list[Rectangle]] = {}
    for patch in axes.patches:
        found.setdefault(round(patch.get_y() + patch.get_height() / 2), []).append(patch)
    return [found[row] for row in sorted(found)]


def panels(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_xlabel()]


def test_they_are_drawn_where_there_is_something_to_show() -> None:
    found = observed()
    assert "waterfall" in charts(found) and "law" not in charts(found), "two numbers of workers within 2 CPUs"
    assert "waterfall" not in charts(replace(found, states=[]))
    assert "waterfall" not in charts(replace(found, states=[{}])), "no evidence"
    serial = {name: rounds for name, rounds in found.states[0].items() if "/serial/" in name}
    assert "waterfall" not in charts(replace(found, states=[serial])), "the base alone"
    assert "law" in charts(replace(found, contexts=[{"effective_cpus": 4.0}]))


def test_a_bar_is_the_efficiency_and_its_losses() -> None:
    found = observed()
    figure = waterfall.draw(found)
    over_serial, over_own = panels(figure)
    assert [label.get_text() for label in over_serial.get_yticklabels()] == [
        "pool", "fork_each", "tbb", "std_thread", "openmp_dynamic",
    ]  # fmt: skip
    bases: tuple[Base, ...] = ("serial", "own")
    for axes, base in zip((over_serial, over_own), bases):
        shown = {one.contender: one.waterfall for one in losses(found, base) if one.workers == 4}
        for label, row in zip(over_serial.get_yticklabels(), bars(axes)):
            one = shown[label.get_text()]
            assert row[0].get_width() == one.efficiency.median
            assert sum(patch.get_width() for patch in row) == pytest.approx(max(1, one.efficiency.median))
    said = texts(figure)
    (blocked,) = [
        one.waterfall for one in losses(found) if one.contender == "std_thread" and one.workers == 4
    ]
    assert f"blocked {100 * blocked.lost(blocked.term('blocked')):.0f}" in said
    assert sum(words.startswith(("dearer work ", "starting ", "waiting for a CPU ")) for words in said) >= 3
    assert "4 workers over the serial loop, kernel primes, tasks 256, size 2000" in " ".join(said).replace(
        "\n", " "
    )
    assert "Processes of each cell that were observed: 3." in " ".join(said)
    assert "No number (no bar):" in said and overlaps(figure) == []


def test_what_is_not_attributed_is_hatched() -> None:
    figure = waterfall.draw(observed())
    hatched = [patch for row in bars(panels(figure)[0]) for patch in row if patch.get_hatch()]
    assert hatched and REST in texts(figure)


def test_what_was_perturbed_is_marked() -> None:
    """The times say 3 % more than the evidence; now 30 % less."""
    found = observed()
    faster = found.table["real"] / 1.3 ** (found.table["contender"] == "tbb")
    figure = waterfall.draw(replace(found, table=found.table.assign(real=faster)))
    names = [label.get_text() for label in panels(figure)[0].get_yticklabels()]
    assert "tbb *" in names and "pool" in names
    assert any(words.startswith("* Observed batches took more than 5 % longer") for words in texts(figure))
    assert not any("*" in words for words in texts(waterfall.draw(found)))


def test_one_contender_is_shown_over_its_workers() -> None:
    figure = waterfall.draw(observed({"openmp_dynamic": LOST["openmp_dynamic"]}, (1, 2, 4, 8)))
    over_serial, over_own = panels(figure)
    names = [label.get_text() for label in over_serial.get_yticklabels()]
    assert names == ["1 worker", "2 workers", "4 workers", "8 workers"]
    assert [len(row) > 0 for row in bars(over_own)] == [True] * 3
    assert "its base" in [text.get_text() for text in over_own.texts]
    assert overlaps(figure) == []


def test_the_largest_number_of_workers_that_most_have() -> None:
    found = observed()
    more = observed({"pool": LOST["pool"]}, (64,))
    extra = more.table[more.table["workers"] == 64]
    both = {**found.states[0], **{name: one for name, one in more.states[0].items() if "workers:64" in name}}
    joined = replace(found, table=found.table._append(extra, ignore_index=True), states=[both])
    names = [label.get_text() for label in panels(waterfall.draw(joined))[0].get_yticklabels()]
    assert len(names) == 5


def test_a_bar_beyond_what_workers_can_do_ends_and_its_number_says_so() -> None:
    """As those of event loops do, whose workers wait for many tasks at once."""
    found = observed({"pool": LOST["pool"], "tbb": LOST["tbb"]})
    real = found.table["real"].where(found.table["contender"] != "pool", 0.001)
    figure = waterfall.draw(replace(found, table=found.table.assign(real=real)))
    (pool, _) = bars(panels(figure)[0])
    assert pool[0].get_width() == waterfall.LONGEST and "4996 %" in texts(figure) and overlaps(figure) == []


def test_losses_that_could_not_be_told_apart_are_said() -> None:
    name = f"math/coroutines/workers:4/{MATH}"
    found = observed()
    loop = entry(name, 4, {"between": (1.5, 0.0, 0.5)}, bodies=False)
    rows = results(samples(name, [0.1] * 7)).table
    told = replace(
        found,
        table=found.table._append(rows, ignore_index=True),
        states=[{**found.states[0], **states([loop])}],
    )
    figure = waterfall.draw(told)
    assert f"{name}: dearer work holds spinning too." in texts(figure) and overlaps(figure) == []


@pytest.mark.parametrize("bad", ABSURD.values(), ids=ABSURD)
def test_of_absurd_names_there_are_pictures(bad: str, tmp_path: Path) -> None:
    found = observed()
    for draw, plain in ((waterfall.draw, found), (law.draw, lawful())):
        columns = ("name", "workload", "case", "contender")
        renamed = plain.table.assign(**{key: plain.table[key] + bad for key in columns})
        named = [{f"{name}{bad}": rounds for name, rounds in each.items()} for each in plain.states]
        save(draw(replace(plain, table=renamed, states=named)), tmp_path / "chart.svg")
        ElementTree.parse(tmp_path / "chart.svg")


def lawful(cpus: float = 8.0) -> Results:
    draw = random.Random(2)
    rows = [samples("math/serial/workers:1/size:1", [8 * draw.lognormvariate(0, 0.01) for _ in range(7)])]
    for name, alpha in {"pool": 0.03, "tbb": 0.3, "fork_pool": 0.6}.items():
        for workers in (1, 2, 4, 8, 16):
            times = [8 / usl(min(workers, 8), alpha) * draw.lognormvariate(0, 0.01) for _ in range(7)]
            rows.append(samples(f"math/{name}/workers:{workers}/size:1", times))
    return replace(results(*rows), contexts=[{"effective_cpus": cpus}])


def test_laws_are_solid_where_measured_and_dashed_beyond() -> None:
    found = lawful()
    figure = law.draw(found)
    (pool,) = [axes for axes in figure.axes if "pool, size 1" in [text.get_text() for text in axes.texts]]
    (solid,), (dashed,) = lines(pool, "law"), lines(pool, "extrapolated")
    assert solid.get_xdata()[0] == 1 and solid.get_xdata()[-1] == dashed.get_xdata()[0] == 8
    assert dashed.get_xdata()[-1] == pytest.approx(32) and dashed.get_linestyle() == "--"
    assert [line.get_xdata()[0] for line in lines(pool, "measured")] == [1, 2, 4, 8]
    assert [line.get_xdata()[0] for line in lines(pool, "beyond")] == [16]
    assert lines(pool, "_cpus")[0].get_xdata()[0] == 8
    said = " ".join(texts(figure)).replace("\n", " ")
    assert "Amdahl: 3" in said and "% of the work is serial" in said
    assert overlaps(figure) == []


def test_without_identifiability_nothing_is_extrapolated() -> None:
    few = lawful()
    few = replace(few, table=few.table[few.table["round"] < 2].reset_index(drop=True))
    figure = law.draw(few)
    assert not any(lines(axes, "law") or lines(axes, "extrapolated") for axes in figure.axes)
    assert "fewer than 3 rounds" in " ".join(texts(figure)).replace("\n", " ") and overlaps(figure) == []
