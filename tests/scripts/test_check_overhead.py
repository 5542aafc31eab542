"""The judgement of Fanout's claims about itself; the measuring is that of every other run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scripts.checks import CheckFailed, checks, overhead
from scripts.checks.bound import Judged, Times, judge, labelled, measure, row
from scripts.measuring import subject
from scripts.measuring.sample import Outcome, run_benchmark

ROUNDS = 10


def labels() -> list[str]:
    """Of all processes; a pair of loops has two."""
    loops = {"fanout-raw": ("/loop:raw", "/loop:stored", "/loop:harness")}
    cells = overhead.cells(Path("build"), "spin.rate=1")
    return [cell.name + loop for cell in cells for loop in loops.get(cell.program.name, ("",))]


def flat(**special: float) -> Times:
    """A microsecond for every arm in every round, but for those given by label (with _ for what is no letter)."""
    seconds = {label: special.get(re.sub(r"\W", "_", label), 1e-6) for label in labels()}
    return {label: [value] * ROUNDS for label, value in seconds.items()}


def verdict(times: Times, text: str) -> Judged:
    return next(found for found in judge(times, overhead.claims()) if text in found.claim.text)


def test_every_claim_has_its_cells() -> None:
    assert len(judge(flat(), overhead.claims())) == len(overhead.claims())


def test_labels_are_distinct() -> None:
    assert len(set(labels())) == len(labels())


@pytest.mark.parametrize(("ours", "word"), [(1.04e-6, "kept"), (1.06e-6, "missed")])
def test_a_ratio_is_held_to_its_bound(ours: float, word: str) -> None:
    found = verdict(flat(pair_overhead_tbb_loop_harness=ours), "harness / raw, 10,000 empty tasks, tbb")
    assert found.interval.median == pytest.approx(ours / 1e-6)
    assert row(found)[3] == word


def test_at_least_is_the_other_way_round() -> None:
    assert row(verdict(flat(fetch_serial=21e-6), "26 fetches"))[3] == "kept"
    assert row(verdict(flat(fetch_serial=19e-6), "26 fetches"))[3] == "missed"


def test_the_price_of_adding_is_shown_without_a_bound() -> None:
    found = verdict(
        flat(pair_spin_tbb_loop_stored=1e-7), "adding / storing by hand, 1,000 tasks of 10 us, tbb"
    )
    assert found.interval.median == pytest.approx(10)
    assert row(found)[2:] == ["none", ""]


def test_noise_around_the_bound_is_unclear() -> None:
    times = flat()
    times["pair overhead/tbb/loop:harness"] = [1e-6 * ratio for ratio in [0.9] * 4 + [1.2] * 6]
    assert row(verdict(times, "10,000 empty tasks, tbb"))[3] == "unclear"


def test_metg_is_where_half_of_the_speedup_is_lost() -> None:
    """Tasks of d + overhead on two workers: efficiency d / (d + overhead) is a half at d = overhead."""
    times = flat()
    for grain in overhead.GRAINS:
        times[f"grain {grain} serial"] = [grain * 1e-5] * ROUNDS
        for executor, overhead_ns in {"pool": 8, "pool_guided": 5, "tbb": 4}.items():
            times[f"grain {grain} {executor}"] = [(grain + overhead_ns) * 1e-5 / 2] * ROUNDS
    assert verdict(times, "pool, METG").interval.median == pytest.approx(8)
    ratio = verdict(times, "pool_guided / tbb, METG")
    assert ratio.interval.median == pytest.approx(5 / 4)
    assert row(ratio)[3] == "missed"


@pytest.mark.parametrize(("pool", "end"), [(1e-9, overhead.GRAINS[0]), (1.0, overhead.GRAINS[-1])])
def test_metg_outside_of_the_sweep_is_its_end(pool: float, end: float) -> None:
    times = flat(**{f"grain_{grain}_pool": pool for grain in overhead.GRAINS})
    assert verdict(times, "METG").interval.median == end


def test_an_arm_without_a_number_is_said(tmp_path: Path) -> None:
    program = tmp_path / "broken"
    program.write_text("#!/bin/sh\necho no luck >&2\nexit 3\n")
    program.chmod(0o755)
    with pytest.raises(CheckFailed, match="some cell: exit status 3 and no results: no luck"):
        labelled("some cell", run_benchmark(program, [], 60.0))


def test_loops_of_one_process_are_told_apart(tmp_path: Path) -> None:
    """Names as Google Benchmark gives them; a label takes the median of its repetitions."""
    entries = [
        {
            "name": f"overhead/tbb/tasks:9/loop:{loop}/real_time",
            "real_time": time,
            "cpu_time": 0,
            "time_unit": "us",
        }
        for loop, times in {"raw": (1, 2, 9), "harness": (4, 5, 6)}.items()
        for time in times
    ]
    program = tmp_path / "fanout-raw"
    program.write_text(
        "#!/bin/sh\nfor flag; do case $flag in --benchmark_out=*) out=${flag#*=};; esac; done\n"
        f"echo '{json.dumps({'benchmarks': entries})}' >$out\n"
    )
    program.chmod(0o755)
    found = labelled("pair", run_benchmark(program, [], 60.0))
    assert found == pytest.approx({"pair/loop:raw": 2e-6, "pair/loop:harness": 5e-6})


def test_claims_are_told_apart() -> None:
    texts = [claim.text for claim in overhead.claims()]
    assert len(set(texts)) == len(texts)


def test_all_checks_are_found() -> None:
    assert set(checks()) == {
        "advice",
        "alarms",
        "command",
        "history",
        "load",
        "machine",
        "overhead",
        "plugin",
        "statistics",
        "tree",
    }


def test_every_process_has_a_padding_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in every other command: a fixed place of the stack would favour one loop."""
    paddings: list[int] = []

    def run(program: Path, arguments: list[str], limit: float, padding: int, *_: object) -> Outcome:
        paddings.append(padding)
        entry = {"name": "a/loop:raw", "real_time": 1.0, "cpu_time": 1.0, "time_unit": "us"}
        return Outcome({"benchmarks": [entry]})

    monkeypatch.setattr(subject, "run_benchmark", run)
    cells = overhead.cells(Path("build"), "spin.rate=812")
    times = measure(cells, 2, 1, -1, lambda line: None)
    assert times and {len(found) for found in times.values()} == {2}
    assert len(paddings) == 2 * len(cells)
    assert len(set(paddings)) > 0.9 * len(paddings)
