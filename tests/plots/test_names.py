"""Names are data: whatever they are, there is a picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from plots import draw_all, ratios, save, speedup
from scripts.analysis.ratio import Ratio
from scripts.analysis.table import COLUMNS, Results, frame
from scripts.analysis.verdict import because, invalid, judge
from scripts.reports.wording import reasons
from tests.analysis.builder import failure, results, samples
from tests.plots.figures import overlaps

ABSURD = {
    "long": "x" * 10_000,
    "controls": "a\0b\x1b[31m\r\n\tc\x7f",
    "formula": "$\\frac{a}{$ $x^2$ $",
    "directions": "\u202eabc\u200f\u05d0\u0628",
    "no text": "\ud800\ufffe",
    "slashes": "/" * 500,
}


def called(bad: str) -> Results:
    """Results with something for every chart, in which every name ends so."""

    def renamed(table: pd.DataFrame) -> pd.DataFrame:
        names = [key for key in ("name", "workload", "case", "executor", "contender", "kind", "reason")]
        return table.assign(**{key: table[key] + bad for key in names if key in table})

    plain = results(
        samples("w/serial/workers:1", [8.0, 8.1, 8.2]),
        samples("w/pool/workers:2", [4.0, 4.1, 4.2]),
        samples("sleep/serial/workers:1", [1.0] * 3),
        samples("sleep/loop/workers:1/in_flight:16", [0.07] * 3),
        samples("sleep/loop/workers:1/in_flight:4", [0.3] * 3),
        failures=[failure("w/tbb/workers:2")],
    )
    stages = {"open": 1.0, "run": 4.5, "close": 0.5}
    cold = [{**row, **stages} for row in samples("w/pool/workers:1/lifecycle:cold", [6.0] * 3)]
    return replace(
        plain,
        table=renamed(plain.table),
        cold=renamed(frame(cold, COLUMNS)),
        failures=renamed(plain.failures),
        contexts=[{"effective_cpus": 2.0, "cpu_model": bad}],
        labels=[bad],
    )


@pytest.mark.parametrize("bad", ABSURD.values(), ids=ABSURD)
def test_of_absurd_names_there_are_pictures(bad: str, tmp_path: Path) -> None:
    written = draw_all(called(bad), tmp_path)
    slower = replace(judge(Ratio(1.1, 1.05, 1.2, 0.01, 16, "rank-sum"), 0.03), name=bad)
    missing = replace(invalid(0.03, because("missing", why=bad)), name=bad)
    for suffix in ("svg", "png"):
        written.append(tmp_path / f"ratios.{suffix}")
        save(ratios.chart(bad, bad, [slower, missing], 0.03, reasons), written[-1])
    assert len(written) >= 10
    for path in written:
        if path.suffix == ".svg":
            ElementTree.parse(path)
        else:
            assert path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size < 1_000_000


def test_long_names_of_workloads_do_not_run_into_each_other() -> None:
    cells = [(f"{'Contended<std::mutex>' * 3}{number}", count) for number in range(3) for count in (1, 2)]
    rows = [samples(f"{name}/serial/workers:1", [8.0] * 6) for name, count in cells if count == 1]
    rows += [samples(f"{name}/pool/workers:{count}", [8.0 / count] * 6) for name, count in cells]
    assert overlaps(speedup.draw(results(*rows))) == []
