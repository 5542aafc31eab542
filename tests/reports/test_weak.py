"""What the forms of a report say of weak scaling."""

from __future__ import annotations

import io

from scripts.analysis.summary import summarise
from scripts.reports import Report, csv, markdown, terminal
from scripts.reports.answers import LINE, title, use
from scripts.reports.summary import report
from tests.analysis.builder import results, samples

TIMES = {("serial", 1): 2.0, ("pool", 1): 2.0, ("pool", 2): 2.1, ("pool", 4): 2.5}


def made(scaling: str = "scaling:weak/") -> Report:
    cells = (
        samples(
            f"math/{name}/workers:{count}/{scaling}tasks:100",
            [time * (1 + number / 1000) for number in range(8)],
        )
        for (name, count), time in TIMES.items()
    )
    measured = results(*cells)
    for row in measured.table.index:  # 100 tasks a worker
        measured.table.loc[row, "tasks"] = 100 * measured.table["work"][row]
    report_ = report(summarise(measured))
    return Report(report_.title, report_.blocks, report_.data, rows=lambda: csv.cells(measured))


def test_the_answer_is_in_work_and_efficiency() -> None:
    found = made().data()["cases"][0].answer
    assert title(found) == "math/scaling:weak/tasks:100: 100 tasks a worker of 20.1 ms"
    said = use(found)
    assert said.startswith("use pool with 4 workers, 3.20x the work of serial [3.2")
    assert said.endswith("80 % efficient") and len(said) <= LINE
    strong = made("").data()["cases"][0].answer
    assert "serial" in use(strong) and "the work" not in use(strong) and "a worker" not in title(strong)


def test_tables_and_their_note_say_which_scaling() -> None:
    page = markdown.page(made())
    assert "| scaled speedup [low, high] |" in page
    assert "Weak scaling: N workers do N times the work of one in a batch" in page
    assert "| pool | 4 | 2.5" in page and "| 80 % |" in page
    out = io.StringIO()
    terminal.render(made(), out)
    assert "Weak scaling: " in out.getvalue() and "scaled speedup" in out.getvalue()
    strong = markdown.page(made(""))
    assert "Strong scaling: the same work" in strong and "scaled" not in strong


def test_csv_has_the_scaling_of_each_cell() -> None:
    out = io.StringIO()
    csv.render(made(), out)
    head, *rows = out.getvalue().splitlines()
    names = head.split(",")
    last = dict(zip(names, next(row for row in rows if "pool,4" in row).split(",")))
    assert (last["scaling"], last["work"]) == ("weak", "4")
    assert abs(float(last["efficiency"]) - 0.8) < 1e-9 and abs(float(last["speedup"]) - 3.2) < 1e-9
