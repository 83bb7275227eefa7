"""A place where people answer."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from surveys.tables import Collector
from tests import builders


@pytest.fixture
def code(session: Session) -> Collector:
    """The code of a counter where a wave is open."""
    builders.open_wave(session)
    return builders.collector(session, builders.counter(session))
