"""The receipt of a command: the same output for every number of workers, contender and sample, or what a check says."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from scripts.measuring.usage import UsageError
from scripts.subjects import output
from scripts.subjects.output import Output, read
from tests.subjects.commands import Measured, script


def of(text: bytes) -> Output:
    with output.file() as descriptor:
        os.write(descriptor, text)
        return read(descriptor)


@pytest.mark.parametrize(
    ("mine", "theirs", "said"),
    [
        (b"a\nb\nc\n", b"a\nB\nc\n", "line 2, byte 3 of its output: 'b'; of it: 'B'"),
        (b"a\n", b"a\nb\n", "line 2, byte 3 of its output: ''; of it: 'b'"),
        (b"a\nb\n", b"a", "line 2, byte 3 of its output: 'b'; of it: none"),
        (b"a", b"a\n", "line 2, byte 3 of its output: none; of it: ''"),
        (b"", b"x", "line 1, byte 1 of its output: ''; of it: 'x'"),
        (b"a\r\n", b"a\n", "line 1, byte 2 of its output: 'a'; of it: 'a'"),
        (b"\x1b[31m\xff\x00", b"\xfe", r"line 1, byte 1 of its output: '[31m\xff'; of it: '\xfe'"),
        (
            b"x" * 1000 + b"1" + b"y" * 1000,
            b"x" * 1000 + b"2",
            f"line 1, byte 1001 of its output: '…{'x' * 20}1{'y' * 38}…'; of it: '…{'x' * 20}2'",
        ),
    ],
)
def test_the_first_line_that_differs_is_said(mine: bytes, theirs: bytes, said: str) -> None:
    found = of(mine).difference(of(theirs), "it")
    assert found == said and found.isprintable()


def test_what_differs_far_behind_is_seen_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_HEAD", 1 << 20)
    long = b"x\n" * (1 << 20)
    one, other = of(long + b"a"), of(long + b"bc")
    assert one.digest != other.digest and one.head == other.head
    said = "its output differs from that of it beyond the first 1 MiB: 2097153 and 2097154 bytes"
    assert one.difference(other, "it") == said


def test_another_output_at_two_workers_is_no_number(tmp_path: Path) -> None:
    app = script(tmp_path / "app", 'echo begin; [ "$1" = 2 ] && echo "wrong"; echo end')
    measured = Measured("--workers=1,2,4", "--label=app", "--command", f"{app} {{workers}}")
    assert measured(0).kind == measured(2).kind == ""
    outcome = measured(1)
    assert (outcome.kind, outcome.entries()) == ("receipt", [])
    said, _, remedy = outcome.reason.rpartition("; ")
    assert said == "line 2, byte 7 of its output: 'wrong'; of command/app/workers:1: 'end'"
    assert "--check" in remedy and "--ignore-output" in remedy


def test_contenders_are_held_to_the_first_ones_output() -> None:
    """Whichever is sampled first."""
    measured = Measured("--command", "echo a", "--command", "echo b", "--command", "printf 'a\\n'")
    assert [measured(index).kind for index in (1, 2, 0)] == ["receipt", "", ""]


def test_cases_may_differ() -> None:
    measured = Measured("--set=x=a,b", "--", "echo", "{x}")
    assert [measured(index).kind for index in (1, 0)] == ["", ""]


def test_every_sample_is_looked_at(tmp_path: Path) -> None:
    count = tmp_path / "count"
    measured = Measured("--", script(tmp_path / "app", f"echo >>{count}; wc -l <{count} | tr 12 xx"))
    assert measured().kind == "" and "'x'" in measured().reason


def test_what_crashes_first_is_no_reference() -> None:
    measured = Measured("--command", "sh -c 'echo a; exit 1'", "--command", "echo b", "--command", "echo c")
    assert [measured(index).kind for index in range(3)] == ["crash", "", "receipt"]


def test_output_can_be_ignored(tmp_path: Path) -> None:
    app = script(tmp_path / "app", "said=$(readlink /proc/$$/fd/1); echo $said >&2; exit 1")
    assert "status 1: /dev/null" in Measured("--ignore-output", "--", app)().reason
    measured = Measured("--ignore-output", "--", "sh", "-c", "echo $$")
    assert measured().kind == measured().kind == ""


@pytest.mark.skipif(shutil.which("xz") is None, reason="there is no xz")
def test_xz_with_two_workers_is_held_to_what_it_unpacks_to(tmp_path: Path) -> None:
    """It writes other blocks than with one, of the same content."""
    words = tmp_path / "words"
    words.write_text("word " * 200_000)
    command = ("--", "xz", "-T{workers}", "-k", "-c", str(words))
    assert [Measured("--workers=1,2", *command)(index).kind for index in (0, 1)] == ["", "receipt"]
    measured = Measured("--workers=1,2", "--shell", f"--check=xz -dc {{output}} | cmp - {words}", *command)
    assert [measured(index).kind for index in (0, 1)] == ["", ""]
    broken = Measured("--workers=1", "--shell", "--check=xz -dc {output} | cmp - /etc/passwd", *command)
    assert broken().kind == "receipt"


class TestCheck:
    def test_what_it_says_counts_alone(self, tmp_path: Path) -> None:
        expected = tmp_path / "expected.txt"
        expected.write_text("1\n")
        check = f"cmp {{output}} '{expected}'"
        measured = Measured("--workers=1,2", "--check", check, "--", "echo", "{workers}")
        assert measured(0).kind == ""
        outcome = measured(1)
        assert (outcome.kind, outcome.cause, outcome.entries()) == ("receipt", {"status": 1}, [])
        assert outcome.reason.startswith(f"--check {check}: exit status 1: ")
        assert "byte 1, line 1" in outcome.reason or "char 1, line 1" in outcome.reason

    def test_it_gets_the_values_and_a_path_with_spaces(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place = tmp_path / "a b'c"
        place.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(place))
        text = 'sh -c \'test "$(cat "$0")" = "$1$2"\' {output} {workers} {x}'
        measured = Measured("--workers=2", "--set=x=5", "--check", text, "--", "echo", "{workers}{x}")
        assert measured().kind == ""
        shell = ["--shell", "--check", 'test "$(cat {output})" = {workers}', "--workers=2"]
        assert Measured(*shell, "--command", "echo {workers} | cat")().kind == ""
        assert not list(place.iterdir())

    def test_a_status_other_than_0_comes_first(self) -> None:
        assert Measured("--check", "true", "--", "false")().kind == "crash"

    def test_one_that_cannot_be_executed_is_refused(self) -> None:
        with pytest.raises(UsageError, match="--check nowhere: there is no program 'nowhere' in PATH"):
            Measured("--check", "nowhere", "--", "true")


class TestAgain:
    """A run that goes on has the reference of its first start."""

    def test_the_same_output_goes_on(self) -> None:
        first = Measured("--set=x=1,2", "--", "echo", "{x}")
        assert [text.partition("=")[0] for text in first.shared] == ["x:1", "x:2"]
        assert Measured("--set=x=1,2", "--", "echo", "{x}", kept=first.shared).shared == first.shared

    def test_another_one_is_refused(self) -> None:
        first = Measured("--", "echo", "a")
        with pytest.raises(UsageError, match="the output of command is not that of the first start"):
            Measured("--", "echo", "b", kept=first.shared)
