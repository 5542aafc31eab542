"""The binary that the peers agree with: it expands a selection into cells, and knows the digest of every task."""

import json
import subprocess
from pathlib import Path
from typing import Any

SCHEMA = 2  # of the documents that the binary and the peers write

_PATIENCE = 60.0  # seconds for an answer that takes far less than one


class UsageError(Exception):
    """What was asked, what was found, what to do; in one line."""


def ask(binary: Path, *arguments: str) -> Any:
    """The answer of a fanout-bench, which is JSON. Raises UsageError, in the binary's own words where it refuses."""
    if not binary.is_file():
        build = "cmake --preset release && cmake --build --preset release"
        raise UsageError(f"--bench: no binary at {binary}; build it: {build}")
    command = [str(binary), *arguments]
    try:
        answer = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE)
        if answer.returncode != 0:
            complaint = answer.stderr.decode(errors="replace").strip()
            raise UsageError(complaint or f"--bench: {binary} ended with {answer.returncode}")
        document: Any = json.loads(answer.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise UsageError(f"--bench: {binary} {arguments[0]} gives no answer in JSON: {error}") from error
    if document.get("schema", SCHEMA) != SCHEMA:
        found = f"{binary} speaks schema {document['schema']}, this is {SCHEMA}"
        raise UsageError(f"--bench: {found}: build it from this commit")
    return document
