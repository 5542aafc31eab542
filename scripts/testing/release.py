"""The steps of `fanout test` on other Debians, each a bare one that debootstrap makes in build/release-test/SUITE.

A folder is used again where it exists. Steps that have passed are recorded with the commit; a second start runs the others.
"""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from scripts.testing import bare
from scripts.testing.package import package
from scripts.testing.steps import Skipped, Step, succeeds

SUITES = ("bookworm", "trixie")
CLONE = "opt/fanout"  # in a suite's root directory, and where other users may enter


def release_steps(tree: Path, names: Iterable[str]) -> dict[str, Step]:
    """The package on this suite, and `SUITE/STEP` of every other one: what is of this system, `fanout test --sanitize` runs."""
    suites = [Suite(tree, suite) for suite in SUITES if suite != this_suite()]
    found: dict[str, Step] = {"package": partial(package, this_suite(), tree / "build/release-test/package")}
    return found | {f"{suite.name}/{name}": partial(suite.step, name) for suite in suites for name in names}


def this_suite() -> str:
    try:
        return platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    except OSError:
        return ""


class Suite:
    """A bare Debian with a clone of the tree."""

    def __init__(self, tree: Path, name: str) -> None:
        self.name = name
        self._tree = tree
        self._root = tree / "build/release-test" / name / "root"
        self._passed = self._root.with_name("passed")  # lines of COMMIT STEP

    def step(self, name: str) -> bool:
        """Runs a step of `fanout test` on the committed tree; the launcher inside installs what it needs."""
        bare.require_tools()
        if bare.output("git", "-C", self._tree, "status", "--porcelain", "--untracked-files=no"):
            print("uncommitted changes: --release tests a commit; commit or stash them first", flush=True)
            return False
        commit = bare.output("git", "-C", self._tree, "rev-parse", "HEAD")
        record = f"{commit} {name}"
        if self._passed.exists() and record in self._passed.read_text().splitlines():
            print(f"passed before, at this commit; remove {self._passed} to run it again", flush=True)
            return True
        if not (bare.make(self._root, self.name) and self._check_out() and self._run(name)):
            return False
        with self._passed.open("a") as file:
            file.write(record + "\n")
        return True

    def _check_out(self) -> bool:
        git = ("git", "-C", self._root / CLONE)
        return (
            succeeds("git", "init", "--quiet", self._root / CLONE)
            and succeeds(*git, "fetch", "--quiet", "--update-shallow", self._tree, "HEAD")
            and succeeds(*git, "checkout", "--quiet", "--force", "--detach", "FETCH_HEAD")
        )

    def _run(self, name: str) -> bool:
        command = bare.inside(self._root, f"{CLONE}/scripts/fanout", "test", "--only", name)
        line = ""
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                for line in process.stdout or ():
                    print(line, end="", flush=True)
            except BaseException:
                process.kill()  # and with it all that runs in its namespace
                raise
        if line.endswith(" 1 skipped\n"):
            raise Skipped("its own verdict, above")
        return process.returncode == 0
