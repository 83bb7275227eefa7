"""What looks odd about an answer: each sign at its limit, and none for what people do."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlmodel import Session

from surveys.counts import upkeep
from surveys.fieldwork import suspicion, waves
from surveys.fieldwork.suspicion import FLOOR, FLOOR_OF_QUEUE, OLD, Arrival, Pace
from tests import builders, fieldwork

MINUTE = dt.timedelta(minutes=1)


def arrival(**changes: Any) -> Arrival:
    """How a person's answer comes in, with some of it different."""
    usual = {"opened": builders.NOW - MINUTE, "arrived": builders.NOW, "answered": 5, "together": 1}
    return Arrival(**(usual | changes))


@pytest.mark.parametrize(
    ("changes", "signs"),
    [
        ({}, ()),
        ({"answered": 60}, ()),
        ({"answered": 61}, ("fast",)),
        ({"answered": 61, "queued": True}, ()),
        ({"opened": builders.NOW + MINUTE}, ("fast",)),
        ({"opened": builders.NOW - OLD}, ()),
        ({"opened": builders.NOW - OLD - MINUTE}, ("old",)),
        ({"opened": builders.NOW - OLD - MINUTE, "queued": True}, ()),
        ({"together": FLOOR}, ()),
        ({"together": FLOOR + 1}, ("burst",)),
        ({"together": FLOOR_OF_QUEUE, "queued": True}, ()),
        ({"together": FLOOR_OF_QUEUE + 1, "queued": True}, ("burst",)),
        ({"baited": True}, ("honeypot",)),
        ({"baited": True, "queued": True, "answered": 61}, ("honeypot",)),
        ({"baited": True, "answered": 61, "together": 999}, ("fast", "burst", "honeypot")),
    ],
)
def test_each_sign_begins_beyond_what_people_do(
    changes: dict[str, Any], signs: tuple[str, ...]
) -> None:
    assert suspicion.signs(arrival(**changes), Pace()) == signs


def test_a_busy_point_may_have_larger_crowds() -> None:
    quiet, busy = Pace(40), Pace(4800)
    assert (quiet.most(), quiet.most(queued=True)) == (FLOOR, FLOOR_OF_QUEUE)
    assert (busy.most(), busy.most(queued=True)) == (600, 28_800)
    assert busy.flood() == 6000


def test_the_usual_pace_is_that_of_the_middle_day(session: Session) -> None:
    wave = builders.open_wave(session)
    place = builders.counter(session)
    (stored,) = waves.forms_of(session, wave).values()
    for day, people in zip(fieldwork.DAYS, (3, 4, 60), strict=False):
        fieldwork.answered(session, wave, place, [fieldwork.GOOD] * people, day=day)
        fieldwork.answered(session, wave, place, [fieldwork.BAD], day=day, field="justice")
    assert suspicion.usual_pace(session, place, wave=wave, stored=stored) == Pace(0)
    upkeep.fold(session, stored)
    assert suspicion.usual_pace(session, place, wave=wave, stored=stored) == Pace(5)


def test_the_people_served_raise_the_pace(session: Session) -> None:
    wave = builders.open_wave(session)
    place = builders.counter(session)
    (stored,) = waves.forms_of(session, wave).values()
    fieldwork.served(session, place, 2000)
    fieldwork.served(session, place, 201, field="justice")
    fieldwork.served(session, place, 700, month=dt.date(2026, 2, 1))
    assert suspicion.usual_pace(session, place, wave=wave, stored=stored) == Pace(101)
