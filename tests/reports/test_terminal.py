"""What a terminal or a log shows: as wide as it is, and nothing broken or lost."""

from __future__ import annotations

import io

import pytest

from scripts.reports import Column, Heading, Notes, Report, Table, Text, terminal

NAME = "math/coroutines/workers:2/in_flight:4/kernel:primes/tasks:256/size:200"
CELL = [Column("cell", wraps=True), Column("change", right=True), Column("remark", wraps=True)]
REMARK = "times follow the round before, as " + NAME
LONG = Report(
    f"Of {NAME}",
    [
        Text(f"A sentence that is about {NAME}, and goes on about http://127.0.0.1:8080/{'x' * 90}."),
        Heading(NAME),
        Table(CELL, [[NAME, "+1.2 %", REMARK], ["all cells together", "", ""]]),
        Notes([f"see {NAME}"]),
    ],
    dict,
)
SMALL = Report(
    "Small",
    [
        Table(
            [Column("cell"), CELL[1], Column("bar", dispensable=1)],
            [["a b", "+1.2 %", "#" * 10], ["c", "-10 %", ""]],
        )
    ],
    dict,
)


def rendered(report: Report, width: int | None = None) -> list[str]:
    out = io.StringIO()
    terminal.render(report, out, width)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [1, 40, 60, 80, 120, 200])
def test_names_are_never_broken_and_nothing_is_lost(width: int) -> None:
    lines = rendered(LONG, width)
    words = [word for line in lines for word in line.split()]
    assert sum(NAME in word for word in words) == 6
    assert sum("x" * 90 in word for word in words) == 1 and "sentence" in words and "+1.2" in words
    longer = [line for line in lines if len(line) > width]
    assert width < 80 or all(NAME in line or "xxx" in line for line in longer), longer


def test_a_name_that_leaves_no_room_stands_above_the_rest_of_its_row() -> None:
    narrow = rendered(LONG, 80)
    place = narrow.index(NAME, narrow.index("cell"))
    assert narrow[place + 1].startswith("  +1.2 % times follow the round before")
    assert any(line.startswith(f"{NAME} +1.2 % times") for line in rendered(LONG, 200))


def test_an_indented_sentence_is_indented_in_every_line() -> None:
    lines = rendered(Report("T", [Text("word " * 30, indent=4)], dict), 40)[1:]
    assert len(lines) > 3 and all(line.startswith("    word") and len(line) <= 40 for line in lines)
    assert rendered(Report("T", [Text("a word", indent=4)], dict), 2)[1:] == ["    a", "    word"]


def test_columns_are_aligned_and_lines_end_where_their_text_does() -> None:
    assert rendered(SMALL, 80) == ["Small", "cell change bar", "a b  +1.2 % ##########", "c     -10 %"]
    assert rendered(SMALL, 15) == ["Small", "cell change", "a b  +1.2 %", "c     -10 %"]


@pytest.mark.parametrize(("columns", "widest"), [("60", 60), ("200", 200), ("0", 120), ("", 120), ("x", 120)])
def test_what_is_no_terminal_obeys_columns(
    columns: str, widest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = rendered(Report("T", [Text("word " * 100)], dict))
    assert widest - 5 < max(map(len, lines)) <= widest
