"""Python's own models of concurrency, as benchmarks/peers runs them: one program, any interpreter."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scripts.measuring.usage import UsageError

DEFAULT = "/usr/bin/python3"
OLDEST = (3, 9)
PROGRAM = Path(__file__).resolve().parents[2] / "benchmarks/peers/fanout_peers.py"

_PATIENCE = 60.0  # seconds for an answer that takes far less than one


@dataclass(frozen=True)
class Peers:
    """One interpreter, and what can be run with it."""

    path: Path
    bench: Path  # the binary whose cases and digests it takes
    tag: str  # "3.11"; "3.13t" without the global interpreter lock
    words: str  # "CPython 3.11.2, GIL on"
    facts: dict[str, Any]
    workloads: tuple[str, ...]
    executors: tuple[str, ...]  # as results call them
    tagged: bool = False

    def arguments(self, executors: Iterable[str], *flags: str) -> tuple[str, ...]:
        """For the interpreter to run these executors. Without site packages: none is needed, and each costs forks."""
        names = ",".join(executor.partition("@")[0] for executor in executors)
        mine = (f"--tag={self.tag}",) if self.tagged else ()
        return ("-S", str(PROGRAM), f"--bench={self.bench}", f"--executors={names}", *mine, *flags)

    def cell_names(self, executors: Iterable[str], flags: Iterable[str]) -> list[str]:
        """The names of the cells that it would run, each once; none where a case is not written in Python."""
        answer = _ask(self.path, *self.arguments(executors, *flags, "--dry-run"))
        return list(dict.fromkeys(answer.splitlines()))


def find(asked: Sequence[str], bench: Path) -> tuple[Peers, ...]:
    """The interpreters asked for. Raises UsageError on one that is missing, too old, or like another."""
    found = [_find(path, bench) for path in asked or [DEFAULT]]
    if len(found) < 2:
        return tuple(found)
    for index, peers in enumerate(found):
        for other in found[:index]:
            if peers.tag == other.tag:
                raise UsageError(
                    f"--python={asked[index]}: it is {peers.words}, as is {other.path}; "
                    "their results could not be told apart"
                )
    return tuple(
        replace(peers, tagged=True, executors=tuple(f"{name}@{peers.tag}" for name in peers.executors))
        for peers in found
    )


def _find(asked: str, bench: Path) -> Peers:
    program = shutil.which(asked)
    if program is None:
        raise UsageError(f"--python={asked}: no interpreter there")
    path = Path(program).absolute()  # unresolved: a virtual environment's is a link, and means another
    _require_version(asked, path)
    try:
        told = json.loads(_ask(path, "-S", str(PROGRAM), "--list=json"))
        return Peers(
            path,
            bench,
            str(told["tag"]),
            str(told["words"]),
            dict(told["python"]),
            tuple(told["workloads"]),
            tuple(entry["name"] for entry in told["executors"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"--python={asked}: {PROGRAM.name} --list=json is not a list: {error!r}") from error


def _require_version(asked: str, path: Path) -> None:
    """By words that an interpreter of any age understands."""
    text = _ask(path, "-S", "-c", "import sys; print('%d %d' % tuple(sys.version_info[:2]))")
    try:
        major, minor = map(int, text.split())
    except ValueError:
        raise UsageError(f"--python={asked}: that is no Python: it answered {text.strip()!r:.80}") from None
    if (major, minor) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise UsageError(
            f"--python={asked}: Python {major}.{minor} is too old; --peers takes {oldest} or later"
        )


def _ask(path: Path, *arguments: str) -> str:
    """What the interpreter prints. Raises UsageError with its own words where it refuses."""
    try:
        answer = subprocess.run(
            [path, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE
        )
    except OSError as error:
        raise UsageError(f"--python={path}: cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"--python={path}: has not answered within {_PATIENCE:g} s") from error
    if answer.returncode != 0:
        last = answer.stderr.strip().splitlines()[-1:] or [f"ended with {answer.returncode}"]
        raise UsageError(last[0] if answer.returncode == 2 else f"--python={path}: {last[0]}")
    return answer.stdout
