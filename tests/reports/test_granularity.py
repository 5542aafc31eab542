"""What is said of the sizes of tasks: which executors are above 95 %, by how much to batch, and what is not known."""

from __future__ import annotations

import io

import pytest

from scripts.analysis.answers.granularity import curves
from scripts.analysis.summary import summarise
from scripts.analysis.table import Results
from scripts.reports import Heading, Text, terminal
from scripts.reports.granularity import report, sentence, unbracketed
from tests.analysis.builder import failure, results, samples

SIZES = [round(20_000 * 2.0**octave) for octave in range(-6, 7)]


def made(tasks: int = 100, rounds: int = 6, workers: int = 2, **costs: float) -> Results:
    """Efficiency is size / (size + cost), the costs in seconds; each round is as the others."""
    cells = []
    for size in SIZES:
        name, task = f"duration:{size}ns/tasks:{tasks}", size * 1e-9
        cells.append(samples(f"spin/serial/workers:1/{name}", [tasks * task] * rounds))
        for executor, cost in costs.items():
            own = [tasks * (task + cost) / min(2, workers)] * rounds
            cells.append(samples(f"spin/{executor}/workers:{workers}/{name}", own))
    for cell in cells:
        for row in cell:
            row["tasks"] = tasks
    return results(*cells)


def said(found: Results, task: float = 20e-6) -> str:
    return sentence(curves(found), task)


def test_what_is_above_and_what_to_batch() -> None:
    """std_thread costs 40 us a task, so that 95 % takes 20 times as much: 800 us, which are 40 tasks of 20 us."""
    found = made(5000, pool=1e-8, tbb=1e-7, std_thread=40e-6)
    assert (
        said(found) == "tasks of 20 µs: every executor but std_thread is above 95 %; batch std_thread by 40"
    )
    found = made(5000, pool=1e-8, tbb=1e-7)
    assert said(found) == "tasks of 20 µs: every executor is above 95 %"
    found = made(5000, pool=1e-8, std_thread=40e-6, std_async=20e-6)
    assert said(found) == "tasks of 20 µs: pool is above 95 %; batch std_async by 20, std_thread by 40"
    assert said(made(pool=2e-6)) == "tasks of 20 µs: no executor is above 95 %; batch pool by 2"


def test_what_batching_does_not_help_is_said() -> None:
    assert said(made(30, pool=1e-8, std_thread=20e-6)).endswith("; 30 are too few to batch std_thread by 20")
    never = said(made(pool=1e-8, fork_each=1e-3))
    assert never == (
        "tasks of 20 µs: every executor but fork_each is above 95 %; "
        "below 95 % up to the longest task measured, 1.28 ms, a batch of 64: fork_each"
    )


def test_what_is_not_known_is_said() -> None:
    few = made(rounds=5, pool=1e-8)
    assert said(few) == "tasks of 20 µs: too few rounds to tell: --rounds=10 would"
    assert said(made(pool=1e-8), 1.0) == "tasks of 1 s: not measured, those from 312 ns to 1.28 ms were"
    shaky = made(pool=1e-8, tbb=1e-8)
    row = shaky.table["contender"].eq("tbb") & (shaky.table["round"] % 3 == 0)
    shaky.table.loc[row, "real"] *= 1.2
    assert said(shaky) == "tasks of 20 µs: pool is above 95 %; cannot tell of tbb"


def test_what_is_not_bracketed_is_said_plainly() -> None:
    assert list(unbracketed(curves(made(pool=1e-8, tbb=1e-9, std_thread=1e-4)))) == [
        "above 50 % down to the shortest task measured, 312 ns: pool and tbb.",
        "above 95 % down to the shortest task measured, 312 ns: pool and tbb.",
        "below 95 % up to the longest task measured, 1.28 ms: std_thread.",
    ]


@pytest.mark.parametrize("width", [80, 120])
def test_the_whole_in_a_terminal(width: int) -> None:
    found = made(pool=1e-6, std_thread=40e-6, workers=8)
    broken = results(failures=[failure("spin/segv/workers:8/duration:312ns/tasks:100")]).failures
    found = Results(found.table, broken, found.contexts, found.labels)
    out = io.StringIO()
    shown = report(summarise(found), curves(found), 20e-6)
    terminal.render(shown, out, width)
    text = out.getvalue()
    assert all(len(line) <= width for line in text.splitlines())
    assert "100 tasks on 8 workers: efficiency over min(workers, effective CPUs) = 2" in text
    assert "2.00 [2.00, 2.00] µs" in text and "80.0 [80.0, 80.0] µs" in text, "METG(50) is twice the cost"
    assert "20.0 [20.0, 20.0] µs" in text and "800 [800, 800] µs" in text, "METG(95) is twenty times"
    assert "killed by SIGSEGV" in text
    data = shown.data()
    assert data["task"] == 20e-6 and len(data["granularity"]) == 2 and "answers" in data


def test_nothing_measured() -> None:
    blocks = report(summarise(results()), [], 20e-6).blocks
    assert isinstance(blocks[0], Text) and blocks[0].text.startswith("Nothing to tell")
    assert [block.text for block in blocks if isinstance(block, Heading)] == ["How it was measured"]
