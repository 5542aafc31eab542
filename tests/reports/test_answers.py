"""The answer of a case, as it is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scripts.analysis.answers.answer import Answer, answers
from scripts.analysis.ratio import Ratio
from scripts.reports.answers import LINE, blocks, use
from scripts.analysis.scaling import scaling
from tests.analysis.builder import results, samples

NOISE = [1.0, 1.002, 0.998, 1.001, 0.999, 1.0015, 0.9985, 1.0005, 0.9995, 1.0025]


def noisy(seconds: float, turn: int = 0) -> list[float]:
    """Ten rounds that scatter by 0.2 %."""
    return [seconds * factor for factor in NOISE[turn:] + NOISE[:turn]]


def answer(*cells: list[dict[str, Any]]) -> Answer:
    made = results(*cells)
    return next(iter(answers(made, scaling(made.table)).values()))


@pytest.fixture
def clear() -> Answer:
    return answer(
        samples("w/serial/workers:1", noisy(2.0)),
        samples("w/pool/workers:1", noisy(2.05, 1)),
        samples("w/pool/workers:2", noisy(1.0, 2), [1.96] * 10),
        samples("w/pool/workers:4", noisy(1.02, 3)),
        samples("w/tbb/workers:2", noisy(1.005, 4), [1.99] * 10),
        samples("w/openmp/workers:2", noisy(1.3, 5)),
    )


def said(found: Answer) -> list[str]:
    return [block.text for block in blocks(found, "executor")]  # type: ignore[union-attr]


def test_three_lines(clear: Answer) -> None:
    heading, first, ties, stop = said(clear)
    assert heading == "w: 100 tasks of 20.0 ms"
    assert first.startswith("use pool with 2 workers, 2.00x serial [2.00, 2.00]") and first.endswith(
        "ahead of tbb"
    )
    assert ties == "as good: tbb"
    assert stop == "stops at 2 workers of 1, 2, 4: 2 effective CPUs, 98 % busy"


def test_stopping_below_the_workers_to_use_is_no_contradiction() -> None:
    found = answer(
        samples("w/serial/workers:1", noisy(2.0)),
        samples("w/pool/workers:1", noisy(1.03, 1)),
        samples("w/pool/workers:2", noisy(1.0, 2), [1.96] * 10),
    )
    assert said(found)[1].startswith("use pool with 2 workers")
    assert said(found)[-1].startswith("within 5 % of that at 1 worker of 1, 2: ")


def test_no_answer_where_another_may_be_better(clear: Answer) -> None:
    unknown = replace(clear, lowest=0.5)
    assert use(unknown) == "cannot tell: pool with 2 workers was fastest, another may be by 2.00 times"
    assert use(replace(clear, lowest=0.0)).endswith("another may be by any amount")
    assert blocks(unknown, "executor")[1].style == "yellow"  # type: ignore[union-attr]


def test_another_may_be_a_little_better(clear: Answer) -> None:
    rough = replace(clear, lowest=1 / 1.2, open=clear.good, good=())
    assert use(rough).startswith("use pool with 2 workers, 2.00x serial")
    assert said(rough)[2] == "cannot be excluded, 20 % faster at most: tbb"
    assert blocks(rough, "executor")[1].style == "bold yellow"  # type: ignore[union-attr]


def test_lines_fit_whatever_the_names(clear: Answer) -> None:
    long = replace(clear.use, contender="a_long_name_of_an_executor", case="w/" + "x" * 200)
    found = replace(clear, use=long, runner_up=long)
    assert [line for line in said(found) if len(line) > LINE] == [] and said(found)[0].endswith(
        "…: 100 tasks of 20.0 ms"
    )


def test_no_answer_of_a_machine_that_was_not_quiet(clear: Answer) -> None:
    busy = replace(clear, quiet=False)
    assert use(busy) == "cannot tell, the machine was not quiet: fastest was pool with 2 workers"
    assert not busy.known and not busy.useful and busy.as_json()["quiet"] is False


def test_few_rounds_have_no_interval() -> None:
    few = answer(samples("w/serial/workers:1", [2.0] * 5), samples("w/pool/workers:2", [1.0] * 5))
    heading, first, ties, *_ = said(few)
    assert first == "cannot tell by 5 rounds: fastest was pool with 2 workers"
    assert ties == "too few rounds to tell what is as good: --rounds=10 would"


@pytest.mark.parametrize(
    ("estimate", "low", "high", "text"),
    [
        (1.012, 1.001, 1.023, "1.2 % [0.1, 2.3] ahead of tbb"),
        (0.99, 0.98, 1.0, "1.0 % [0.0, 2.0] behind tbb"),
        (3.0, 2.5, 3.5, "3.00x as fast as tbb [2.50, 3.50]"),
        (1.5, 0.0, float("inf"), "50.0 % ahead of tbb"),
    ],
)
def test_how_far_ahead(clear: Answer, estimate: float, low: float, high: float, text: str) -> None:
    short = replace(clear.use, speedup=None)
    found = replace(clear, use=short, ahead=Ratio(estimate, low, high, 0.01, 10, "rank-sum"))
    assert use(found).endswith(text)


def test_many_names_are_cut_to_a_line_and_counted(clear: Answer) -> None:
    many = [replace(clear.good[0], contender=f"executor_{number}") for number in range(20)]
    line = said(replace(clear, good=tuple(many[:10]), open=tuple(many[10:])))[2]
    assert len(line) <= LINE and "more" in line and "cannot be excluded: executor_10" in line


def test_names_are_data(clear: Answer) -> None:
    evil = replace(clear, use=replace(clear.use, contender="a\x1b[31m"))
    assert "\x1b" not in use(evil)
