"""What bash completes is what the launcher and the commands say of themselves."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.conftest import ROOT


def completed(*words: str) -> set[str]:
    """What the last word may become, in bash, by the rule for `fanout`."""
    line = " ".join(f"'{word}'" for word in ("scripts/fanout", *words))
    script = (
        f"source scripts/completion.bash; COMP_WORDS=({line}); COMP_CWORD={len(words)}; COMPREPLY=(); "
        f'_fanout scripts/fanout "${{COMP_WORDS[-1]}}"; printf "%s\\n" "${{COMPREPLY[@]}}"; complete -p fanout'
    )
    ended = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120)
    *found, rule = ended.stdout.splitlines()
    assert "_fanout fanout" in rule and ended.stderr == ""
    return set(filter(None, found))


def test_commands() -> None:
    commands = {path.stem for path in (ROOT / "scripts").glob("[a-z]*.py")}
    assert completed("") == {*commands, "help", "--version", "--no-install"}
    assert completed("do") == {"doctor"} and completed("nothing") == set()


@pytest.mark.parametrize(
    "words", [("run",), ("check", "machine"), ("duet",), ("report",), ("history", "record")]
)
def test_flags_of_a_command(words: tuple[str, ...]) -> None:
    launcher = [str(ROOT / "scripts/fanout"), "help", *words]
    text = subprocess.run(launcher, capture_output=True, text=True, timeout=120).stdout
    usage = text.split("\n\n")[0]
    assert completed(*words, "--") == {*re.findall(r"\[(--[a-z-]+)", usage.replace("| ", "[")), "--help"}


def test_what_is_no_flag_is_a_file() -> None:
    assert completed("run", "--output", "") == completed("report", "resu") == set()
    assert completed("check", "machine", "--seed", "3", "--qu") == {"--quick"}
