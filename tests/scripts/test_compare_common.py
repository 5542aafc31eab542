"""fanout compare: what all cells have in common, and cells that are worth a duet."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from scripts import duet
from scripts.compare import main
from tests.scripts.comparing import Compare, Write, states, times

NAMES = [f"math/pool/workers:1/size:{size}" for size in range(16)]
MANY = [f"math/pool/workers:1/size:{size}" for size in range(30)]  # for which 7 samples decide nothing
ARGUMENTS = ["--workloads=math", "--executors=pool", "--workers=1", "--set=math.size=7 %"]


def side(middle: float, seed: int) -> dict[str, list[float]]:
    return {name: times(middle, seed + place, 20) for place, name in enumerate(NAMES)}


def undecided(middle: float, seed: int) -> dict[str, list[float]]:
    return {name: times(middle, seed + place, 7, 0.03) for place, name in enumerate(MANY)}


def test_a_slower_machine_is_one_line_of_its_own(
    write: Write, compare: Compare, capsys: pytest.CaptureFixture[str]
) -> None:
    files = write("base", side(100, 1)), write("new", side(106, 100))
    status, said = compare(*files)
    assert (status, said["verdict"]) == (1, "regression") and set(states(said).values()) == {"same"}
    assert "all cells together +" in said["sentence"] and "16 same of 16" in said["sentence"]
    assert "the machine, or something common to all" in said["sentence"]
    assert (
        said["common"]["state"] == "slower" and 1.05 < said["common"]["low"] < said["common"]["high"] < 1.07
    )
    cell = said["cells"][0]
    assert cell["ratio"] == pytest.approx(1.06, rel=0.01) and cell["relative"]["ratio"] == pytest.approx(
        1, rel=0.01
    )
    assert cell["reason"] == "slower as all cells are"
    assert main([*files, "--format=github"]) == 1
    told = capsys.readouterr().out
    assert "::error title=fanout::all cells together +" in told and told.count("::error") == 1
    assert told.index("| all cells together |") < told.index(f"| {NAMES[0]} |") and "| relative |" in told


def test_a_faster_machine_passes(write: Write, compare: Compare) -> None:
    status, said = compare(write("base", side(105, 1)), write("new", side(100, 100)))
    assert (status, said["verdict"], said["common"]["state"]) == (0, "pass", "faster")


def test_a_single_cell_is_told_apart_on_a_slower_machine(write: Write, compare: Compare) -> None:
    new = side(106, 100) | {NAMES[3]: times(120, 200, 20)}
    status, said = compare(write("base", side(100, 1)), write("new", new))
    assert status == 1 and [name for name, state in states(said).items() if state == "slower"] == [NAMES[3]]
    assert f"worst: {NAMES[3]}, +" in said["sentence"]


def test_few_cells_are_judged_by_themselves(write: Write, compare: Compare) -> None:
    base, new = ({name: cells[name] for name in NAMES[:15]} for cells in (side(100, 1), side(106, 100)))
    status, said = compare(write("base", base), write("new", new))
    assert (status, said["common"]) == (1, None) and set(states(said).values()) == {"slower"}
    assert {cell["relative"] for cell in said["cells"]} == {None}


@pytest.mark.parametrize(
    "commits, named",
    [(("abc", "def"), "abc def"), (("abc", "def-dirty"), "BASE NEW"), (("unknown", "def"), "BASE NEW")],
)
def test_undecided_cells_that_are_worth_a_duet_come_with_its_command(
    write: Write, compare: Compare, commits: tuple[str, str], named: str
) -> None:
    base, new = undecided(100, 1), undecided(100, 100)
    new.update({name: undecided(115, 200)[name] for name in MANY[:5]})
    known: Any = {name: {"arguments": ARGUMENTS} for name in MANY}
    files = [
        write(f"side{place}", cells, statistics=known, context={"commit": commit})
        for place, (cells, commit) in enumerate(zip((base, new), commits))
    ]
    status, said = compare(*files)
    marked = said["worth_a_duet"]
    assert status == 0 and {cell["name"] for cell in marked} <= set(MANY[:5]) and len(marked) >= 3
    command = f"scripts/fanout duet {named} {shlex.join(ARGUMENTS)}"
    assert {cell["command"] for cell in marked} == {command}
    assert said["notes"].count(command) == 3, "the first few"
    assert any("BASE and NEW: the commits" in note for note in said["notes"]) == (named == "BASE NEW")
    parsed = duet.parse(shlex.split(command)[2:])
    assert parsed.set == ["math.size=7 %"] and f"{parsed.base} {parsed.new}" == named


def test_a_cell_that_no_duet_can_run_has_no_command(write: Write, compare: Compare) -> None:
    """As those of other interpreters, and of the binary by itself."""
    new = undecided(100, 100) | {MANY[0]: undecided(120, 200)[MANY[0]]}
    _, said = compare(write("base", undecided(100, 1)), write("new", new))
    assert said["worth_a_duet"] == [{"name": MANY[0], "command": ""}]
    assert any(
        note.startswith(f"Worth a duet, which decides with less: {MANY[0]}.") for note in said["notes"]
    )
    assert "scripts/fanout duet" not in json.dumps(said["notes"])
