"""What every process pays before it measures."""

from __future__ import annotations

import os
import subprocess

from tests.conftest import BUILD


def test_libcurl_and_its_thirty_libraries_are_loaded_by_what_fetches_alone() -> None:
    told = subprocess.run(
        [BUILD / "fanout-bench"],
        env={**os.environ, "LD_TRACE_LOADED_OBJECTS": "1"},  # the dynamic linker lists, and runs nothing
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "libstdc++" in told and "libcurl" not in told
