"""Units of the frame without answers, and units that answered without a frame."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Session

from surveys.tables import Unit
from surveys.weighting.coverage import coverage
from tests import builders, fieldwork

AFTER = dt.date(2026, 4, 2)


def test_what_is_missing_is_named_once_its_month_is_over(session: Session) -> None:
    silent, unframed = (builders.counter(session, code) for code in ("17266", "17272"))
    wave = builders.open_wave(session)
    fieldwork.served(session, silent, 500)
    fieldwork.answered(session, wave, unframed, ["5555"])
    assert not coverage(session, wave, on=builders.TODAY)
    found = coverage(session, wave, on=AFTER)
    assert found.without_answers == ((session.get_one(Unit, silent.unit_id), 500),)
    missing = (session.get_one(Unit, unframed.unit_id), (dt.date(2026, 3, 1),))
    assert found.without_totals == (missing,)


def test_nothing_is_missing_where_all_is_there(session: Session) -> None:
    place = builders.counter(session)
    wave = builders.open_wave(session)
    fieldwork.served(session, place, 500)
    fieldwork.answered(session, wave, place, ["5555"])
    assert not coverage(session, wave, on=AFTER)


def test_a_unit_that_the_wave_does_not_ask_is_not_missed(session: Session) -> None:
    place = builders.counter(session)
    asked_elsewhere = builders.unit(session, "uy-ban", sector="administration")
    hamlet = builders.point(session, asked_elsewhere, "xom-1", kind="household")
    wave = builders.open_wave(session)
    for spot in (place, hamlet):
        fieldwork.served(session, spot, 500)
    fieldwork.answered(session, wave, place, ["5555"])
    assert not coverage(session, wave, on=AFTER)
