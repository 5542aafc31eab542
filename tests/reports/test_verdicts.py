"""Verdicts in four spellings: complete, escaped, and no pass that is none."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.analysis.ratio import Ratio
from scripts.analysis.verdict import Verdict, because, invalid, judge
from scripts.reports import Report, github, show, verdicts
from scripts.reports.markdown import page
from scripts.reports.verdicts import overall

HOSTILE = "w|<script>\x1b[31m\n::error::`x`##[group]/pool_/workers:1/a:100%"


def verdict(low: float, high: float) -> Verdict:
    return judge(Ratio(math.sqrt(low * high), low, high, 0.01, 16, "rank-sum"), 0.03)


def named(name: str, one: Verdict, *samples: int) -> Verdict:
    return replace(one, name=name, samples=samples)


SLOWER = named("slow", verdict(1.1, 1.2), 24)
FASTER = named("fast", verdict(0.8, 0.9), 16)
SAME = named("same", verdict(0.99, 1.01), 16)
UNSURE = named("unsure", verdict(0.99, 1.05))
BLIND = named("blind", judge(Ratio(2.0, 0.0, math.inf, 0.0, 2, "Welch"), 0.03))
INVALID = named("gone", invalid(0.03, because("lacks", side="NEW", why="missing")))


def report(*rows: Verdict, notes: tuple[str, ...] = ()) -> Report:
    return verdicts.report("before against after", rows, 0.03, 0.01, notes)


@pytest.mark.parametrize(
    "rows, verdict, status",
    [
        ([], "incomparable", 3),
        ([SAME, FASTER], "pass", 0),
        ([SAME, UNSURE], "inconclusive", 0),
        ([BLIND], "inconclusive", 0),
        ([SAME, UNSURE, INVALID], "incomparable", 3),
        ([SAME, INVALID, SLOWER], "regression", 1),
    ],
)
def test_the_whole(rows: list[Verdict], verdict: str, status: int) -> None:
    found = overall(rows)
    assert (found.verdict, found.status) == (verdict, status)
    assert ("PASS" in found.sentence) == (verdict == "pass")


def test_the_sentence_counts_and_says_what_was_not_seen() -> None:
    assert overall([SAME, SLOWER, INVALID]).sentence == (
        "REGRESSION: 1 slower, 1 invalid and 1 same of 3; worst: slow, +14.9 %."
    )
    assert overall([SAME, FASTER]).sentence == "PASS: 1 faster and 1 same of 2."
    assert overall([UNSURE]).sentence.startswith("INCONCLUSIVE: 1 inconclusive of 1; a slowdown below ")
    assert "a slowdown of any size may have gone undetected" in overall([UNSURE, BLIND]).sentence
    assert overall([]).sentence == "NOT COMPARABLE: there is nothing to compare."


def test_a_table_has_the_worst_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert show(report(SAME, UNSURE, SLOWER, BLIND, notes=("a note",)), "terminal") == 1
    lines = capsys.readouterr().out.splitlines()
    words = [line.split() for line in lines]
    assert words[0] == ["before", "against", "after"]
    assert words[1] == ["cell", "change", "interval", "verdict", "rounds", "remark"]
    assert words[2] == ["slow", "+14.9", "%", "[+10.0", "%,", "+20.0", "%]", "slower", "24"]
    order = [row[0] for row in words if row and row[0] in ("slow", "blind", "unsure", "same")]
    assert order == ["slow", "blind", "unsure", "same"]
    assert any("sees 7.1 %; ~" in line for line in lines)
    assert "a note" in lines and any(line.startswith("REGRESSION: ") for line in lines[-2:])


def test_colours_are_for_terminals_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    show(report(SLOWER), "terminal")
    assert "\x1b" not in capsys.readouterr().out
    monkeypatch.setenv("FORCE_COLOR", "1")  # as rich sees a terminal
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    show(report(SLOWER), "terminal")
    assert "\x1b[1;31m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    show(report(SLOWER), "terminal")
    assert "31m" not in capsys.readouterr().out


def test_json_is_strict_and_complete(capsys: pytest.CaptureFixture[str]) -> None:
    assert show(report(SLOWER, BLIND, INVALID, notes=("a",)), "json") == 1

    def refuse(constant: str) -> float:
        raise AssertionError(constant)

    said = json.loads(capsys.readouterr().out, parse_constant=refuse)
    assert (said["verdict"], said["status"], said["margin"], said["error"]) == ("regression", 1, 0.03, 0.01)
    slow, blind, gone = said["cells"]
    assert (slow["name"], slow["state"], slow["low"], slow["high"], slow["samples"]) == (
        "slow",
        "slower",
        1.1,
        1.2,
        [24],
    )
    assert (blind["ratio"], blind["low"], blind["high"], blind["detectable"]) == (2.0, None, None, None)
    assert (gone["state"], gone["ratio"], gone["reason"]) == ("invalid", None, "NEW: missing")


def test_github_has_a_summary_and_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    one = report(SLOWER, UNSURE, INVALID)
    assert show(one, "github") == 1
    assert capsys.readouterr().out == page(one) + "\n" + github.commands(one)
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    show(one, "github")
    assert capsys.readouterr().out == github.commands(one)
    assert summary.read_text() == "before\n" + page(one) + "\n"
    commands = github.commands(one).splitlines()
    assert commands[0] == "::error title=fanout::slow: slower, +14.9 %25"
    assert commands[1] == "::error title=fanout::gone: invalid, NEW: missing"
    assert commands[2].startswith("::warning title=fanout::REGRESSION: ") and len(commands) == 3
    assert github.commands(report(SAME)) == ""
    assert github.commands(report()) == "::error title=fanout::NOT COMPARABLE: there is nothing to compare.\n"


def test_github_shows_ten_and_the_rest_is_counted() -> None:
    commands = github.commands(report(*[SLOWER] * 25)).splitlines()
    assert len(commands) == 10 and commands[-1].endswith("and 16 more; see the summary")


@pytest.mark.parametrize("form", ["terminal", "markdown", "github", "json", "csv"])
def test_nothing_from_data_is_obeyed(
    form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    bad = named(HOSTILE, invalid(0.03, because("missing", why=HOSTILE)))
    slow = named(HOSTILE, SLOWER)
    show(verdicts.report(HOSTILE, [bad, slow], 0.03, 0.01, [HOSTILE]), form)
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "##[" not in said
    commands = [line for line in said.splitlines() if line.lstrip().startswith("::")]
    assert len(commands) == (2 if form == "github" else 0)
    assert all(line.startswith("::error title=fanout::w|") and "100%25" in line for line in commands)
    if form in ("markdown", "github"):
        page = said.split("::error title")[0] if form == "github" else said
        assert "<script>" not in page and "| w|" not in page
        assert r"w\|&lt;script&gt;" in page
    if form == "json":
        assert json.loads(said)["cells"][0]["name"] == HOSTILE


@pytest.mark.parametrize("before", range(0, 60, 3))
def test_a_terminal_folds_no_name_into_a_command(before: int, capsys: pytest.CaptureFixture[str]) -> None:
    """CI reads what is printed there too: whatever the width of a column, no line begins with a command."""
    name = "x" * before + "::error::y::Set-Output name=z::" + "##vso[task.complete]" + "y" * 90
    slow = named(f"{name}\n::warning file=a::b", SLOWER)
    show(verdicts.report(name, [slow], 0.03, 0.01, [name]), "terminal")
    said = capsys.readouterr().out
    assert "##" not in said and "y" * 8 in said
    assert not any(line.strip().startswith("::") for line in said.splitlines())


def test_a_name_is_no_formula_in_a_spreadsheet(capsys: pytest.CaptureFixture[str]) -> None:
    show(report(named("=1+1", SLOWER), BLIND), "csv")
    heading, slow, blind = capsys.readouterr().out.splitlines()
    assert heading.startswith("name,state,ratio,low,high,error,relative,method,samples,")
    assert slow.startswith("'=1+1,slower,1.") and ",,," in blind and "None" not in slow + blind


def test_what_cannot_be_compared_is_one_sentence() -> None:
    lost = [replace(INVALID, name=f"lost/{number}") for number in range(3)]
    other = named("short", invalid(0.03, because("too_short")))
    shown = page(report(SAME, *lost, other))
    assert "3 cells cannot be compared, the first lost/0: " in shown and "lost/1" not in shown
    assert "| short |" in shown, "one alone is a row"
    assert len(report(SAME, *lost, other).data()["cells"]) == 5
