"""One cause a file: every module here with a `suspect(situation)` is one, tried in order of its ORDER.

`suspect` says why it explains the loss, or None; `ruled_out`, where a module has it, what speaks against it, in a phrase.
A module may have EXCLUDES (where it explains a loss, no later cause of its terms is tried), OF_HEALTHY (it is said of cells
that lose nothing, and accuses of nothing) and BY_TIMES (it is tried too where the observer has changed the cell).
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def causes() -> list[ModuleType]:
    """Those before come first where several explain the same."""
    found = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    return sorted(
        (module for module in found if hasattr(module, "suspect")), key=lambda module: int(module.ORDER)
    )


def accuses(cause: str) -> bool:
    """Whether a cause, by its name in documents, blames a cell for something."""
    harmless = [name(module) for module in causes() if getattr(module, "OF_HEALTHY", False)]
    return cause not in ("", "unexplained", *harmless)


def name(module: ModuleType) -> str:
    """Of a cause, as documents have it: "false sharing"."""
    return module.__name__.rpartition(".")[2].replace("_", " ")
