"""README and reference against the binary, the launcher and the tree: what they say of them holds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Run

README = (ROOT / "README.md").read_text()
REFERENCE = (ROOT / "docs/reference.md").read_text()
PAGES = sorted((ROOT / "docs").rglob("*.md"))


def table(heading: str, text: str = README) -> list[list[str]]:
    """The cells of the first table below a heading, without its own heading and rule."""
    rows = text.split(f"## {heading}\n")[1].split("\n## ")[0].splitlines()
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if row.startswith("|")]
    return cells[2:]


def default(parameter: dict[str, Any]) -> str:
    values = parameter["default_for"] or {"": parameter["default"]}
    return ", ".join(f"{value} ({choice})" if choice else value for choice, value in values.items()) or "none"


def spelt(parameter: dict[str, Any]) -> str:
    choices = ", ".join(parameter["choices"])
    return f"`{parameter['name']}` ({choices or default(parameter)})"


@pytest.fixture
def listed(bench: Run) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bench("--list=json").stdout)
    return found


def test_executors(listed: dict[str, Any]) -> None:
    expected = [[f"`{e['name']}`", e["kind"], e["help"], e["idle"]] for e in listed["executors"]]
    assert table("Executors", REFERENCE) == expected


def test_workloads(listed: dict[str, Any]) -> None:
    expected = [
        [f"`{w['name']}`", w["help"], "; ".join(map(spelt, w["parameters"]))] for w in listed["workloads"]
    ]
    assert table("Workloads", REFERENCE) == expected


def test_packages() -> None:
    """Every package that the launcher installs is named, with what it is for, and no other."""
    launcher = (ROOT / "scripts/fanout").read_text()
    groups = re.findall(
        r'^  \[\w+\]="([^"]*)"', launcher.split("declare -A packages")[1].split(")\n")[0], re.M
    )
    installed = {name.split("|")[0] for group in groups for name in group.split()}
    named = [re.findall(r"`([^`]+)`", row[0]) for row in table("Requirements")]
    assert {name for names in named for name in names} == installed
    assert all(row[1] for row in table("Requirements"))


def test_links_and_pictures_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    for target in targets:
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_commands_exist() -> None:
    for command in re.findall(r"scripts/fanout (?:--no-install )?([a-z]+)", README):
        assert command == "help" or (ROOT / f"scripts/{command}.py").exists(), command


def test_the_table_reader_reads() -> None:
    text = "## A\n| x | y |\n|---|---|\n| 1 | 2 |\n\n## B\n| z |\n|---|\n| 3 |\n"
    assert table("A", text) == [["1", "2"]] and table("B", text) == [["3"]]


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_pages_lead_somewhere_and_name_what_there_is(page: Path, listed: dict[str, Any]) -> None:
    """Links, pictures, and the executors and workloads in commands."""
    text = page.read_text()
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert target.startswith("https://") or (page.parent / target).exists(), target
    workloads = {entry["name"] for entry in listed["workloads"]}
    for names in re.findall(r"--workloads=(\S+)", text):
        assert set(names.strip("`").split(",")) <= workloads
    executors = {entry["name"] for entry in listed["executors"]}
    for names in re.findall(r"--executors='?([^\s'`]+)", text):
        known = {name for name in names.split(",") if "*" not in name and not name.startswith("py_")}
        assert known <= executors
