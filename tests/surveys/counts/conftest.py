"""A place where answers to be summed come in."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from surveys.tables import ServicePoint
from tests import builders


@pytest.fixture
def place(session: Session) -> ServicePoint:
    """A counter in a wave that is open; committed."""
    builders.open_wave(session)
    made = builders.counter(session)
    builders.collector(session, made)
    session.commit()
    return made
