"""Commands with places for values: split as a shell would, and nobody's words taken for anything else."""

from __future__ import annotations

import subprocess

import pytest

from scripts.measuring.usage import UsageError
from scripts.measuring import template
from scripts.measuring.template import Template, of_text, of_words


def fill(text: str, shell: bool = False, **values: str) -> list[str]:
    return of_text("--command", text, shell).fill(values)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("./app --threads={workers}", ["./app", "--threads=2"]),
        ("{workers}{workers} x{workers}y", ["22", "x2y"]),
        ("app 'a  b' \"c'd\" e\\ f", ["app", "a  b", "c'd", "e f"]),
        ("app {{workers}} {{}} {{{workers}}} a}}", ["app", "{workers}", "{}", "{2}", "a}"]),
        ("app $HOME `id` *.c ~ | > # ;", ["app", "$HOME", "`id`", "*.c", "~", "|", ">", "#", ";"]),
        ("N={workers} M='a b' app N=3", ["N=2", "M=a b", "app", "N=3"]),
        ("app ''", ["app", ""]),
    ],
)
def test_text_is_split_as_a_shell_would(text: str, words: list[str]) -> None:
    assert fill(text, workers="2") == words


def test_a_value_stays_one_word() -> None:
    nasty = "a b'c\"$(id);{x}"
    assert fill("app --name={name}", name=nasty) == ["app", f"--name={nasty}"]
    assert of_words("--", ["app", "{name} {name}"]).fill({"name": nasty})[1] == f"{nasty} {nasty}"


def test_a_shell_gets_values_quoted() -> None:
    nasty = "a b'c\"$(id);{x}"
    words = fill("printf %s {name} | tr a A; echo ${{PPID}}x", shell=True, name=nasty)
    assert words[:2] == ["/bin/sh", "-c"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert said.startswith(nasty.replace("a", "A")) and said.endswith("x\n")


def test_names_are_those_of_its_places() -> None:
    assert of_text("--command", "a {b} {{c}} {d_1}{b}").names == {"b", "d_1"}


def test_an_unknown_name_is_said_with_those_that_are_known() -> None:
    with pytest.raises(UsageError) as error:
        of_text("--prepare", "make {worker}").require(["workers", "size"])
    assert str(error.value) == (
        "--prepare make {worker}: nothing is called {worker} (did you mean workers?); known: {workers}, {size};"
        " a brace is written {{ or }}"
    )
    with pytest.raises(UsageError, match="known: none"):
        of_text("--setup", "make {x}").require([])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("app 'a", "--command app 'a: a quote is not closed"),
        ("app \\", "nothing follows its last backslash"),
        ("  ", "no command is given"),
        ("A=1 B=2", "no command is given"),
        ("awk '{print $1}'", r"a single { in '{print \$1}'; write {{ for a brace, {NAME} for a value"),
        ("app {}", "a single {"),
        ("app {1x}", "a single {"),
        ("app }", "a single }"),
        ("app {workers", "a single {"),
    ],
)
def test_what_is_no_template_is_refused(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        of_text("--command", text)


def test_an_empty_text_is_refused_for_a_shell_too() -> None:
    with pytest.raises(UsageError, match="no command is given"):
        of_text("--command", " ", shell=True)


def test_leading_variables_are_told_from_the_command() -> None:
    words = ["A=1=2", "B=", "./x=y", "C=3"]
    assert template.variables(words) == {"A": "1=2", "B": ""}
    assert template.command(words) == ["./x=y", "C=3"]
    assert template.command(["=", "A=1"]) == ["=", "A=1"]


def test_it_is_shown_with_its_flag() -> None:
    assert str(Template("", "app x", ("app", "x"))) == "app x"
    assert str(of_words("--", ["app", "x y"])) == "-- app x y"
