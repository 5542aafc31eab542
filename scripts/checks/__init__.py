"""Checks of Fanout itself and of this machine, one a file: every module here with a `check(arguments, wake, say)`."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType


class CheckFailed(Exception):
    """A process gave no number, so that there is nothing to judge."""


def checks() -> dict[str, ModuleType]:
    """Every check of this directory by name. Nothing else is imported: help has to work before packages are there."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    names = [file.stem for file in files if "\ndef check(" in file.read_text()]
    return {name: importlib.import_module(f"{__name__}.{name}") for name in names}
