"""A small git repository whose CMake "builds" a fake fanout-bench: what it does is what its head commits."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.scripts import fake_timed

ROOT = Path(__file__).resolve().parents[2]
CMAKE = """cmake_minimum_required(VERSION 3.22)
project(fake NONE)
add_custom_command(OUTPUT stamp DEPENDS bench.py
  COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_SOURCE_DIR}/bench.py fanout-bench
  COMMAND ${CMAKE_COMMAND} -E echo built >>${CMAKE_SOURCE_DIR}/build/builds
  COMMAND ${CMAKE_COMMAND} -E touch stamp)
add_custom_target(fanout-bench DEPENDS stamp)
"""
WHO = ("-c", "user.name=nobody", "-c", "user.email=nobody@localhost")


class Repository:
    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        shutil.copy(ROOT / "CMakePresets.json", root)
        (root / "CMakeLists.txt").write_text(CMAKE)
        (root / ".gitignore").write_text("build/\nresults/\n__pycache__/\n")

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.root), *WHO, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, message: str, **behaviour: Any) -> str:
        """Commits all there is, with a binary that behaves so; the commit."""
        fake_timed.write(self.root / "bench.py", **behaviour)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")
        return self.git("rev-parse", "HEAD")
