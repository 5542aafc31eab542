"""Programs with other versions of the library, and what only looks like one: acted, since one version is packaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.measuring.plan import Selection
from scripts.measuring.usage import UsageError
from scripts.subjects import benchmark
from tests.subjects.test_benchmark import MACHINE, of, sample

# A program that takes times with this suffix alone, and writes what `document` is.
PROGRAM = """
times = [word.partition("=")[2] for word in argv if word.startswith("--benchmark_min_time")]
refused = [time for time in times if SUFFIX and not time.endswith("s") or not SUFFIX and time.endswith("s")]
if refused and not (SUFFIX and len(times) > 1):
    sys.exit("The value of flag --benchmark_min_time is wrong")
if "--benchmark_list_tests=true" in argv:
    print(*([] if "--benchmark_filter=^$" in argv else ["work/real_time/threads:4"]), sep="\\n")
    sys.exit()
out = next(word for word in argv if word.startswith("--benchmark_out=")).partition("=")[2]
entry = {"name": "work/real_time/threads:4", "run_type": "iteration", "repetition_index": 0, "threads": 4,
         "real_time": 8.0, "cpu_time": 8.0, "time_unit": "us", "iterations": 4}
document = {"context": {"times": times} | VERSION, "benchmarks": [entry | CHANGE]}
open(out, "w").write(json.dumps(document))
"""

Script = Callable[[str], Path]


def acting(script: Script, suffix: bool, version: str = "", change: str = "{}") -> Path:
    facts = f"{{'library_version': {version!r}}}" if version else "{}"
    return script(f"SUFFIX, VERSION, CHANGE = {suffix}, {facts}, {change}\n{PROGRAM}")


@pytest.mark.parametrize(
    ("suffix", "version", "nanoseconds"),
    [
        (False, "", 8000),
        (True, "", 8000),
        (True, "v1.8.5", 8000),
        (True, "v1.9.4", 2000),
        (True, "v1.10.0", 2000),
        (True, "unknown", 2000),
    ],
)
def test_versions_differ_in_the_suffix_and_in_what_threads_share(
    script: Script, suffix: bool, version: str, nanoseconds: float
) -> None:
    name = "work/real_time/threads:4"
    outcome, failure = sample(of(acting(script, suffix, version)), name)
    assert not failure and outcome.context["times"] == ["0.001", "0.001s"][: 1 + suffix]
    assert outcome.time_of(name) * 1e9 == pytest.approx(nanoseconds)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("{'error_occurred': True, 'error_message': 'no input'}", "error: no input"),
        ("{'skipped': True, 'skip_message': 'not on this machine'}", "unavailable: not on this machine"),
        ("{'time_unit': 'min'}", "error: time_unit 'min' is none of ns, us, ms, s"),
        ("{'real_time': 0.0}", "error: real_time is 0.0"),
        ("{'real_time': float('nan')}", "error: real_time is None"),
        ("{'cpu_time': 'x'}", "error: cpu_time is 'x'"),
        ("{'repetition_index': []}", "error: repetition_index is []"),
        ("{'run_type': 'aggregate', 'aggregate_name': 'mean'}", "error: has aggregates alone"),
        ("{'name': 'other'}", "crash: the process ended well, without a result for this cell"),
        ("{'name': 7}", "crash: torn JSON (benchmarks[0] has no name)"),
    ],
)
def test_what_is_no_sample_says_why(script: Script, change: str, found: str) -> None:
    failure = sample(of(acting(script, True, change=change)), "work/real_time/threads:4")[1]
    assert failure.startswith(found)


@pytest.mark.parametrize(
    ("text", "found"),
    {
        "sys.exit('no display')": "ended with 1: no display",
        "sys.exit(0)": "has no such benchmarks",
        "time.sleep(600)": "has not listed its benchmarks within 0.5 s",
    }.items(),
)
def test_a_program_that_lists_nothing_is_refused(
    script: Script, monkeypatch: pytest.MonkeyPatch, text: str, found: str
) -> None:
    monkeypatch.setattr(benchmark, "_PATIENCE", 0.5)
    with pytest.raises(UsageError, match=found):
        of(script(text)).plan(Selection(), MACHINE)


def test_what_cannot_be_run_is_refused(tmp_path: Path) -> None:
    torn = tmp_path / "torn"
    torn.write_bytes(b"\x7fELF")
    torn.chmod(0o755)
    for path in (torn, tmp_path / "absent"):
        with pytest.raises(UsageError, match="cannot be run: "):
            of(path).plan(Selection(), MACHINE)
