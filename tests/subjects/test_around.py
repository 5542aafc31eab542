"""What runs around the samples of a command, and is not timed."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.measuring.usage import UsageError
from tests.subjects.commands import CATALOGUE, Measured, make, script, selection


def noting(path: Path, name: str) -> str:
    """A command that writes its name and arguments down."""
    return script(path / name, f'echo {name} "$@" >>{path}/order')


def order(path: Path) -> list[str]:
    return (path / "order").read_text().splitlines()


def test_each_has_its_time(tmp_path: Path) -> None:
    names = ("setup", "prepare", "conclude", "cleanup")
    flags = [f"--{name}={noting(tmp_path, name)}" for name in names]
    flags = [flag + (" {workers} {x}" if flag[2] in "pc" and "cleanup" not in flag else "") for flag in flags]
    app = noting(tmp_path, "app")
    measured = Measured("--ignore-output", *flags, "--set=x=7,8", "--workers=2", "--", app, "{workers}{x}")
    measured(1)
    measured(0)
    measured.subject.end()
    assert order(tmp_path) == [
        "setup",
        *("prepare 2 8", "app 28", "conclude 2 8"),
        *("prepare 2 7", "app 27", "conclude 2 7"),
        "cleanup",
    ]


def test_they_are_not_timed() -> None:
    measured = Measured("--prepare=sleep 0.3", "--conclude=sleep 0.3", "--ignore-output", "--", "true")
    outcome = measured()
    assert outcome.entries()[0]["real_time"] < 0.3e9 and outcome.disturbance["seconds"] < 0.3


def test_the_reference_is_prepared_too(tmp_path: Path) -> None:
    measured = Measured(
        f"--prepare=touch {tmp_path}/x", f"--conclude=rm {tmp_path}/x", "--", "ls", str(tmp_path)
    )
    assert measured().kind == ""


def test_runs_that_warm_up_come_once_before_a_cells_first_sample(tmp_path: Path) -> None:
    app = noting(tmp_path, "app")
    prepare = f"--prepare={noting(tmp_path, 'prepare')}"
    measured = Measured("--warmup=2", "--ignore-output", prepare, "--", app)
    measured()
    assert order(tmp_path) == ["prepare", "app"] * 3
    measured()
    assert order(tmp_path) == ["prepare", "app"] * 4


@pytest.mark.parametrize("flag", ["prepare", "conclude"])
def test_one_that_fails_is_the_cells_failure(tmp_path: Path, flag: str) -> None:
    text = f"{script(tmp_path / 'x', 'echo why >&2; exit 4')}"
    outcome = Measured(f"--{flag}={text}", "--ignore-output", "--", noting(tmp_path, "app"))()
    assert (outcome.kind, outcome.cause, outcome.entries()) == (flag, {"status": 4}, [])
    assert outcome.reason == f"--{flag} {text}: exit status 4: why"
    assert outcome.disturbance["seconds"] >= 0, "the journal asks for it"
    assert (tmp_path / "order").exists() == (flag == "conclude"), "what is not prepared does not run"


def test_a_failing_command_is_concluded_and_its_failure_stays(tmp_path: Path) -> None:
    conclude = f"--conclude={script(tmp_path / 'x', f'echo x >>{tmp_path}/order; exit 1')}"
    outcome = Measured(conclude, "--ignore-output", "--", "sh", "-c", "exit 3")()
    assert outcome.cause == {"status": 3} and outcome.kind == "crash" and order(tmp_path) == ["x"]


def test_a_setup_that_fails_ends_it_all() -> None:
    with pytest.raises(UsageError, match="--setup false: exit status 1"):
        Measured("--setup=false", "--", "true")


def test_a_cleanup_that_fails_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    text = "sh -c 'echo no >&2; exit 1'"
    Measured(f"--cleanup={text}", "--", "true").subject.end()
    assert capsys.readouterr().err == f"--cleanup {text}: exit status 1: no\n"


def test_the_program_may_come_from_the_setup(tmp_path: Path) -> None:
    app, source = tmp_path / "app", script(tmp_path / "source", "echo x")
    arguments = (f"--setup=cp {source} {app}", "--", str(app))
    assert Measured(*arguments)().kind == ""
    app.unlink()
    with pytest.raises(UsageError, match="there is no program"):
        make(*arguments[1:]).plan(selection(*arguments[1:]), CATALOGUE)


@pytest.mark.parametrize("flag", ["setup", "cleanup"])
def test_those_that_run_once_have_no_values(flag: str) -> None:
    with pytest.raises(UsageError, match=rf"--{flag} make \{{workers\}}: nothing is called"):
        make(f"--{flag}=make {{workers}}", "--", "true", "{workers}")


@pytest.mark.parametrize("flag", ["prepare", "conclude", "cleanup", "setup"])
def test_one_that_cannot_be_executed_is_refused(flag: str) -> None:
    with pytest.raises(UsageError, match=f"--{flag} nowhere: there is no program 'nowhere' in PATH"):
        Measured(f"--{flag}=nowhere", "--", "true")
