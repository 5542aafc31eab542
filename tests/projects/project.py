"""A repository of somebody else's, with a fanout.toml: its program sleeps as long as its head commit says."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests import forked
from tests.conftest import BUILD
from tests.scripts.repository import WHO

TOML = """[build]
command = "cp {source}/work.sh {build}/work"
subject = "{build}/work {workers}"

[gate]
base = "main"
workers = 1
margin = "5%"
"""


class Project:
    def __init__(self, root: Path, toml: str = TOML) -> None:
        self.root, self.cache = root, root.with_name("cache")
        root.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        (root / "fanout.toml").write_text(toml)
        (root / ".gitignore").write_text("results/\n")

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.root), *WHO, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, message: str, sleeps: str = "0.1") -> str:
        """The commit of a program that sleeps so many seconds."""
        program = self.root / "work.sh"
        program.write_text(f"#!/bin/sh\n# {message}\nsleep {sleeps}\necho done\n")
        program.chmod(0o755)
        self.git("add", "--all")
        self.git("commit", "--quiet", f"--message={message}")
        return self.git("rev-parse", "HEAD")

    def run(self, command: str, *arguments: str, directory: str = ".") -> subprocess.CompletedProcess[str]:
        bench = [] if command == "init" else [f"--bench={BUILD / 'fanout-bench'}"]
        environment = {**os.environ, "XDG_CACHE_HOME": str(self.cache)}
        return forked.run(command, *bench, *arguments, cwd=self.root / directory, env=environment)
