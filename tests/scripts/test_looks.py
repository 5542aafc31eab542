"""The pictures of a `why`: stacks and traces of the cells that lose their time, by the binary itself."""

from __future__ import annotations

import json
from pathlib import Path

from scripts.analysis.why.stacks import SPEEDSCOPE
from scripts.measuring.why.looks import file_name
from tests import forked
from tests.conftest import BUILD

FLAGS = ("--workloads=overhead", "--executors=tbb_tasks", "--workers=2", "--rounds=2", "--no-experiments")


def test_a_cell_that_loses_time_is_looked_at_closely(tmp_path: Path) -> None:
    """Empty tasks under two workers lose nearly all of it, on any machine."""
    out = tmp_path / "out"
    ended = forked.run("why", f"--bench={BUILD / 'fanout-bench'}", f"--output={out}", *FLAGS, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    (trace,), (text,), (scope,) = ((out / place).glob(f"*{end}") for place, end in
                                   (("traces", ".json"), ("stacks", ".folded"), ("stacks", ".speedscope.json")))  # fmt: skip
    events = json.loads(trace.read_text())["traceEvents"]
    assert {event["ph"] for event in events} >= {"M", "X"}
    lines = [line.rpartition(" ") for line in text.read_text().splitlines()]
    assert lines and all(stack and int(count) > 0 for stack, _, count in lines)
    assert json.loads(scope.read_text())["$schema"] == SPEEDSCOPE
    found = json.loads((out / "why.json").read_text())["evidence"]
    assert {one["observer"] for one in found if "tbb_tasks/workers:2" in one["cell"]} == {
        "states",
        "samples",
        "timeline",
    }
    assert {path.stem for path in (out / "charts").glob("*.png")} >= {"flame", "timeline", "waterfall"}


def test_names_of_cells_name_files_and_nothing_else() -> None:
    assert (
        file_name("search/pool/workers:2/pattern:../../etc/$(x) y")
        == "search-pool-workers-2-pattern-..-..-etc-x-y"
    )
    assert "/" not in file_name("../../x") and len(file_name("x" * 500)) == 120
