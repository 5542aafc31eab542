"""From samples to results.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from scripts.analysis.stopping import Stopping
from scripts.measuring import files, results
from scripts.measuring.catalogue import Cell, Json
from scripts.measuring.results import Measured, Sample
from scripts.measuring.running.contest import stop_reasons
from scripts.measuring.schedule import Turn
from tests.cells import cell_of

NAMES = ["math/pool/workers:1/kernel:pi", "math/tbb/workers:1/kernel:pi", "math/tbb/workers:2/kernel:pi"]


def reasons(measured: Measured, cells: Sequence[Cell], most: int, target: float = 0.02) -> dict[str, str]:
    return stop_reasons(cells, Stopping(target, most), "max_time", measured)


def cell(name: str) -> Cell:
    entry = cell_of(name)
    return Cell(
        name, entry["case"], (), Path("bench"), workers=entry["workers"], lifecycle=entry["lifecycle"],
        baseline=entry["family"] == "serial", entry=entry,
    )  # fmt: skip


CELLS = list(map(cell, NAMES))


def repetition(name: str, index: int, real: float, cpu: float) -> Json:
    return {
        "name": name,
        "run_name": name,
        "run_type": "iteration",
        "repetitions": 3,
        "repetition_index": index,
        "threads": 1,
        "iterations": 10,
        "real_time": real,
        "cpu_time": cpu,
        "time_unit": "ms",
        "open_time": real / 10,
    }


def sample(name: str, round_: int, order: int, times: list[tuple[float, float]]) -> Sample:
    repetitions = [repetition(name, index, real, cpu) for index, (real, cpu) in enumerate(times)]
    return Sample(Turn(cell(name), "", round_, order, 0), repetitions)


def test_the_time_inside_the_clock_is_that_of_all_batches_of_all_repetitions() -> None:
    measured = Measured()
    for number, name in enumerate(NAMES[:2]):
        measured.take(sample(name, 0, number, [(3, 1), (5, 1)]))
    assert measured.inside_clock == pytest.approx(2 * 10 * (3 + 5) / 1000)


def test_a_sample_is_the_median_of_its_process() -> None:
    entry = results.one_sample(
        [repetition("a", 0, 3, 10), repetition("a", 1, 9, 20), repetition("a", 2, 5, 90)]
    )
    assert (entry["real_time"], entry["cpu_time"]) == (5, 20)
    assert (entry["open_time"], entry["time_unit"]) == (0.5, "ms")


def test_an_even_number_of_repetitions_has_the_mean_of_the_middle_ones() -> None:
    entry = results.one_sample([repetition("a", 0, 4, 1), repetition("a", 1, 2, 2)])
    assert (entry["real_time"], entry["cpu_time"], entry["open_time"]) == (3, 1.5, 0.2)


def test_a_document_has_the_samples_of_each_cell_and_no_failed_one() -> None:
    failure = {"name": NAMES[1], "kind": "crash", "reason": "killed by SIGSEGV"}
    measured = Measured(
        samples={
            NAMES[2]: [sample(NAMES[2], 0, 1, [(2, 2)]), sample(NAMES[2], 1, 0, [(4, 4)])],
            NAMES[1]: [sample(NAMES[1], 0, 2, [(1, 1)])],
            NAMES[0]: [sample(NAMES[0], 0, 0, [(8, 8)])],
        },
        failures={NAMES[1]: failure},
        evidence={NAMES[0]: [{"observer": "receipt", "cell": NAMES[0]}]},
        context={"seed": 3, "date": "now"},
    )
    document = results.document(measured, CELLS, reasons(measured, CELLS, 2, 0.0), {"rounds": 5})
    assert document["context"] == {"seed": 3, "date": "now", "rounds": 5}
    assert document["failures"] == [failure]
    assert (document["schema"], document["evidence"]) == (2, [{"observer": "receipt", "cell": NAMES[0]}])
    keys = ("name", "repetition_index", "order", "real_time", "repetitions")
    assert [tuple(entry[key] for key in keys) for entry in document["benchmarks"]] == [
        (NAMES[0], 0, 0, 8, 1),
        (NAMES[2], 0, 1, 2, 2),
        (NAMES[2], 1, 0, 4, 2),
    ]
    assert [(one["name"], one.get("samples"), one.get("stop_reason")) for one in document["cells"]] == [
        (NAMES[0], 1, "max_time"),
        (NAMES[1], None, None),
        (NAMES[2], 2, "max_rounds"),
    ]
    assert [one["contender"] for one in document["cells"]] == ["pool", "tbb", "tbb"], "failed ones too"
    assert document["cells"][2]["median"] == pytest.approx(3e-3)  # seconds, of samples in ms


def test_a_cell_that_is_too_fast_is_a_failure_of_the_document() -> None:
    names = ["w/serial/workers:1", "w/tbb/workers:2", "w/pool/workers:2", "w/pool/workers:2/lifecycle:cold"]
    times = {names[0]: [8.0] * 6, names[1]: [2.6] * 6, names[2]: [2.6] * 5 + [2.7], names[3]: [1.0] * 6}
    made = {
        name: [sample(name, number, 0, [(time, time)]) for number, time in enumerate(values)]
        for name, values in times.items()
    }
    made_of = Measured(samples=made)
    cells = list(map(cell, names))
    document = results.document(made_of, cells, reasons(made_of, cells, 6, 0.0), {})
    reason = "efficiency 1.54 [1.54, 1.54], over 1.5"
    assert document["failures"] == [
        {"name": names[1], "kind": "impossible", "cause": {}, "reason": reason}
    ]  # the others: 1.48 in one round, and what a serial loop is not compared with
    assert {entry["name"] for entry in document["benchmarks"]} == {names[0], *names[2:]}


def test_a_cell_has_the_statistics_of_its_samples() -> None:
    def statistics(times: list[float], most: int = 40) -> Json:
        samples = [sample(NAMES[0], index, 0, [(t, t), (t * 1.001, t)]) for index, t in enumerate(times)]
        measured = Measured(samples={NAMES[0]: samples})
        found: list[Json] = results.document(measured, CELLS, reasons(measured, CELLS, most), {})["cells"]
        return found[0]

    steady = statistics([10.0, 10.1, 9.95, 10.02, 9.98, 10.05, 10.0, 10.03, 9.97, 10.01])
    assert steady["stop_reason"] == "precise" and steady["coverage"] > 0.95
    assert 0.002 < steady["scatter_between"] < 0.01 and 0 < steady["scatter_within"] < 0.001
    assert statistics([10.0, 12.0, 9.0, 10.0, 9.0, 11.0])["stop_reason"] == "max_time"
    assert statistics([10.0, 12.0, 9.0, 10.0, 9.0, 11.0], most=6)["stop_reason"] == "max_rounds"
    drifting = statistics([10.0 + index / 10 for index in range(12)])
    assert drifting["lag1"] > 0.5 and drifting["stop_reason"] == "max_time"
    assert "lag1" not in statistics([10.0, 10.0])


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    files.write(path, {"benchmarks": []})
    with pytest.raises(ValueError):
        files.write(path, {"benchmarks": [float("nan")]})
    with pytest.raises(TypeError):
        files.write(path, {"benchmarks": [object()]})
    assert json.loads(path.read_text()) == {"benchmarks": []}
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_failed_write_leaves_no_temporary_file(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.mkdir()
    with pytest.raises(OSError):
        files.write(path, {"benchmarks": []})
    assert list(tmp_path.iterdir()) == [path]
