"""Show what of this machine would spoil a measurement, and what to do about it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scripts.machine.finding import Finding
    from scripts.reports import Text

ROOT = Path(__file__).resolve().parents[1]
PROBE = (  # the shortest process whose results have the build and the frequency
    "--workloads=overhead",
    "--executors=serial",
    "--set=overhead.tasks=1",
    "--warmup=0",
    "--benchmark_min_time=0.001",
)
STYLES = {"severe": "bold red", "note": "yellow", "ok": ""}  # the worst first
PATIENCE = 20.0  # seconds, with a process that takes a fraction of one

EXAMPLES = """examples:
  scripts/fanout doctor                  every check, after watching the machine for 2 seconds
  scripts/fanout doctor --seconds=60     watched for longer: neighbours come and go
  scripts/fanout doctor --json           for programs

exit status: 0 nothing severe, 1 something severe, 2 wrong usage, 130 interrupted"""


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parse(argv)

    from scripts.machine.finding import Machine
    from scripts.machine.doctor import standing, watched
    from scripts.measuring.files import HOME

    disturbance, binary = watch(arguments.bench, arguments.seconds)
    machine = Machine(results=HOME, binary=binary)
    findings = [*standing(machine), *watched(disturbance)]
    show(findings, arguments.json)
    return int(any(finding.severity == "severe" for finding in findings))


def watch(bench: Path, seconds: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """What disturbs a machine that is left alone for so long; and the binary's context, empty where there is none."""
    import time

    from scripts.machine import probes
    from scripts.measuring.process import adopt_orphans
    from scripts.measuring.sample import run_benchmark

    adopt_orphans()

    def probe() -> dict[str, Any]:
        return run_benchmark(bench, PROBE, PATIENCE).context if bench.is_file() else {}

    first = probe()
    before = probes.read()
    time.sleep(seconds)
    after = probes.read()
    last = probe()
    speeds = [context.get("frequency_probe", {}).get("after", 0) for context in (first, last)]
    frequency = dict(zip(("before", "after"), speeds))
    return probes.disturbance(before, after, {"context": {"frequency_probe": frequency}}), last


def show(findings: Sequence[Finding], as_json: bool) -> None:
    import dataclasses
    import json

    from scripts.reports import Column, Report, Table, terminal

    ordered = sorted(findings, key=lambda finding: list(STYLES).index(finding.severity))
    if as_json:
        print(json.dumps([dataclasses.asdict(finding) for finding in ordered], indent=1))
        return
    columns = [Column("severity"), Column("check"), Column("finding", wraps=True)]
    rows = [[one.severity, one.check, one.sentence] for one in ordered]
    table = Table(columns, rows, [STYLES[one.severity] for one in ordered])
    terminal.render(
        Report("What would spoil a measurement here", [table], dict, verdict(ordered)), sys.stdout
    )


def verdict(findings: Sequence[Finding]) -> Text:
    """The last line: what all findings come to."""
    from scripts.reports import Text

    severe, noted = ([one.check for one in findings if one.severity == each] for each in ("severe", "note"))
    if severe:
        return Text(
            f"SEVERE: {', '.join(severe)}. Measure when this is mended: numbers would be wrong, or missing.",
            STYLES["severe"],
        )
    if noted:
        return Text(
            f"FIT, with notes: {', '.join(noted)}. Results hold; with these mended they would be steadier.",
            STYLES["note"],
        )
    return Text("FIT: nothing here spoils a measurement.", "bold green")


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    from scripts.measuring.flags import positive
    from scripts.measuring.usage import Parser

    parser = Parser("fanout doctor", __doc__, EXAMPLES)
    add = parser.add_argument
    add("--json", action="store_true", help="print the findings as JSON")
    watched = "to watch the machine for (default: 2)"
    add("--seconds", metavar="S", type=positive(float), default=2.0, help=watched)
    add("--bench", metavar="PATH", type=Path, default=ROOT / "build/release/fanout-bench", help="the binary")
    return parser.parse_args(argv)


if __name__ == "__main__":
    # In place of this directory, whose test.py would hide the standard library's `test`.
    sys.path[0] = str(ROOT)
    from scripts.measuring.usage import leave

    leave(main)
