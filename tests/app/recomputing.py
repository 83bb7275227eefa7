"""Published years of several kinds, for tests of what others compute from them."""

from __future__ import annotations

import datetime as dt

import flask
from sqlmodel import Session, select

from surveys.fieldwork import waves
from surveys.fieldwork.plans import Plan
from surveys.tables import Margin, Release, ServicePoint, Wave
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
        return _publish(session, wave(session))


def published_split(app: flask.Flask, *pooling: tuple[str, str], beside_a_whole: bool) -> Release:
    """A published year of two counters where each person was asked one of three items.

    Beside a whole: in April everybody was asked everything, by the same form.
    """
    with Session(app.extensions["engine"]) as session:
        form = builders.instrument(*fieldwork.COUNTER_FORM, *pooling)
        stored = builders.stored(session, form)
        march = builders.draft(session, form=stored)
        waves.split(session, march, "counter", 1)
        asked = [(march, ("5..5", ".5.5", "..55", "..22", "2..5", ".3.2", "..45"))]
        if beside_a_whole:
            april = builders.draft(
                session, "dot-2", opens_on=dt.date(2026, 4, 1), closes_on=dt.date(2026, 4, 30),
                form=stored,
            )  # fmt: skip
            asked.append((april, ("5555", "2545", "4352", "55-5", "2-22")))
        places = [builders.counter(session, code) for code in ("17266", "17272")]
        for each, packed in asked:
            waves.open_wave(session, each)
            for offset, place in enumerate(places):
                _ask(session, each, place, packed, offset)
        return _publish(session, *(each for each, _ in asked))


def _ask(
    session: Session, each: Wave, place: ServicePoint, packed: tuple[str, ...], offset: int
) -> None:
    """Twelve days of two fields, each day with some of the answers more than once."""
    for number in range(1, 13):
        for field in ("land", "justice"):
            more = [packed[0]] * ((number + offset) % 4) + [packed[-1]] * (number % 3)
            fieldwork.answered(session, each, place, [*packed, *more], field=field,
                               day=each.opens_on.replace(day=number))  # fmt: skip
    for field, total in (("land", 700 + 400 * offset), ("justice", 900)):
        fieldwork.served(session, place, total, field=field, month=each.opens_on)


def _publish(session: Session, *open_waves: Wave) -> Release:
    for each in open_waves:
        waves.close(session, each, now=builders.NOW)
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
