import pytest

from scripts.analysis.scaling import refuse_impossible, scaling
from tests.analysis.builder import failure, results, samples


def test_speedup_is_the_median_of_ratios_within_rounds() -> None:
    # Each round twice as slow as the one before: only the pairs show that the ratio is always 2.
    serial = [4.0, 8.0, 16.0, 32.0, 64.0, 128.0]
    made = results(
        samples("w/serial/workers:1", serial), samples("w/pool/workers:4", [s / 2 for s in serial])
    )
    pool = {cell.contender: cell for cell in scaling(made.table)}["pool"]
    assert pool.speedup is not None and (pool.speedup.median, pool.speedup.low, pool.speedup.high) == (
        2,
        2,
        2,
    )
    assert pool.efficiency is not None and pool.efficiency.median == 0.5
    assert pool.real.low == 2.0 and pool.real.high == 64.0


def test_only_rounds_with_both_count() -> None:
    made = results(samples("w/serial/workers:1", [4, 4]), samples("w/pool/workers:2", [2, 2, 0.1, 0.1]))
    pool = scaling(made.table)[0]
    assert pool.speedup is not None and (pool.speedup.median, pool.speedup.samples) == (2, 2)
    assert pool.speedup.coverage == 0.5


def test_other_cases_are_no_base() -> None:
    made = results(samples("w/serial/workers:1/size:1", [4]), samples("w/pool/workers:2/size:2", [2]))
    pool = [cell for cell in scaling(made.table) if cell.contender == "pool"][0]
    assert pool.speedup is None and pool.efficiency is None and pool.cpu_ratio is None


def test_the_base_is_the_serial_loop_and_cpu_time_counts() -> None:
    made = results(
        samples("w/serial/workers:1", [4, 4, 4], cpu=[4, 4, 4]),
        samples("w/pool/workers:1", [6, 6, 6]),
        samples("w/pool/workers:2", [3, 3, 3], cpu=[5, 6, 7]),
    )
    two = {(cell.contender, cell.workers): cell for cell in scaling(made.table)}["pool", 2]
    assert two.speedup is not None and two.speedup.median == pytest.approx(4 / 3)
    assert two.cpu == 6 and two.cpu_ratio == 1.5


def test_a_serial_loop_without_cpu_time_gives_no_cpu_ratio() -> None:
    made = results(samples("w/serial/workers:1", [4], cpu=[0.0]), samples("w/pool/workers:1", [4]))
    assert [cell.cpu_ratio for cell in scaling(made.table)] == [None, None]


def test_impossible_efficiency_is_refused() -> None:
    made = results(
        samples("w/serial/workers:1/size:1", [8.0] * 6),
        samples("w/pool/workers:2/size:1", [2.6] * 5 + [2.7]),  # efficiency 1.54, lowest 1.48
        samples("w/tbb/workers:2/size:1", [2.6] * 6),  # all of it 1.54
        failures=[failure("w/openmp/workers:2/size:1")],
    )
    refused = refuse_impossible(made)
    assert set(refused.table["contender"]) == {"serial", "pool"}
    assert list(refused.failures["kind"]) == ["crash", "impossible"]
    row = refused.failures.iloc[1].to_dict()
    assert (row["contender"], row["workers"], row["case"]) == ("tbb", 2, "w/size:1")
    assert row["reason"] == "efficiency 1.54 [1.54, 1.54], over 1.5"
    assert len(made.table) == 18, "the results given stay as they are"
    assert refuse_impossible(refused) is refused


def test_a_few_rounds_may_all_have_met_a_slow_serial_loop() -> None:
    made = results(
        samples("w/serial/workers:1", [8.0] * 5),
        samples("w/pool/workers:2", [1.4] * 5),  # 2.86
        samples("w/tbb/workers:2", [1.3] * 5),  # 3.08
    )
    refused = refuse_impossible(made).failures
    assert list(refused["contender"]) == ["tbb"] and refused["reason"][0].endswith(", over 3")


def test_what_an_event_loop_has_in_flight_may_overlap() -> None:
    """One worker with 16 in flight may be 16 times faster, and all 100 tasks 100 times; more is impossible."""
    made = results(
        samples("w/serial/workers:1", [100.0] * 6),
        samples("w/loop/workers:1/in_flight:16", [6.3] * 6),
        samples("w/loop/workers:2/in_flight:16", [3.0] * 6),
        samples("w/loop/workers:1/in_flight:all", [1.0] * 6),
        samples("w/other/workers:1/in_flight:all", [0.6] * 6),
    )
    refused = refuse_impossible(made)
    assert list(refused.failures["name"]) == [
        "w/loop/workers:2/in_flight:16",
        "w/other/workers:1/in_flight:all",
    ]


def test_the_table_may_be_empty() -> None:
    assert scaling(results().table) == []
    assert refuse_impossible(results()).table.empty


def test_workers_beyond_the_tasks_count_in_efficiency() -> None:
    made = results(samples("w/serial/workers:1", [4.0]), samples("w/pool/workers:200", [0.04]))  # 100 tasks
    pool = scaling(made.table)[0]
    assert pool.efficiency is not None and pool.efficiency.median == pytest.approx(0.5)
