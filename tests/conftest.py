"""What every test may ask for: a fresh database of each kind, and an app on it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import flask
import pytest
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine
from sqlmodel import Session
from werkzeug.routing import Rule

from surveys import database
from tests import databases


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure what is covered once, on SQLite: the measuring takes as long as the tests."""
    for item in items:
        call = getattr(item, "callspec", None)
        given = call.params.values() if call is not None else ()
        if any(isinstance(value, str) and value == "postgresql" for value in given):
            item.add_marker("no_cover")


@pytest.fixture(scope="session", autouse=True)
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Templates are compiled once for all apps: most of them are made for one short test."""
    cache = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    flask.Flask.jinja_options["bytecode_cache"] = cache


@pytest.fixture(scope="session", autouse=True)
def compiled_addresses() -> Iterator[None]:
    """Nor are addresses compiled anew for each app, which takes nine tenths of making one."""
    compiled: dict[tuple[str, str, bool], Callable[..., tuple[str, str]]] = {}
    compile_anew = Rule._compile_builder

    def compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, repr(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = compile_anew(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compile_once)
        yield


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
