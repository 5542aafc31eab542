from typing import Any

from scripts.analysis.scaling import best
from tests.analysis.builder import results, samples


def names(*cells: list[dict[str, Any]]) -> list[str]:
    return [tie.contender for tie in best(results(*cells).table)[0].ties]


def test_each_at_its_own_best_worker_count() -> None:
    found = best(
        results(
            samples("w/serial/workers:1", [10.0] * 5),
            samples("w/pool/workers:2", [5.0] * 5),
            samples("w/pool/workers:4", [6.0] * 5),
            samples("w/tbb/workers:2", [9.0] * 5),
            samples("w/tbb/workers:4", [5.05] * 5),
        ).table
    )[0]
    assert (found.cell.contender, found.cell.workers) == ("pool", 2)
    assert [(tie.contender, tie.workers) for tie in found.ties] == [("pool", 2), ("tbb", 4)]


def test_a_tie_by_pairs_that_the_medians_alone_would_not_show() -> None:
    pool = [1.0, 1.1, 1.2, 1.3, 1.4]
    tbb = [1.3, 1.05, 1.3, 1.4, 1.45]  # slower in four rounds of five, faster in one
    assert names(samples("w/pool/workers:2", pool), samples("w/tbb/workers:2", tbb)) == ["pool", "tbb"]


def test_no_tie_where_every_round_is_slower() -> None:
    pool = [1.0, 2.0, 3.0, 4.0, 5.0]  # noisy rounds; the ranges overlap and the pairs do not
    tbb = [seconds * 1.04 for seconds in pool]
    assert names(samples("w/pool/workers:2", pool), samples("w/tbb/workers:2", tbb)) == ["pool"]


def test_no_tie_without_a_common_round() -> None:
    late = [{**row, "round": 10 + number} for number, row in enumerate(samples("w/tbb/workers:2", [1.1] * 5))]
    assert names(samples("w/pool/workers:2", [1.0] * 5), late) == ["pool"]


def test_the_fewest_workers_within_five_percent() -> None:
    cells = [
        samples(f"w/pool/workers:{workers}", [seconds] * 5)
        for workers, seconds in {1: 8.0, 2: 4.2, 4: 4.1, 8: 4.0, 16: 4.5}.items()
    ]
    found = best(results(*cells).table)[0]
    assert (found.cell.workers, found.enough) == (8, 2)
    found = best(results(*cells).table, slack=0.03)[0]
    assert found.enough == 4


def test_serial_may_be_the_best_and_cases_are_apart() -> None:
    made = results(
        samples("w/serial/workers:1/size:1", [1.0] * 5),
        samples("w/pool/workers:2/size:1", [3.0] * 5),
        samples("w/serial/workers:1/size:2", [8.0] * 5),
        samples("w/pool/workers:2/size:2", [4.0] * 5),
    )
    assert [(found.cell.case, found.cell.contender) for found in best(made.table)] == [
        ("w/size:1", "serial"),
        ("w/size:2", "pool"),
    ]
    assert best(results().table) == []


def test_the_fewest_workers_of_equals() -> None:
    made = results(samples("w/pool/workers:4", [1.0] * 5), samples("w/pool/workers:2", [1.0] * 5))
    assert best(made.table)[0].cell.workers == 2
