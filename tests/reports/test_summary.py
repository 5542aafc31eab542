"""The report: complete, escaped, in the characters that the reader has."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.analysis.interval import median_interval
from scripts.analysis.metg import Metg
from scripts.analysis.results import load
from scripts.analysis.scaling import refuse_impossible
from scripts.analysis.summary import Summary, summarise
from scripts.analysis.table import Results
from scripts.analysis.text import encodable
from scripts.report import main
from scripts.reports import terminal
from scripts.reports.markdown import escaped, page
from scripts.reports.answers import use
from scripts.reports.summary import _rows, bar, report


@pytest.fixture(scope="session")
def one() -> Results:
    return refuse_impossible(load([Path(__file__).parents[1] / "data/two_cpus.json"]))


@pytest.fixture(scope="session")
def summary(one: Results) -> Summary:
    return summarise(one)


def markdown(summary: Summary) -> str:
    return page(report(summary))


def rendered(summary: Summary, encoding: str, width: int = 100) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    terminal.render(report(summary), file, width)
    return raw.getvalue().decode(encoding)


def test_the_machine_comes_last(summary: Summary) -> None:
    paragraph = markdown(summary).split("## How it was measured\n\n")[1]
    for fact in ("CPU: Model of 2 CPUs", "effective CPUs: 2", "GNU 12.2.0", "commit: abc1234", "rounds: 5"):
        assert fact in paragraph
    assert "date: 2025-01-31T12:00:00Z" in paragraph and "scripts/fanout run --workers=1,2,max" in paragraph
    assert "nominal 95 % interval; 220 cells of fewer than 6 samples have none" in paragraph


def test_the_share_of_the_time_that_was_timed_is_said(summary: Summary) -> None:
    assert "inside the clock" not in markdown(summary), "a file that does not say"
    timed = replace(summary, context={**summary.context, "wall_seconds": 150.0, "clock_seconds": 93.0})
    assert "62 % of 150 s were spent inside the clock." in markdown(timed)


def test_answers_come_first_and_every_case_has_its_table(summary: Summary) -> None:
    headings = re.findall(r"^## (.*/.*)", markdown(summary), re.MULTILINE)
    assert len(headings) == 12 and [text.split(":")[0] for text in headings[:6]] == [
        text.split(":")[0] for text in headings[6:]
    ]
    row = next(line for line in markdown(summary).split("\n") if line.startswith("| openmp_static | 2 | 16"))
    assert re.fullmatch(r"\| openmp_static \| 2 \| 16\.\d µs \|  \| 0\.7\d \| 37 % \| .* \|  \| █+.? \|", row)


def test_a_machine_that_was_not_quiet_is_the_first_thing_said(summary: Summary) -> None:
    settled = replace(summary.settled, samples=10, disturbed=6, marks={"foreign": 6})
    said = markdown(replace(summary, settled=settled, quiet=False)).split("\n\n")[1]
    assert said.startswith(
        "The machine was not quiet: 6 of 10 samples were disturbed: other programs used the CPUs in 6."
    )
    assert "not quiet" not in markdown(replace(summary, settled=replace(settled, disturbed=5)))


def test_every_failure_is_told(summary: Summary) -> None:
    failures = markdown(summary).split("## Failures\n\n")[1].split("\n\n")[0].splitlines()
    assert len(failures) == 2 + 7
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 4 for line in failures), "no cell is split by data"
    assert "<script>" not in markdown(summary) and "&lt;script&gt;" in failures[3]


@pytest.mark.parametrize(
    "raw, safe",
    [
        ("a|b", r"a\|b"),
        ("`x`", r"\`x\`"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("one\ntwo\r\nthree\x1b[0m", r"one two three \[0m"),
        ("$x_1$ *y*", r"\$x_1\$ \*y\*"),
        ("std_thread _y_", r"std_thread \_y\_"),
        ("[a](b)\\", r"\[a\](b)\\"),
    ],
)
def test_escaping(raw: str, safe: str) -> None:
    assert escaped(raw) == safe


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_terminal_gets_only_characters_that_it_has(summary: Summary, encoding: str, width: int) -> None:
    said = rendered(summary, encoding, width)
    assert "?" not in said
    bars = width > 60
    assert ("█" in said) == (bars and encoding == "utf-8") and ("##" in said) == (
        bars and encoding != "utf-8"
    )
    assert "\x1b" not in said


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_narrow_terminal_loses_columns_not_digits(summary: Summary, width: int) -> None:
    """Every row still says who, on how many workers, in what time and how much faster, in full."""
    lines = [re.sub(r" +", " ", line) for line in rendered(summary, "utf-8", width).split("\n")]
    for case in summary.cases:
        for executor, workers, time, _, speedup, *_ in _rows(case, case.rows):
            assert any(line.startswith(f"{executor} {workers} {time} {speedup}") for line in lines), executor


def test_the_terminal_says_what_the_markdown_says(summary: Summary) -> None:
    said = " ".join(rendered(summary, "utf-8", 300).split())
    for case in summary.cases:
        assert use(case.answer) in said and case.case in said
    assert "sleep/a|b<script>$x$`_/workers:4/tasks:16/duration:5ms unavailable library $y_1$" in said


def test_markup_in_names_is_no_markup(summary: Summary) -> None:
    cells = tuple(replace(row, contender="[red]x[/nothing]") for row in summary.cases[0].rows)
    made = replace(summary, cases=(replace(summary.cases[0], rows=cells),))
    assert "[red]x[/nothing]" in rendered(made, "utf-8")


def test_bars() -> None:
    assert [bar(share) for share in (0, 0.5, 1, 2, 0.55)] == ["", "█" * 5, "█" * 10, "█" * 10, "█████▌"]
    assert encodable("██▌ 3 µs…", "ascii") == "### 3 us~" and encodable("██▎", "ascii") == "## "


def test_metg_is_told_where_there_is_a_sweep(summary: Summary) -> None:
    assert not summary.metg and "METG" not in markdown(summary)
    found = Metg(0, "spin/tasks:1000", "pool", 2, median_interval([8e-9, 9e-9, 1e-8]), "bracketed")
    lost = replace(found, contender="tbb", seconds=None, state="inefficient", end=5e-7)
    said = markdown(replace(summary, metg=(found, lost)))
    assert r"| pool | 2 | 9.00 ns \[8.00 ns, 10.0 ns\] |" in said and "inefficient up to 500 ns |" in said
    assert "METG" in rendered(replace(summary, metg=(found, lost)), "ascii")


def test_nothing_measured_is_said(one: Results) -> None:
    none = Results(one.table.iloc[:0], one.failures.iloc[:0], [{}], ["empty"])
    said = markdown(summarise(none))
    assert "No cell has a number." in said and "## Failures" not in said
    assert "No cell has a number." in rendered(summarise(none), "ascii")


def test_what_a_sample_is_is_said(one: Results, summary: Summary) -> None:
    assert "the median of up to 5 rounds, a fresh process each" in markdown(summary)
    byhand = Results(one.table, one.failures, [{"cpu_model": "x"}], one.labels)
    assert "the median of up to 5 repetitions in one process" in markdown(summarise(byhand))


def test_no_serial_loop_is_said(one: Results) -> None:
    rest = Results(one.table[~one.table["baseline"]], one.failures, one.contexts, one.labels)
    assert "| no base | no base | no base |" in markdown(summarise(rest))


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    data = Path(__file__).parents[1] / "data"
    assert main([str(data / "two_cpus.json"), str(data / "rebuilt.json"), "--markdown"]) == 0
    said = capsys.readouterr().out
    assert "# Results: two_cpus" in said and "# Results: rebuilt" in said
    assert main([str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_run_that_was_disturbed_has_no_answer(one: Results) -> None:
    name = str(one.table["name"].iloc[0])
    cell = {"stop_reason": "max_time", "samples": 5, "disturbed": 5, "marks": {"foreign": 5}}
    made = replace(one, cells=[{name: cell}])
    assert not any(case.answer.quiet for case in summarise(made).cases) and not summarise(made).quiet
    made = replace(one, cells=[{name: cell | {"disturbed": 2}}])
    assert all(case.answer.quiet for case in summarise(made).cases)
