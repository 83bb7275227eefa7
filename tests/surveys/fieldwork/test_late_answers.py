"""Answers that waited for a network: they count for their day, if the wave took answers then."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from sqlmodel import Session

from surveys.fieldwork import responses, waves
from surveys.fieldwork.responses import Submission, WaveClosed
from surveys.tables import Wave
from tests import builders

LAST = dt.date(2026, 3, 31)


def late(session: Session, *, day: dt.date, after: int) -> Submission:
    """An answer of a day that arrives some days after the wave's last."""
    code = builders.collector(session, builders.counter(session))
    sent = builders.submission(session, code)
    moment = builders.NOW + (LAST - builders.TODAY) + dt.timedelta(after)
    return dataclasses.replace(sent, answered_on=day, now=moment)


@pytest.fixture
def wave(session: Session) -> Wave:
    """The wave of March 2026, open."""
    return builders.open_wave(session)


def test_a_late_answer_counts_for_its_day(session: Session, wave: Wave) -> None:
    sent = late(session, day=LAST, after=2)
    row = responses.record(session, sent).response
    assert row.day == LAST
    assert row.answered_at == sent.now
    again = dataclasses.replace(sent, answered_on=None)
    assert responses.record(session, again).response.receipt == row.receipt


@pytest.mark.parametrize("day", [dt.date(2026, 2, 28), dt.date(2026, 4, 1)])
def test_a_day_outside_the_wave_is_refused(session: Session, wave: Wave, day: dt.date) -> None:
    with pytest.raises(WaveClosed):
        responses.record(session, late(session, day=day, after=2))


def test_a_closed_wave_takes_no_late_answer(session: Session, wave: Wave) -> None:
    sent = late(session, day=LAST, after=2)
    waves.close(session, wave, now=builders.NOW)
    with pytest.raises(WaveClosed):
        responses.record(session, sent)
