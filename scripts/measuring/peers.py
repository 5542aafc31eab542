"""Python's own models of concurrency, as benchmarks/peers runs them: one program, any interpreter."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scripts.measuring.catalogue import Cell, Owner, answer, owners, parse_cells
from scripts.measuring.usage import UsageError

DEFAULT = "/usr/bin/python3"
OLDEST = (3, 9)
PROGRAM = Path(__file__).resolve().parents[2] / "benchmarks/peers/fanout_peers.py"


@dataclass(frozen=True)
class Peers:
    """One interpreter, and what can be run with it."""

    path: Path
    bench: Path  # the binary whose cases and digests it takes
    tag: str  # "3.11"; "3.13t" without the global interpreter lock
    words: str  # "CPython 3.11.2, GIL on"
    workloads: tuple[Owner, ...]
    executors: tuple[Owner, ...]  # as results call them
    tagged: bool = False

    def cells(self, arguments: Sequence[str], seed: int) -> list[Cell]:
        """Those that it would run, once each, warm; none of a case that Python lacks. Raises UsageError."""
        # Without site packages: none is needed, and each costs forks.
        before = ["-S", str(PROGRAM), f"--bench={self.bench}"]
        after = [f"--seed={seed}", *([f"--tag={self.tag}"] if self.tagged else [])]
        known = [text for text in arguments if not text.startswith("--lifecycle=")]
        plain = [
            text.replace(f"@{self.tag}", "") if text.startswith("--executors=") else text for text in known
        ]
        found = _ask(self.path, *before, *plain, *after, "--dry-run=json")
        return parse_cells(found, f"--python={self.path}", self.path, before, after)


def find(asked: Sequence[str], bench: Path) -> tuple[Peers, ...]:
    """The interpreters asked for. Raises UsageError on one that is missing, too old, or like another."""
    found = [_find(path, bench) for path in asked or [DEFAULT]]
    by_tag: dict[str, Peers] = {}
    for path, peers in zip(asked, found):
        other = by_tag.setdefault(peers.tag, peers)
        if other is not peers:
            same = f"it is {peers.words}, as is {other.path}"
            raise UsageError(f"--python={path}: {same}; their results could not be distinguished")
    return tuple(map(_tagged, found) if len(found) > 1 else found)


def _tagged(peers: Peers) -> Peers:
    executors = tuple(replace(one, name=f"{one.name}@{peers.tag}") for one in peers.executors)
    return replace(peers, tagged=True, executors=executors)


def _find(asked: str, bench: Path) -> Peers:
    program = shutil.which(asked)
    if program is None:
        raise UsageError(f"--python={asked}: no interpreter there")
    path = Path(program).absolute()  # unresolved: a virtual environment's is a link, and means another
    _require_version(asked, path)
    try:
        listed = json.loads(_ask(path, "-S", str(PROGRAM), "--list=json"))
        known = owners(listed["workloads"]), owners(listed["executors"])
        return Peers(path, bench, str(listed["tag"]), str(listed["words"]), *known)
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
    return answer([path, *arguments], f"--python={path}:")
