"""What a person of a split form answers beyond their part is kept once and counts nowhere."""

from __future__ import annotations

import pytest
from sqlmodel import Session, col, func, select

from surveys.fieldwork import responses, waves
from surveys.tables import Collector, Response, TallyChange, Wave
from tests import builders
from tests.builders import NOW


def split_response(session: Session) -> Response:
    """A response to a form that asked one item beside the overall one."""
    code = opened_code(session)
    return builders.response(session, code, given=builders.answers("5..4"))


def opened_code(session: Session) -> Collector:
    wave = builders.draft(session)
    waves.split(session, wave, "counter", 1)
    waves.open_wave(session, wave)
    return builders.collector(session, builders.counter(session))


def test_more_is_kept_once_and_enters_no_sum(session: Session) -> None:
    response = split_response(session)
    changes = session.exec(select(func.count(col(TallyChange.id)))).one()
    for _again in range(2):
        responses.add_more(session, response, ".02.", now=NOW)
    with pytest.raises(responses.MoreAnswered):
        responses.add_more(session, response, ".03.", now=NOW)
    assert (response.answers, response.more) == ("5..4", ".02.")
    assert session.exec(select(func.count(col(TallyChange.id)))).one() == changes


def test_a_closed_wave_takes_no_more(session: Session) -> None:
    response = split_response(session)
    waves.close(session, session.get_one(Wave, response.wave_id), now=NOW)
    with pytest.raises(responses.WaveClosed):
        responses.add_more(session, response, ".02.", now=NOW)
    assert not response.more
