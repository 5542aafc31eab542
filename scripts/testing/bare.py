"""A bare Debian, made by debootstrap, and commands inside of it. As root."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from scripts.testing.steps import Skipped, succeeds

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


def make(root: Path, suite: str) -> bool:
    """Where there is none yet; renamed when complete, so that half a one is never used."""
    if root.exists():
        return True
    incomplete = root.with_name("incomplete")
    shutil.rmtree(incomplete, ignore_errors=True)
    incomplete.mkdir(parents=True)
    if not succeeds(*NAMESPACE, "debootstrap", "--variant=minbase", suite, incomplete, *mirror()):
        return False
    (incomplete / "etc/apt/apt.conf.d/90fanout").write_text(apt_acquire())
    incomplete.rename(root)
    return True


def inside(root: Path, *command: str) -> list[str | Path]:
    """The command that runs one in there, as its root, with this system's way to the network."""
    proxies = [f"{key}={value}" for key, value in os.environ.items() if key.lower().endswith("_proxy")]
    environment = ("env", "-i", "HOME=/root", f"PATH={PATH}", "LANG=C.UTF-8", *proxies)
    return [*NAMESPACE, "sh", "-c", CHROOT, "sh", root, *environment, *INSIDE, *command]


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
