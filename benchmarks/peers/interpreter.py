"""What of this interpreter a reader has to know to trust a number."""

from __future__ import annotations

import os
import platform
import sys
from typing import Any, Dict


def facts() -> Dict[str, Any]:
    """Version, implementation, and whether the global interpreter lock is on, which lets one thread run at a time."""
    is_on = getattr(sys, "_is_gil_enabled", lambda: True)
    return {
        "version": platform.python_version(),
        "implementation": platform.python_implementation(),
        "compiler": platform.python_compiler(),
        "gil": bool(is_on()),
    }


def short() -> str:
    """ "3.11"; "3.13t" where threads run freely."""
    return f"{sys.version_info.major}.{sys.version_info.minor}" + ("" if facts()["gil"] else "t")


def words() -> str:
    """One line of the same."""
    known = facts()
    return f"{known['implementation']} {known['version']}, GIL {'on' if known['gil'] else 'off'}"


def environment() -> Dict[str, str]:
    """Variables that steer the interpreter, as they are set; those that hold paths are left out."""
    paths = {
        "PYTHONHOME",
        "PYTHONPATH",
        "PYTHONSTARTUP",
        "PYTHONPYCACHEPREFIX",
        "PYTHONUSERBASE",
        "PYTHONEXECUTABLE",
    }
    return {
        name: value for name, value in os.environ.items() if name.startswith("PYTHON") and name not in paths
    }
