"""The table of cold batches."""

from __future__ import annotations

from dataclasses import replace

from scripts.analysis.summary import summarise
from scripts.analysis.table import COLUMNS, Results, frame
from scripts.reports import summary
from scripts.reports.lifecycle import blocks
from scripts.reports.markdown import page
from tests.analysis.builder import results, samples


def measured(rounds: int) -> Results:
    warm = results(
        samples("w/serial/workers:1", [8.0] * rounds),
        samples("w/pool/workers:2", [4.0] * rounds),
        samples("w/tbb/workers:2", [4.0] * rounds),
    )
    cold = [
        {**row, "open": 0.001, "run": 4.5, "close": 0.5}
        for name, times in {
            "pool/workers:1": [9.0, 9.5],
            "pool/workers:2": [5.0, 6.0],
            "tbb/workers:2": [3.0, 3.1],
            "par/workers:2": [7.0],
        }.items()
        for row in samples(f"w/{name}/lifecycle:cold", (times * rounds)[:rounds])
    ]
    return replace(warm, cold=frame(cold, COLUMNS))


def said(found: Results) -> str:
    return page(summary.report(summarise(found))).replace("\\[", "[").replace("\\]", "]")


def test_each_executor_at_its_most_workers_beside_its_warm_batch() -> None:
    rows = [line for line in said(measured(8)).splitlines() if "1.00 ms" in line]
    assert rows == [
        "| tbb | 2 | 3.05 s [3.00, 3.10] | 1.00 ms | 4.50 s | 500 ms | 4.00 s | 0.76 |",
        "| pool | 2 | 5.50 s [5.00, 6.00] | 1.00 ms | 4.50 s | 500 ms | 4.00 s | 1.38 |",
        "| par | 2 | 7.00 s [7.00, 7.00] | 1.00 ms | 4.50 s | 500 ms |  |  |",
    ]
    assert "tbb: cold beats warm" in said(measured(8))


def test_few_samples_have_no_interval_and_beat_nothing() -> None:
    few = said(measured(4))
    assert "| tbb | 2 | 3.05 s | " in few and "tbb: cold as fast as warm" in few


def test_without_cold_batches_there_is_no_table() -> None:
    assert blocks(()) == []
    warm = measured(8)
    assert "Cold batches" not in said(replace(warm, cold=warm.cold.iloc[:0]))
