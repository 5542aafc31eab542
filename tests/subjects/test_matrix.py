"""The cells of commands, and what is refused before anything runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scripts.measuring.catalogue import Cell
from scripts.measuring.usage import UsageError
from scripts.subjects.matrix import values_of
from tests.subjects.commands import CATALOGUE, make, script, selection


def cells(*arguments: str) -> list[Cell]:
    return list(make(*arguments).plan(selection(*arguments), CATALOGUE).cells)


def test_each_number_of_workers_is_a_cell() -> None:
    found = cells("--", "sleep", "0.{workers}")
    assert [cell.name for cell in found] == [f"command/sleep 0.{{workers}}/workers:{n}" for n in (1, 2, 4)]
    assert [cell.arguments for cell in found] == [("sleep", f"0.{n}") for n in (1, 2, 4)]
    assert {cell.case for cell in found} == {"command"}
    assert (
        [cell.baseline for cell in found]
        == [cell.entry["baseline"] for cell in found]
        == [True, False, False]
    )
    assert found[0].program.name == "sleep" and found[0].program.is_absolute()


def test_numbers_of_workers_are_the_users() -> None:
    assert [cell.workers for cell in cells("--workers=3,max,1", "--", "echo", "{workers}")] == [1, 2, 3]
    assert [cell.workers for cell in cells("--", "echo")] == [1]


def test_values_are_cases_and_commands_compete_in_each() -> None:
    arguments = ("--command=echo {size} {workers}", "--command=printf {mode}", "--label=a", "--label=b")
    found = cells("--set=size=08,1.5,x", "--set=mode=1", "--workers=1,2", *arguments)
    assert [cell.name for cell in found if cell.case == "size:08/mode:1"] == [
        "command/a/workers:1/size:08/mode:1",
        "command/a/workers:2/size:08/mode:1",
        "command/b/workers:1/size:08/mode:1",
    ]
    assert [cell.entry["parameters"]["size"] for cell in found[::3]] == ["08", 1.5, "x"]
    assert values_of(found[3]) == {"workers": "1", "size": "1.5", "mode": "1"}
    assert [cell.baseline for cell in found] == [True, False, False] * 3
    assert {(cell.contender, cell.executor, cell.workload) for cell in found[:3]} == {
        ("a", "a", "command"),
        ("b", "b", "command"),
    }
    assert "serial" not in {cell.entry["family"] for cell in cells("--label=serial", "--command=true")}


def test_labels_are_shortened_and_told_apart() -> None:
    long = "echo " + "x" * 100
    found = cells(f"--command={long}", f"--command={long}", f"--command={long}", "--command=echo \x1b[1m")
    labels = [cell.contender for cell in found]
    assert labels[0] == long[:39] + "…" and labels[1:3] == [f"{labels[0]} (2)", f"{labels[0]} (3)"]
    assert labels[3] == "echo [1m"
    assert make("--command=a", "--command=b").label == "a, b"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--", "echo", "{worker}"], r"did you mean workers\?"),
        (["--set=x=1", "--", "echo"], r"--set=x: no command has \{x\}"),
        (["--set=x=1,1", "--", "echo", "{x}"], "name x, and each of its values, once"),
        (["--set=x=1", "--set=x=2", "--", "echo", "{x}"], "name x, and each of its values, once"),
        (["--set=1x=1", "--", "echo"], r"write it as NAME=VALUE\[,VALUE...\]"),
        (["--set=x.y=1", "--", "echo"], "write it as"),
        (["--set=x", "--", "echo", "{x}"], "write it as"),
        (["--set=workers=1", "--", "echo", "{workers}"], "has a meaning of its own"),
        (["--set=output=1", "--", "echo", "{output}"], "has a meaning of its own"),
        (["--", "echo", "{output}"], r"nothing is called \{output\}"),
        (["--prepare=echo {output}", "--", "true"], r"nothing is called \{output\}"),
        (["--workers=1", "--", "echo"], r"--workers=1: no command has \{workers\}"),
        (["--workers=0", "--", "echo", "{workers}"], "'0' is neither a count from 1 up nor max"),
        (["--workers=two", "--", "echo", "{workers}"], "'two' is neither"),
        (["--workers=²", "--", "echo", "{workers}"], "'²' is neither"),
        ([], "give one of the two"),
        (["--"], "give one of the two"),
        (["--command=a", "--", "echo"], "give one of the two"),
        (["--command=true", "--label=a", "--label=b"], "give each of 1 commands one name of its own"),
        (["--command=true", "--command=true", "--label=a", "--label=a"], "--label=a: give each of 2"),
        (["--check=true", "--ignore-output", "--", "true"], "--ignore-output does not go with --check"),
        (["--stdin=/nowhere", "--", "true"], "--stdin=/nowhere: there is no such file"),
        (["--stdin=/dev/zero", "--", "true"], "--stdin=/dev/zero: there is no such file"),
        (["--bench=/nowhere/fanout-bench", "--", "true"], "no /nowhere/fanout-time"),
        (["--", "nowhere"], "-- nowhere: there is no program 'nowhere' in PATH"),
        (["--", "/nowhere/x"], "there is no program /nowhere/x"),
        (["--", "/tmp"], "there is no program /tmp"),
        (["--", "/etc/passwd"], "no permission to execute /etc/passwd"),
        (["--", "PATH=/nowhere", "true"], "there is no program 'true' in PATH"),
        (["--set=x=A=1", "--", "{x}"], "there is no program '' in PATH"),
        (["--set=x=true,nowhere", "--", "{x}"], "there is no program 'nowhere'"),
    ],
)
def test_what_is_wrong_is_said_before(arguments: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        cells(*arguments)


def test_the_program_is_looked_for_where_the_command_will(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = script(tmp_path / "mine", "true")
    (found,) = cells("--", f"PATH={tmp_path}", "mine")
    assert found.program == Path(mine)
    monkeypatch.chdir(tmp_path)
    assert cells("--", "./mine")[0].program == Path(mine)
    monkeypatch.setenv("PATH", f"/nowhere:{os.environ['PATH']}:{tmp_path}")
    assert cells("--", "mine")[0].program == Path(mine)


class TestIdentity:
    def of(self, *arguments: str) -> dict[str, object]:
        subject = make(*arguments)
        subject.plan(selection(*arguments), CATALOGUE)
        return subject.identity

    def test_it_is_that_of_program_and_input(self, tmp_path: Path) -> None:
        app, data = script(tmp_path / "app", "true"), tmp_path / "data"
        data.write_text("1")
        arguments = (f"--stdin={data}", "--", app)
        first = self.of(*arguments)
        assert first == self.of(*arguments)
        data.write_text("2")
        second = self.of(*arguments)
        script(tmp_path / "app", "false")
        assert len({str(found) for found in (first, second, self.of(*arguments))}) == 3

    def test_all_flags_are_part_of_it(self) -> None:
        arguments = ["--command=true {x}", "--set=x=1", "--label=a"]
        more = (
            "shell ignore-output ignore-failure warmup=1 prepare=true conclude=true setup=true cleanup=true"
        )
        found = [self.of(*arguments), *(self.of(*arguments, f"--{flag}") for flag in more.split())]
        assert len({str(each) for each in found}) == len(found)

    def test_the_words_make_it_again(self) -> None:
        arguments = ["--stdin=/etc/passwd", "--check=true {output}", "--warmup=2", "--ignore-failure"]
        assert make(*arguments, "--", "A=1", "sh", "--help").words == [
            *arguments,
            "--",
            "A=1",
            "sh",
            "--help",
        ]
        several = ["--command=true", "--command=false", "--label=a", "--label=b", "--shell"]
        assert make(*several).words == several


def test_another_command_has_cells_like_it() -> None:
    """As a duet asks: of the same case and workers, under the name of the other."""
    ours = cells("--workers=1,2", "--set=x=1,2", "--", "echo", "{x}", "{workers}")
    arguments = ("--workers=1,2", "--set=x=1,2", "--", "printf", "{x}", "{workers}")
    subject = make(*arguments)
    planned = {cell.name: cell for cell in subject.plan(selection(*arguments), CATALOGUE).cells}
    found = [subject.like(cell, planned, CATALOGUE) for cell in ours]
    assert [cell.name for cell in ours] == [each.name for each in found if isinstance(each, Cell)]
    assert [each.arguments for each in found if isinstance(each, Cell)][-1] == ("printf", "2", "2")
    assert subject.like(cells("--", "true")[0], planned, CATALOGUE) == "NEW has no such cell"
