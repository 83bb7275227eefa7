"""Answers by the dozen for tests of sums and figures, put in as they would have been recorded."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from sqlalchemy import insert
from sqlmodel import Session, col, select

from surveys.fieldwork import waves
from surveys.places import collectors
from surveys.places.collectors import Kind
from surveys.questionnaires import registry
from surveys.tables import Collector, Population, Response, ServicePoint, StoredInstrument, Wave
from tests import builders

#: The other questions of the small form: 90 % of what was expected, would come back.
OTHERS = "0902---1"
#: Changes to the small form: all five figures; the code that the counter targets judge.
FIVE_FIGURES = ('figures = ["index"', 'figures = ["index", "mean_score", "comprehensive"')
COUNTER_FORM = (('code = "small"', 'code = "sipas-quay"'), FIVE_FIGURES)
GOOD, BAD = "5555", "2222"
DAYS = [dt.date(2026, 3, day) for day in range(2, 8)]


def answered(
    session: Session,
    wave: Wave,
    place: ServicePoint,
    packed: Iterable[str],
    *,
    field: str = "land",
    day: dt.date = builders.TODAY,
    kind: Kind = "open",
    others: str = OTHERS,
    sex: str | None = None,
    age_band: str | None = None,
) -> None:
    """Record one response for each packed text, all of one place, day and field."""
    noon = dt.datetime.combine(day, dt.time(5), tzinfo=dt.UTC)
    common = {
        "wave_id": wave.id, "instrument_id": waves.forms_of(session, wave)[place.kind].id,
        "unit_id": place.unit_id, "point_id": place.id,
        "collector_id": collector(session, place, kind).id, "collector_kind": kind,
        "field": field, "day": day, "answered_at": noon, "language": "vi", "others": others,
        "digest": "", "sex": sex, "age_band": age_band,
    }  # fmt: skip
    rows = [
        {**common, "answers": text, "submission_key": uuid.uuid4().hex, "receipt": uuid.uuid4().hex}
        for text in packed
    ]
    session.execute(insert(Response), rows)


def collector(session: Session, place: ServicePoint, kind: Kind) -> Collector:
    """The code of this kind at a place, made where there is none."""
    query = select(Collector).where(Collector.point_id == place.id, col(Collector.kind) == kind)
    found = session.exec(query).first()
    return found or collectors.issue(session, place, kind=kind, today=builders.FOUNDED)


def served(
    session: Session,
    place: ServicePoint,
    total: int,
    *,
    field: str = "land",
    month: dt.date = dt.date(2026, 3, 1),
) -> None:
    """Put the people whom the place's unit served in a field and month into the frame."""
    row = Population(
        unit_id=place.unit_id, field=field, month=month, total=total,
        source="khung.csv", imported_at=builders.NOW,
    )  # fmt: skip
    session.add(row)
    session.flush()


def say(
    session: Session, wave: Wave, place: ServicePoint, satisfied: int, *, of: int,
    day: dt.date = builders.TODAY, field: str = "land",
) -> None:  # fmt: skip
    """Record people of whom some are satisfied with everything and the others with nothing."""
    packed = [GOOD] * satisfied + [BAD] * (of - satisfied)
    answered(session, wave, place, packed, day=day, field=field)


def health_form(
    session: Session, code: str, kind: str, *changes: tuple[str, str]
) -> StoredInstrument:
    """The small form as a health form of one field, with further changes."""
    form = builders.instrument(
        ('code = "small"', f'code = "{code}"'),
        ('sector = "administration"', f'sector = "health"\nfield = "{kind}"'),
        ('points = ["counter"]', f'points = ["{kind}"]'),
        FIVE_FIGURES, *changes,
    )  # fmt: skip
    return registry.store(session, form, now=builders.NOW)
