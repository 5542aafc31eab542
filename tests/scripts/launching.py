"""A tree with the launcher in it, and stand-ins for every tool that it calls."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHOW = '''"""Shows what reached it."""

# Needs: build

import json, os, sys

if __name__ == "__main__":
    seen = {key: os.environ.get(key) for key in ("PYTHONPATH", "PYTHONHOME", "PYTHONNOUSERSITE")}
    print(json.dumps({"arguments": sys.argv[1:], "python": sys.executable, "cwd": os.getcwd(), **seen}))
    sys.exit(7)
'''
WAIT = '''"""Waits for Ctrl-C."""

import signal, sys, time

if __name__ == "__main__":
    interruptions = []
    signal.signal(signal.SIGINT, lambda *_: interruptions.append(1))
    print("ready", flush=True)
    while not interruptions:
        time.sleep(0.01)
    time.sleep(0.5)
    print(f"{len(interruptions)} interruptions", flush=True)
    sys.exit(130)
'''


class Tree:
    """A tree with the launcher and two commands; the tools on its PATH note their calls."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tools = root / "tools"
        self.calls_file = root / "calls"
        for directory in (root / "scripts", self.tools):
            directory.mkdir(parents=True)
        shutil.copy(ROOT / "scripts/fanout", root / "scripts/fanout")
        (root / "scripts/show.py").write_text(SHOW)
        (root / "scripts/wait.py").write_text(WAIT)
        (root / "scripts/module.py").write_text('"""No command."""\n')
        for name in ("apt-get", "apt-cache", "sudo", "python3"):
            self.tool(name)
        self.tool("cmake", "mkdir -p build/release; [[ $1 == --build ]] || touch build/release/build.ninja")
        self.tool("ninja", "echo no work to do")
        self.installed()

    def tool(self, name: str, script: str = "") -> None:
        path = self.tools / name
        path.write_text(f'#!/bin/bash\necho "{name} $*" >>"{self.calls_file}"\n{script}\n')
        path.chmod(0o755)

    def installed(self, *without: str) -> None:
        """Everything that is asked for is installed, but for these; those that apt-get is told to install are, then."""
        later = self.root / "installed"
        self.tool("apt-get", f'[[ " $* " != *" install "* ]] || echo "$*" >"{later}"')
        self.tool(
            "dpkg-query",
            f'for package in "${{@:3}}"; do\n'
            f'  [[ " {" ".join(without)} " == *" $package "* && " $(cat "{later}" 2>/dev/null) " != *" $package "* ]] ||\n'
            f"    printf '<%s installed>' \"$package\"\n"
            f"done",
        )

    def calls(self, tool: str) -> list[str]:
        lines = self.calls_file.read_text().splitlines() if self.calls_file.exists() else []
        return [line.removeprefix(tool).strip() for line in lines if line.split()[0] == tool]

    def environment(self, **more: str) -> dict[str, str]:
        return {**os.environ, "PATH": f"{self.tools}:{os.environ['PATH']}", **more}

    def run(
        self, *arguments: str, launcher: Path | None = None, **more: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [launcher or self.root / "scripts/fanout", *arguments],
            cwd="/",
            env=self.environment(**more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
