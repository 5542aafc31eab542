"""Where files of the user's go that no project has to keep."""

from __future__ import annotations

import os
from pathlib import Path


def cache() -> Path:
    """What can be made anew: as the XDG base directories have it."""
    asked = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(asked) if os.path.isabs(asked) else Path.home() / ".cache") / "fanout"
