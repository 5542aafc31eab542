"""The binary that the peers agree with: it tells them the cells of a selection and the digest of every task."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Sequence

from benchmarks.peers.workload import Case

SCHEMA = 2  # of the documents that the binary and the peers write

_PATIENCE = 60.0  # seconds for an answer that takes far less than one
# It runs any case with any number of workers: its cells are what each of the peers' executors is to run.
_MODEL = "--executors=pool"


class UsageError(Exception):
    """What was asked, what was found, what to do; in one line."""


class Binary:
    """A fanout-bench. Methods raise UsageError, in its own words where it refuses."""

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()

    def workload_names(self) -> list[str]:
        return [entry["name"] for entry in self._ask("--list=json")["workloads"]]

    def cells(self, *flags: str) -> dict[str, Any]:
        """Its document of the cells that one executor would run."""
        document: dict[str, Any] = self._ask("--dry-run=json", _MODEL, *flags)
        if document.get("schema") != SCHEMA:
            found = document.get("schema")
            raise UsageError(
                f"--bench: {self._path} speaks schema {found}, this is {SCHEMA}: build it from this commit"
            )
        return document

    def cases(self, cells: Sequence[dict[str, Any]], *flags: str) -> tuple[dict[str, Any], dict[str, Case]]:
        """What results have to say of machine and build, and the cases of these cells by name."""
        document = self._ask("--expected", _MODEL, *flags)
        described = {cell["case"]: cell for cell in cells}
        cases = [self._case(entry, described[entry["case"]]) for entry in document["cases"]]
        return document["context"], {case.name: case for case in cases}

    def _case(self, entry: dict[str, Any], cell: dict[str, Any]) -> Case:
        return Case(
            name=entry["case"],
            workload=entry["workload"],
            seed=entry["seed"],
            tasks=entry["tasks"],
            width=entry["width"],
            parameters=cell["parameters"],
            expected=[int(word) for word in entry["expected"]],
            missing=entry["missing"],
            described={key: cell[key] for key in ("waits", "parameters", "roles")},
            programs=self._path.parent,
        )

    def _ask(self, *arguments: str) -> Any:
        path = self._path
        if not path.is_file():
            build = "cmake --preset release && cmake --build --preset release"
            raise UsageError(f"--bench: no binary at {path}; build it: {build}")
        try:
            answer = subprocess.run(
                [str(path), *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UsageError(f"--bench: cannot ask {path}: {error}") from error
        if answer.returncode != 0:
            complaint = answer.stderr.decode(errors="replace").strip()
            raise UsageError(complaint or f"--bench: {path} ended with {answer.returncode}")
        try:
            return json.loads(answer.stdout)
        except ValueError as error:
            raise UsageError(f"--bench: {path} {arguments[0]} does not answer in JSON: {error}") from error
