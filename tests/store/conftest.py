"""Every test of a store is one of SQLite and one of PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.store.database.address import address
from scripts.store.database.connection import Store
from tests.store.server import Server, programs

KINDS = ("sqlite", "postgresql")
Open = Callable[..., Store]


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    found = programs()
    if found is None:
        pytest.skip("no PostgreSQL server is installed (Debian: postgresql)")
    with Server(found) as running:
        yield running


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a store that is not there yet."""
    return new_url(request.param, request, tmp_path)


def new_url(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if kind == "sqlite":
        return f"sqlite:///{folder}/store.sqlite"
    running: Server = request.getfixturevalue("server")
    return running.database()


@pytest.fixture
def heard() -> list[str]:
    """What stores have said meanwhile."""
    return []


@pytest.fixture
def opened(heard: list[str]) -> Open:
    """opened(url): the store, made where it is missing."""
    return lambda url, create=True: Store(address(url), heard.append, create)


@pytest.fixture
def store(url: str, opened: Open) -> Store:
    return opened(url)
