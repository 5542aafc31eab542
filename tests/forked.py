"""Commands of Fanout as processes forked from the tests' own, which has loaded what they import. Python and its libraries
take a second to load, for each of hundreds of commands."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import plots
from scripts.measuring.usage import BROKEN, leave

PATIENCE = 300.0  # seconds: far beyond need, on a machine busy with something else


def start(
    name: str, *words: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """`fanout NAME` with these arguments; its output is read from pipes."""
    main = import_module(f"scripts.{name}").main
    plots.charts()  # loads pandas and matplotlib, once

    def become() -> None:
        """In the child, when it has its streams and its directory, in place of executing a program."""
        status: object = BROKEN
        try:
            os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # at the end of a pipe of its own, Popen returns
            if env is not None:
                os.environ.clear()
                os.environ.update(env)
            leave(lambda: int(main([*map(str, words)])), f"fanout {name}")
        except SystemExit as end:
            status = end.code
        finally:
            os._exit(status if isinstance(status, int) else BROKEN)

    pipe = subprocess.PIPE
    return subprocess.Popen(["false"], stdout=pipe, stderr=pipe, text=True, cwd=cwd, preexec_fn=become)


def run(
    name: str, *words: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The same, to its end."""
    with start(name, *words, cwd=cwd, env=env) as process:
        out, err = process.communicate(timeout=PATIENCE)
    return subprocess.CompletedProcess([], process.returncode, out, err)
