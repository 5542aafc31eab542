"""Where files of the user's go that no project has to keep."""

from __future__ import annotations

import os
from pathlib import Path


def cache() -> Path:
    """What can be made anew: as the XDG base directories have it."""
    return _base("XDG_CACHE_HOME", ".cache")


def data() -> Path:
    """What cannot."""
    return _base("XDG_DATA_HOME", ".local/share")


def _base(variable: str, default: str) -> Path:
    asked = os.environ.get(variable, "")
    return (Path(asked) if os.path.isabs(asked) else Path.home() / default) / "fanout"
