"""What /proc, /sys and the control groups say, where they are there to be asked: a container may have none of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path("/")
_MOUNTS = Path("sys/fs/cgroup")


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


@cache
def groups(controller: str, root: Path = ROOT) -> tuple[Path, ...]:
    """The directories of this process's group under that controller ("cpu", "memory", "pids"), nearest first.

    A container may know its group by a name that is only the host's: of what does not exist, the ancestors that do are
    left, the last of them being what is mounted. Looked for once: a process that measures is not moved.
    """
    found = dict.fromkeys(group for own in _own(controller, root) for group in own)
    return tuple(group for group in found if group.is_dir())


def counted(controller: str, file: str, key: str, root: Path = ROOT) -> list[int]:
    """The counter of that key ("nr_throttled 5") in that file of each group that has one, nearest first."""
    words = [entry.split() for group in groups(controller, root) for entry in lines(group / file)]
    return [int(word[1]) for word in words if len(word) == 2 and word[0] == key and word[1].isdecimal()]


def _own(controller: str, root: Path) -> Iterator[list[Path]]:
    for entry in lines(root / "proc/self/cgroup"):
        parts = entry.split(":", 2)
        if len(parts) < 3:
            continue
        controllers, path = parts[1], parts[2].strip("/")
        if controllers == "":  # version 2; beside version 1 it is mounted a level down
            mounts = [_MOUNTS, _MOUNTS / "unified"]
        elif controller in controllers.split(","):
            mounts = [_MOUNTS / controllers, _MOUNTS / controller]
        else:
            continue
        for mount in mounts:
            top = root / mount
            yield [top / path, *(parent for parent in (top / path).parents if parent.is_relative_to(top))]
