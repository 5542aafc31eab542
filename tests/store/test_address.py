"""Which URLs are a store's, and what none of them may hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.measuring.usage import UsageError
from scripts.store.database.address import address


def test_the_default_is_a_file_of_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FANOUT_STORE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert address(None).path == tmp_path / "fanout/history.sqlite"
    monkeypatch.setenv("XDG_DATA_HOME", "not/absolute")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert address(None).path == tmp_path / ".local/share/fanout/history.sqlite"


def test_the_flag_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FANOUT_STORE", "postgresql://ci@db/fanout")
    assert (address(None).kind, str(address(None))) == ("postgresql", "postgresql://ci@db/fanout")
    assert address("sqlite:////some/file").path == Path("/some/file")
    assert address("sqlite:///file").path == Path("file")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ci:hunter2@db/fanout",
        "postgresql://ci@db/fanout?password=hunter2",
        "postgresql://ci@db/fanout?sslpassword=hunter2",
        "mysql://ci:hunter2@db/fanout",
        "sqlite://ci:hunter2@db/fanout",
        "postgresql://ci:hunter2@db:port/fanout",
        "hunter2",
    ],
)
@pytest.mark.parametrize("by", ["flag", "environment"])
def test_a_password_is_refused_and_not_told(url: str, by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FANOUT_STORE", url)
    with pytest.raises(UsageError) as refused:
        address(url if by == "flag" else None)
    assert "hunter2" not in str(refused.value)
    assert str(refused.value).startswith("--store" if by == "flag" else "FANOUT_STORE")


def test_the_remedy_of_a_password_is_named() -> None:
    with pytest.raises(UsageError, match="PGPASSWORD or ~/.pgpass"):
        address("postgresql://ci:x@db/fanout")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://db/fanout", "no 'mysql'; write it as sqlite:///FILE or postgresql://"),
        ("postgresql+asyncpg://db/fanout", r"no 'postgresql\+asyncpg'"),
        ("postgres://db/fanout", "is no 'postgres'|is no URL"),
        ("results/store.sqlite", "is no URL: write it as sqlite:///FILE"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///file?mode=memory", "names no file"),
        ("sqlite://host/file", "names no file"),
        ("postgresql://db", "names no database"),
    ],
)
def test_what_is_no_store_is_refused(url: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        address(url)
