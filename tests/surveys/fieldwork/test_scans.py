"""One look tells what a code opens, as it is at that moment."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from surveys.fieldwork import scans, waves
from surveys.fieldwork.scans import Scan
from surveys.places import collectors
from surveys.tables import Collector, ServicePoint, Unit
from tests import builders

TODAY = builders.TODAY


def look(engine: Engine, session: Session, code: Collector, *, on: dt.date = TODAY) -> Scan | None:
    """What the code opens, once everything is committed."""
    typed = code.code
    session.commit()
    return scans.look(engine, typed, today=on, day=on)


def test_a_look_tells_what_two_queries_would(
    engine: Engine, session: Session, code: Collector
) -> None:
    seen = look(engine, session, code)
    assert seen is not None
    located = collectors.locate(session, seen.collector.code, on=TODAY)
    asked = waves.form_for(session, located.point, on=TODAY)
    assert [row.model_dump() for row in seen[:3]] == [row.model_dump() for row in located]
    assert seen.asked.wave.model_dump() == asked.wave.model_dump()
    assert (seen.asked.stored.id, seen.asked.instrument) == (asked.stored.id, asked.instrument)
    session.rollback()
    assert scans.look(engine, seen.collector.code, today=TODAY, day=TODAY) is seen


def test_what_has_changed_is_seen_at_once(
    engine: Engine, session: Session, code: Collector
) -> None:
    look(engine, session, code)
    point = session.get_one(ServicePoint, code.point_id)
    point.name = "Quầy mới"
    seen = look(engine, session, code)
    assert seen is not None
    assert seen.point.name == "Quầy mới"


@pytest.mark.parametrize("table", [Collector, ServicePoint, Unit])
def test_what_is_out_of_use_opens_nothing(
    engine: Engine, session: Session, code: Collector, table: type
) -> None:
    point = session.get_one(ServicePoint, code.point_id)
    ended = {Collector: code, ServicePoint: point, Unit: session.get_one(Unit, point.unit_id)}
    setattr(ended[table], "retired_on" if table is Collector else "valid_to", TODAY)
    assert look(engine, session, code) is None


def test_a_day_without_a_wave_and_a_wrong_code_open_nothing(
    engine: Engine, session: Session, code: Collector
) -> None:
    assert look(engine, session, code, on=TODAY + dt.timedelta(days=400)) is None
    assert scans.look(engine, "\0" * 7, today=TODAY, day=TODAY) is None
