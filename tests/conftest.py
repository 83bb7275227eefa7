"""What every test may ask for: a fresh database of each kind, and an app on it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from surveys import database
from tests import databases


@pytest.fixture(scope="session")
def test_databases() -> Iterator[databases.Databases]:
    """The templates, and PostgreSQL running for this test process."""
    with tempfile.TemporaryDirectory(prefix="hailong-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        server_folder = folder / "server"
        server_folder.mkdir()
        with databases.postgresql_server(server_folder) as server:
            yield databases.Databases(folder, server)


@pytest.fixture(params=databases.KINDS)
def database_url(
    request: pytest.FixtureRequest, test_databases: databases.Databases
) -> Iterator[str]:
    """The address of a fresh database: the test runs once on each kind."""
    url = test_databases.fresh(request.param)
    yield url
    test_databases.drop(url)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on the fresh database."""
    engine = database.connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session that may write; the test commits if it wants to."""
    with Session(engine) as session:
        yield session
