"""Which cell to use: what is as good, what is simpler, and where it stops scaling."""

from __future__ import annotations

import math
from typing import Any

from scripts.analysis.answers.answer import Answer, answers
from scripts.analysis.scaling import scaling
from tests.analysis.builder import results, samples
from tests.reports.test_answers import noisy


def only(*cells: list[dict[str, Any]]) -> Answer:
    made = results(*cells)
    found = answers(made, scaling(made.table))
    assert len(found) == 1
    return next(iter(found.values()))


def test_of_those_as_good_the_fewest_workers() -> None:
    found = only(samples("w/pool/workers:4", noisy(1.0)), samples("w/tbb/workers:2", noisy(1.004, 3)))
    assert (found.use.contender, found.use.workers) == ("tbb", 2)
    assert [cell.contender for cell in found.good] == ["pool"] and found.known


def test_then_the_least_cpu_time_beyond_noise() -> None:
    cells = [
        samples("w/pool/workers:2", noisy(1.0), [2.2] * 10),
        samples("w/tbb/workers:2", noisy(1.004, 3), [2.0] * 10),
    ]
    assert only(*cells).use.contender == "tbb"
    cells[0] = samples("w/pool/workers:2", noisy(1.0), [2.05] * 10)
    assert only(*cells).use.contender == "pool", "3 % more CPU time is as much; the faster one stays"


def test_then_the_simpler_kind() -> None:
    loop = samples("w/coroutines/workers:2/in_flight:2", noisy(1.0))
    found = only(loop, samples("w/pool/workers:2", noisy(1.003, 3)))
    assert found.use.kind == "threads"


def test_noise_earns_no_tie() -> None:
    wild = [1.01 * (1 + 0.3 * math.sin(7 * number)) for number in range(10)]
    found = only(samples("w/pool/workers:2", noisy(1.0)), samples("w/tbb/workers:2", wild))
    assert not found.good and [cell.contender for cell in found.open] == ["tbb"]
    assert not found.known


def test_the_answer_as_json() -> None:
    found = only(samples("w/serial/workers:1", noisy(2.0)), samples("w/pool/workers:2", noisy(1.0, 4)))
    said = found.as_json()
    assert said["schema"] == 1 and said["known"] and said["use"]["cell"] == "w/pool/workers:2"
    assert said["speedup"]["low"] < 2.0 < said["speedup"]["high"]
    assert said["stops_at"]["workers"] == 2 and said["effective_cpus"] == 2


def test_cases_are_apart() -> None:
    made = results(
        samples("w/serial/workers:1/size:1", noisy(1.0)),
        samples("w/pool/workers:2/size:1", noisy(3.0)),
        samples("w/serial/workers:1/size:2", noisy(8.0)),
        samples("w/pool/workers:2/size:2", noisy(4.0)),
    )
    found = answers(made, scaling(made.table))
    assert {place: one.use.contender for place, one in found.items()} == {
        (0, "w/size:1"): "serial",
        (0, "w/size:2"): "pool",
    }


def test_where_it_stops() -> None:
    times = {1: 8.0, 2: 4.15, 4: 4.1, 8: 4.0, 16: 4.5}
    found = only(
        *(samples(f"w/pool/workers:{workers}", noisy(seconds)) for workers, seconds in times.items())
    )
    assert found.stop.workers == 2 and found.stop.measured == [1, 2, 4, 8, 16]
    assert found.stop.busy is not None and abs(found.stop.busy - 0.5) < 0.01
