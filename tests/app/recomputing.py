"""Published years of several kinds, for tests of what others compute from them."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Session, select

from surveys.fieldwork import waves
from surveys.fieldwork.plans import Plan
from surveys.tables import Margin, Release, ServicePoint
from tests import builders, fieldwork, releasing
from tests.app.staffed import Offices, wave

#: The weighting plans, and whether a unit is without people served.
KINDS = ("poststratified", "raked", "one unit without frame")


def published(offices: Offices, kind: str) -> Release:
    """A published year of two counters (three without frame): fields, sexes, silent people."""
    with offices.session() as session:
        first, other = session.exec(select(ServicePoint)).all()
        _answer(session, [first, other])
        fieldwork.served(session, other, 700)
        if kind == "one unit without frame":
            _answer(session, [builders.counter(session, "17275")], served=False)
        if kind == "raked":
            _rake(session)
        waves.close(session, wave(session), now=builders.NOW)
        made = releasing.publish(
            session, programme=builders.programme(), sector="administration", year=2026,
            now=builders.NOW,
        )  # fmt: skip
        session.commit()
        session.refresh(made)
        session.expunge(made)
        return made


def _answer(session: Session, places: list[ServicePoint], *, served: bool = True) -> None:
    for offset, place in enumerate(places):
        for number in range(1, 13):
            day = dt.date(2026, 3, number)
            people = (("1", "land"), ("2", "land"), ("2", "justice"), (None, "justice"))
            for sex, field in people:
                bad = (number * (2 if sex == "1" else 1) + offset) % 4
                packed = ["5555"] * (5 - bad) + ["5355", "2545", "2-22"][:bad]
                fieldwork.answered(session, wave(session), place, packed, day=day,
                                   field=field, sex=sex)  # fmt: skip
        if served:
            fieldwork.served(session, place, 900, field="justice")


def _rake(session: Session) -> None:
    found = wave(session)
    waves.set_plan(session, found, Plan("rake", ("field", "sex")))
    for sex, total in (("1", 400), ("2", 1600)):
        row = Margin(
            wave_id=found.id or 0, sex=sex, age_band="", total=total, source="bien.csv",
            imported_at=builders.NOW,
        )  # fmt: skip
        session.add(row)
