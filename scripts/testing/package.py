"""The step `package`: the Debian package on a bare system of the suite that built it, used by somebody who is not root."""

from __future__ import annotations

import shutil
from pathlib import Path

from scripts.testing import bare
from scripts.testing.steps import RELEASE, Skipped, succeeds

USER = "somebody"
USED = """
set -e
cd "$HOME"
fanout run --quick --workloads=math --executors=serial,pool --max-time=20s --output=own
fanout new workload parse
fanout run parse/parse.cpp --quick --max-time=10s --output=parsed
cmake -S parse -B build -DCMAKE_BUILD_TYPE=Release
cmake --build build
fanout run build/libparse.so --quick --executors=serial --max-time=10s --output=built
test -s own/results.json -a -s parsed/charts/speedup.png -a -s built/results.json
"""


def package(suite: str, home: Path) -> bool:
    """Builds it from the release build, and installs it by apt into a fresh root in `home`, which is removed again. Nothing but
    what the package names, and recommends, is there."""
    bare.require_tools()
    if not suite:
        raise Skipped("this system does not say which Debian it is")
    root = home / suite / "root"
    shutil.rmtree(home, ignore_errors=True)
    try:
        return (
            succeeds("cpack", "-G", "DEB", "--config", RELEASE / "CPackConfig.cmake", "-B", home)
            and bare.make(root, suite)
            and _installed(root, next(home.glob("*.deb")))
        )
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _installed(root: Path, made: Path) -> bool:
    shutil.copy(made, root / "opt" / made.name)
    steps = (
        ("apt-get", "update"),
        ("apt-get", "install", "--yes", f"/opt/{made.name}"),
        ("useradd", "--create-home", USER),
        ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "env", f"HOME=/home/{USER}")
        + ("sh", "-c", USED),
    )
    return all(succeeds(*bare.inside(root, *step)) for step in steps)
