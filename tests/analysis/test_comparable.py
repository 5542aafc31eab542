"""What makes two machines or builds different, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.analysis.comparable import differences, one_process, same_code
from scripts.reports import wording

CONTEXT: dict[str, Any] = {
    "cpu_model": "A", "effective_cpus": 2.0, "architecture": "x86_64", "kernel": "Linux 6.1", "governor": "unknown",
    "smt": "on", "virtualisation": "none", "compiler": "GNU 12.2.0", "flags": "-O3", "build_type": "Release", "seed": 1,
    "executors": {"serial": "none", "tbb": "oneTBB 2021.8"}, "environment": {}, "commit": "abc", "date": "today",
}  # fmt: skip


def changed(**values: Any) -> list[str]:
    return list(map(wording.difference, differences(CONTEXT, CONTEXT | values)))


@pytest.mark.parametrize(
    "key, value, said",
    [
        ("cpu_model", "B", "CPU: A in BASE, B in NEW"),
        ("effective_cpus", 1.5, "effective CPUs: 2.0 in BASE, 1.5 in NEW"),
        ("architecture", "arm", "architecture: x86_64 in BASE, arm in NEW"),
        ("kernel", "Linux 6.2", "kernel: Linux 6.1 in BASE, Linux 6.2 in NEW"),
        ("smt", "off", "SMT: on in BASE, off in NEW"),
        ("virtualisation", "a hypervisor", "virtualisation: none in BASE, a hypervisor in NEW"),
        ("compiler", "Clang 14", "compiler: GNU 12.2.0 in BASE, Clang 14 in NEW"),
        ("flags", "-O2", "flags: -O3 in BASE, -O2 in NEW"),
        ("build_type", "Debug", "build type: Release in BASE, Debug in NEW"),
        ("seed", 2, "seed of the work: 1 in BASE, 2 in NEW"),
        ("executors", {"tbb": "oneTBB 2022"}, "library of tbb: oneTBB 2021.8 in BASE, oneTBB 2022 in NEW"),
        ("environment", {"OMP_PROC_BIND": "1"}, "environment OMP_PROC_BIND: unset in BASE, 1 in NEW"),
    ],
)
def test_what_makes_a_difference(key: str, value: Any, said: str) -> None:
    assert changed(**{key: value}) == [said]


def test_what_makes_none() -> None:
    assert changed(commit="def", date="tomorrow", load_avg=[1.0], governor="performance") == []
    assert changed(executors={"serial": "none", "par": "other"}) == [], "an executor that one side lacks"
    assert differences({}, CONTEXT) == [] == differences(CONTEXT, {"executors": "nonsense", "environment": 3})


def test_the_same_code_is_noticed() -> None:
    assert same_code(CONTEXT, dict(CONTEXT)) == "same"
    assert same_code(*[CONTEXT | {"commit": "abc-dirty"}] * 2) == "dirty"
    assert "commit abc, built alike (A/A)" in wording.same_code("same", CONTEXT)
    assert "may be the same" in wording.same_code("dirty", CONTEXT) and wording.same_code("", CONTEXT) == ""
    for other in ({"commit": "def"}, {"flags": "-O2"}, {"plugin": "0123"}):
        assert same_code(CONTEXT, CONTEXT | other) == ""
    assert same_code({"commit": "unknown"}, {"commit": "unknown"}) == ""


def test_a_run_has_processes() -> None:
    assert one_process(CONTEXT) and not one_process(CONTEXT | {"rounds": 5})
