"""The steps of `fanout test` on other Debians, each a bare one that debootstrap makes in build/release-test/SUITE.

A folder is used again where it exists. Steps that have passed are recorded with the commit; a second start runs the others.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from scripts.testing.steps import Skipped, Step, succeeds

SUITES = ("bookworm", "trixie")
CLONE = "opt/fanout"  # in a suite's root directory, and where other users may enter
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Mounts live in a namespace of their own, which ends with its last process: none is left, however this ends.
NAMESPACE = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
CHROOT = """
root=$1; shift
mount --bind "$root" "$root" && # a mount point, so that tests with mounts of their own can make it private
  mount --rbind /dev "$root/dev" && mount --rbind /sys "$root/sys" && mount -t proc proc "$root/proc" || exit 1
exec chroot "$root" "$@"
"""
# An interrupted installation is finished first.
INSIDE = ("sh", "-c", 'DEBIAN_FRONTEND=noninteractive dpkg --configure -a && exec "$@"', "sh")


def release_steps(tree: Path, names: Iterable[str]) -> dict[str, Step]:
    """`SUITE/STEP` of every suite but this system's own, whose steps `fanout test --sanitize` runs."""
    suites = [Suite(tree, suite) for suite in SUITES if suite != this_suite()]
    return {f"{suite.name}/{name}": partial(suite.step, name) for suite in suites for name in names}


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
        require_tools()
        if output("git", "-C", self._tree, "status", "--porcelain", "--untracked-files=no"):
            print("uncommitted changes: --release tests a commit; commit or stash them first", flush=True)
            return False
        commit = output("git", "-C", self._tree, "rev-parse", "HEAD")
        record = f"{commit} {name}"
        if self._passed.exists() and record in self._passed.read_text().splitlines():
            print(f"passed before, at this commit; remove {self._passed} to run it again", flush=True)
            return True
        if not (self._make() and self._check_out() and self._run(name)):
            return False
        with self._passed.open("a") as file:
            file.write(record + "\n")
        return True

    def _make(self) -> bool:
        """Makes the root directory where there is none; renamed when complete, so that half a one is never used."""
        if self._root.exists():
            return True
        partial_root = self._root.with_name("incomplete")
        shutil.rmtree(partial_root, ignore_errors=True)
        partial_root.mkdir(parents=True)
        if not succeeds(*NAMESPACE, "debootstrap", "--variant=minbase", self.name, partial_root, *mirror()):
            return False
        (partial_root / "etc/apt/apt.conf.d/90fanout").write_text(apt_acquire())
        partial_root.rename(self._root)
        return True

    def _check_out(self) -> bool:
        git = ("git", "-C", self._root / CLONE)
        return (
            succeeds("git", "init", "--quiet", self._root / CLONE)
            and succeeds(*git, "fetch", "--quiet", "--update-shallow", self._tree, "HEAD")
            and succeeds(*git, "checkout", "--quiet", "--force", "--detach", "FETCH_HEAD")
        )

    def _run(self, name: str) -> bool:
        proxies = [f"{key}={value}" for key, value in os.environ.items() if key.lower().endswith("_proxy")]
        environment = ("env", "-i", "HOME=/root", f"PATH={PATH}", "LANG=C.UTF-8", *proxies)
        step = (f"{CLONE}/scripts/fanout", "test", "--only", name)
        enter = (*NAMESPACE, "sh", "-c", CHROOT, "sh", self._root)
        command: list[str | Path] = [*enter, *environment, *INSIDE, *step]
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


def require_tools() -> None:
    if os.geteuid() != 0:
        raise Skipped("needs root, for debootstrap and chroot")
    for tool in ("debootstrap", "unshare"):
        if shutil.which(tool) is None:
            raise Skipped(f"{tool} is not installed")
    refused = subprocess.run([*NAMESPACE, "true"], capture_output=True, text=True)
    if refused.returncode != 0:
        raise Skipped(f"no mount namespaces here: {refused.stderr.strip()}")


def mirror() -> list[str]:
    """This system's own mirror of Debian, if it has one; else the one that debootstrap knows."""
    form = "$(LABEL) $(CREATED_BY) $(COMPONENT) $(SITE)"
    lines = output("apt-get", "indextargets", "--format", form).splitlines()
    return [line.split()[-1] for line in lines if line.startswith("Debian Packages main ")][:1]


def apt_acquire() -> str:
    """How this system's apt downloads: proxies, checks of dates."""
    lines = output("apt-config", "dump", "Acquire").splitlines()
    return "".join(f"{line}\n" for line in lines if not line.startswith("Acquire::IndexTargets"))


def output(*command: str | Path) -> str:
    """What a command prints; nothing if it is not installed or fails."""
    if shutil.which(command[0]) is None:
        return ""
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()
