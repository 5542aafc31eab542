"""Where binaries are that take the time that they are told to, and a duet of them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests import forked
from tests.forked import PATIENCE
from tests.scripts import fake_timed

SERIAL = "math/serial/workers:1/kernel:primes/tasks:8"
POOL = "math/pool/workers:2/kernel:primes/tasks:8"


class Stage:
    """Where binaries are and a duet writes."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.output = directory / "out"
        self.base = fake_timed.write(directory / "base")

    def new(self, **behaviour: Any) -> Path:
        return fake_timed.write(self.directory / "new", **behaviour)

    def start(
        self, *arguments: str | Path, executors: str = "serial", workload: str = "math", **options: Any
    ) -> subprocess.Popen[str]:
        settings = ["--set=math.tasks=8"] if workload == "math" else []
        selection = (
            f"--workloads={workload}",
            f"--executors={executors}",
            f"--workers={1 if executors == 'serial' else 2}",
            *settings,
        )
        return forked.start("duet", *selection, f"--output={self.output}", *arguments, **options)

    def run(self, *arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
        with self.start(*arguments, **options) as process:
            out, err = process.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess([], process.returncode, out, err)

    def document(self) -> Any:
        def refuse(constant: str) -> None:
            raise ValueError(constant)

        return json.loads((self.output / "duet.json").read_text(), parse_constant=refuse)

    def states(self) -> dict[str, str]:
        return {cell["name"]: cell["state"] for cell in self.document()["cells"]}

    def samples(self) -> list[dict[str, Any]]:
        """Without the header."""
        lines = (self.output / "samples.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines[1:]]
