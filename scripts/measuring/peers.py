"""Python's own models of concurrency, as benchmarks/peers runs them: one program, any interpreter."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scripts.measuring.catalogue import Cell, Owner, owners, parse_cells
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
    executors: tuple[Owner, ...]  # as results call them
    tagged: bool = False

    def cells(self, arguments: Sequence[str], seed: int) -> list[Cell]:
        """Those that it would run, each once; none where a case is not written in Python. Raises UsageError."""
        # Without site packages: none is needed, and each costs forks.
        before = ["-S", str(PROGRAM), f"--bench={self.bench}"]
        after = [f"--seed={seed}", *([f"--tag={self.tag}"] if self.tagged else [])]
        plain = [
            text.replace(f"@{self.tag}", "") if text.startswith("--executors=") else text
            for text in arguments
        ]
        answer = _ask(self.path, *before, *plain, *after, "--dry-run=json")
        return parse_cells(answer, f"--python={self.path}", self.path, before, after)


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
                    "their results could not be distinguished"
                )
    return tuple(
        replace(
            peers,
            tagged=True,
            executors=tuple(replace(one, name=f"{one.name}@{peers.tag}") for one in peers.executors),
        )
        for peers in found
    )


def _find(asked: str, bench: Path) -> Peers:
    program = shutil.which(asked)
    if program is None:
        raise UsageError(f"--python={asked}: no interpreter there")
    path = Path(program).absolute()  # unresolved: a virtual environment's is a link, and means another
    _require_version(asked, path)
    try:
        listed = json.loads(_ask(path, "-S", str(PROGRAM), "--list=json"))
        return Peers(
            path,
            bench,
            str(listed["tag"]),
            str(listed["words"]),
            {},
            tuple(entry["name"] for entry in listed["workloads"]),
            owners(listed["executors"]),
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
