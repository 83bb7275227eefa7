"""The app on a fresh database of each kind, at a fixed moment."""

from __future__ import annotations

from collections.abc import Iterator

import flask
import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from app import create_app
from app.settings import Settings
from surveys.offices import staff
from tests import builders, identity_provider
from tests.identity_provider import RunningProvider


@pytest.fixture(scope="package", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hashes that are made at once: nobody guesses the passwords of accounts made for one test."""
    with pytest.MonkeyPatch.context() as patch:
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(staff, "HASHER", quick)
        yield


@pytest.fixture
def app(database_url: str) -> Iterator[flask.Flask]:
    """The app at ten in the morning of `builders.TODAY`."""
    made = create_app(
        Settings(database_url=database_url, secret_key="test", clock=lambda: builders.NOW)
    )
    yield made
    made.extensions["engine"].dispose()


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    """A visitor's browser."""
    return app.test_client()


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProvider]:
    """A provider of identities, for all tests of a module."""
    with identity_provider.running(tmp_path_factory.mktemp("provider") / "log") as running:
        yield running


@pytest.fixture
def provider(elsewhere: RunningProvider) -> RunningProvider:
    """The same, honest again."""
    elsewhere.put("/twist", {})
    return elsewhere
