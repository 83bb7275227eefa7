"""The app on a fresh database of each kind, at a fixed moment."""

from __future__ import annotations

from collections.abc import Iterator

import flask
import pytest
from flask.testing import FlaskClient

from app import create_app
from app.settings import Settings
from tests import builders


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
