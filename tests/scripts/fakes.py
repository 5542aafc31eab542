"""Programs of the fake binaries: a few lines that say how it behaves, so that two of them differ in that alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """#!/usr/bin/python3 -S
import sys

sys.path.insert(0, {root!r})
from tests.scripts import {module}

sys.exit({module}.main({module}.Behaviour(**{behaviour!r})))
"""


def program(path: Path, module: str, behaviour: Mapping[str, Any]) -> Path:
    """A binary of that module which behaves so."""
    path.write_text(PROGRAM.format(root=str(ROOT), module=module, behaviour=behaviour))
    path.chmod(0o755)
    return path
