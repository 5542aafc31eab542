"""What fanout-bench says: the cases, and the digest of every task (`--expected`)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

from benchmarks.peers.workload import Case

_PATIENCE = 60.0  # seconds for an answer that takes far less than one
_binary = Path(__file__).resolve().parents[2] / "build/release/fanout-bench"


class UsageError(Exception):
    """What was asked, what was found, what to do; in one line."""


def use_binary(path: Path) -> None:
    """From now on this is the binary that is asked."""
    global _binary
    _binary = path.resolve()


def beside_the_binary(name: str) -> Path:
    return _binary.with_name(name)


def known_workloads() -> List[str]:
    """The names of the workloads that the binary has."""
    return [entry["name"] for entry in _ask("--list=json")["workloads"]]


def read(workloads: Sequence[str], settings: Sequence[str], seed: int) -> Tuple[Dict[str, Any], List[Case]]:
    """The context of machine and build, and the cases. Raises UsageError in the binary's own words."""
    flags = [
        f"--workloads={','.join(workloads)}",
        f"--seed={seed}",
        *(f"--set={setting}" for setting in settings),
    ]
    document = _ask("--expected", *flags)
    return document["context"], [_case(entry) for entry in document["cases"]]


def _case(entry: Dict[str, Any]) -> Case:
    return Case(
        name=entry["case"],
        workload=entry["workload"],
        seed=entry["seed"],
        tasks=entry["tasks"],
        width=entry["width"],
        values=entry["values"],
        numbers=entry["numbers"],
        expected=[int(word) for word in entry["expected"]],
        missing=entry["missing"],
    )


def _ask(*arguments: str) -> Any:
    if not _binary.is_file():
        raise UsageError(
            f"--bench: no binary at {_binary}; build it: cmake --preset release && cmake --build --preset release"
        )
    try:
        answer = subprocess.run(
            [str(_binary), *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"--bench: cannot ask {_binary}: {error}") from error
    if answer.returncode != 0:
        said = answer.stderr.decode(errors="replace").strip()
        raise UsageError(said or f"--bench: {_binary} ended with {answer.returncode}")
    try:
        return json.loads(answer.stdout)
    except ValueError as error:
        raise UsageError(f"--bench: {_binary} {arguments[0]} does not answer in JSON: {error}") from error
