"""Starts `fanout run` in a process of its own, as a user does."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 300.0  # seconds


def start(*arguments: str) -> subprocess.Popen[str]:
    command = ["/usr/bin/python3", str(ROOT / "scripts/run.py"), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    with start(*arguments) as process:
        out, err = process.communicate(timeout=PATIENCE)
    return subprocess.CompletedProcess([], process.returncode, out, err)
