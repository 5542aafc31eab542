"""What hyperfine exports, as results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.analysis.comparable import one_process, unit
from scripts.analysis.results import BadResults, load
from scripts.analysis.table import Results
from scripts.compare import main

Json = dict[str, Any]


def entry(command: str, *times: float, **more: Any) -> Json:
    """As hyperfine 1.15 has it."""
    sums = {"mean": 1.0, "stddev": 0.1, "median": 1.0, "min": 1.0, "max": 1.0}
    codes = {"exit_codes": [0 for _ in times]}
    return {"command": command, **sums, "user": 0.5, "system": 0.25, "times": list(times), **codes, **more}


def read(folder: Path, *entries: Json) -> Results:
    path = folder / "times.json"
    path.write_text(json.dumps({"results": entries}))
    return load([path])


def test_runs_are_samples(tmp_path: Path) -> None:
    results = read(tmp_path, entry("app -j4", 0.5, 0.25), entry("other", 1.0))
    table = results.table
    assert list(zip(table["contender"], table["round"], table["real"])) == [
        ("app -j4", 0, 0.5),
        ("app -j4", 1, 0.25),
        ("other", 0, 1.0),
    ]
    assert table["cpu"].tolist() == [0.75] * 3 and set(table["case"]) == {"command"}
    assert table["baseline"].tolist() == [True, True, False]
    assert unit(results.contexts[0]) == "run" and not one_process(results.contexts[0])


def test_a_parameter_may_be_the_workers(tmp_path: Path) -> None:
    rows = [
        entry(f"app{count} -j {count}", 1.0 / count, parameters={"threads": str(count), "size": size})
        for size in ("1", "2")
        for count in (4, 2)
    ]
    table = read(tmp_path, *rows).table
    assert set(table["contender"]) == {"app{threads} -j {threads}"}
    assert list(zip(table["case"], table["workers"], table["baseline"])) == [
        ("command/size:1", 4, False),
        ("command/size:1", 2, True),
        ("command/size:2", 4, False),
        ("command/size:2", 2, True),
    ]


def test_commands_that_differ_by_more_stay_apart(tmp_path: Path) -> None:
    rows = [entry(f"app4 -j{count}", 1.0, parameters={"threads": str(count)}) for count in (2, 4)]
    assert read(tmp_path, *rows).table["contender"].tolist() == ["app4 -j2", "app4 -j4"]


def test_one_command_twice_has_the_runs_of_both(tmp_path: Path) -> None:
    assert read(tmp_path, entry("app", 1.0, 2.0), entry("app", 3.0)).table["round"].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"exit_codes": [0, 3]}, "ended with status 3 in 1 of 2 runs"),
        ({"exit_codes": [None, None]}, "was killed by a signal in 2 of 2 runs"),
        ({"times": []}, "has no times"),
        ({"times": "many"}, "has no times"),
        ({"times": [1.0, 0.0]}, "a time is 0.0"),
        ({"times": [1.0, "2"]}, "a time is '2'"),
        ({"times": [1.0, True]}, "a time is True"),
    ],
)
def test_what_failed_is_a_failure(tmp_path: Path, wrong: Json, reason: str) -> None:
    results = read(tmp_path, entry("bad", 1.0, 2.0, **wrong), entry("good", 1.0))
    assert results.table["contender"].tolist() == ["good"]
    assert list(results.failures["name"]) == ["command/bad/workers:1"]
    assert results.failures["reason"][0].startswith(reason)


@pytest.mark.parametrize("text", ['{"results": []}', '{"results": [1]}', '{"results": [{"command": 1}]}'])
def test_what_is_none_of_it_is_refused(tmp_path: Path, text: str) -> None:
    (path := tmp_path / "file.json").write_text(text)
    with pytest.raises(BadResults, match="not the results of fanout"):
        load([path])


def test_compare_reads_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, factor in (("base", 1.0), ("new", 2.0)):
        (tmp_path / name).mkdir()
        read(tmp_path / name, entry("app", *(factor * (1 + index / 1000) for index in range(12))))
    status = main([str(tmp_path / "base/times.json"), str(tmp_path / "new/times.json"), "--format=json"])
    assert status == 1 and json.loads(capsys.readouterr().out)["cells"][0]["state"] == "slower"
