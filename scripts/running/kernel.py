"""What /proc and /sys say, where they are there to be asked: a container may have neither."""

from __future__ import annotations

from pathlib import Path


def lines(path: Path) -> list[str]:
    """The lines of a file; none where it cannot be read."""
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []


def line(path: Path) -> str:
    """The first line of a file, without blanks around it; "" where there is none. Reads no more of it."""
    try:
        with path.open(errors="replace") as file:
            return file.readline().strip()
    except OSError:
        return ""
