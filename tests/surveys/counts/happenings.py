"""Whatever may happen to responses and their sums, and whether these are right after it."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import delete, func, insert, update
from sqlmodel import Session, col, select

from surveys.counts import tallies, upkeep
from surveys.fieldwork import responses
from surveys.questionnaires.answers import Answers
from surveys.tables import PsuSum, Response, ServicePoint, StoredInstrument, TallyChange, Wave
from tests import builders, fieldwork

OTHERS = ("0902---1", "----010-", "2001110-")


def the_wave(session: Session) -> Wave:
    return session.exec(select(Wave)).one()


def the_form(session: Session) -> StoredInstrument:
    return session.exec(select(StoredInstrument)).one()


def people(session: Session) -> int:
    tally = tallies.tally(session, the_form(session), [the_wave(session).id or 0])
    return 0 if tally is None else int(tally.respondents.sum())


def rows(session: Session, table: type[TallyChange | PsuSum]) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def right(session: Session) -> bool:
    """Whether sums, with and without profiles, are what a count of the responses gives."""
    session.flush()
    return upkeep.verify(session, [the_wave(session)]) == []


def values(place: ServicePoint, session: Session, rng: random.Random) -> dict[str, object]:
    """A response of any kind, day, field and person."""
    kind = rng.choice(tallies.KINDS)
    day = builders.TODAY + dt.timedelta(rng.randint(0, 2))
    return {
        "wave_id": the_wave(session).id, "instrument_id": the_form(session).id,
        "unit_id": place.unit_id, "point_id": place.id, "collector_kind": kind,
        "collector_id": fieldwork.collector(session, place, kind).id,
        "field": rng.choice(["land", "justice"]), "day": day, "answered_at": builders.NOW,
        "language": "vi", "answers": "".join(rng.choices("12345-.0", k=4)),
        "others": rng.choice(OTHERS), "sex": rng.choice([None, "1", "2"]),
        "age_band": rng.choice([None, "1"]), "digest": "",
        "submission_key": uuid.uuid4().hex, "receipt": uuid.uuid4().hex,
    }  # fmt: skip


def chosen(session: Session, rng: random.Random) -> int | None:
    """The number of some response, if there is any."""
    ids = session.exec(select(Response.id).order_by(col(Response.id))).all()
    return rng.choice(ids) if ids else None


Step = Callable[[Session, ServicePoint, random.Random], object]


def record(session: Session, place: ServicePoint, rng: random.Random) -> None:
    many = [values(place, session, rng) for _ in range(rng.randint(1, 9))]
    session.execute(insert(Response), many)


def exclude_or_readmit(session: Session, place: ServicePoint, rng: random.Random) -> None:
    row = session.get(Response, chosen(session, rng) or 0)
    if row and row.excluded_at is None:
        responses.exclude(session, row.id or 0, reason="trùng", now=builders.NOW)
    elif row:
        responses.readmit(session, row.id or 0, reason="nhầm", now=builders.NOW)


def correct(session: Session, place: ServicePoint, rng: random.Random) -> None:
    number = chosen(session, rng)
    with suppress(responses.NothingCorrected, responses.UnknownResponse):
        given = entered(rng)
        responses.correct(session, number or 0, given, reason="nhập lại", now=builders.NOW)


def entered(rng: random.Random) -> Answers:
    """What a second entry of a paper form may say."""
    return Answers(
        "".join(rng.choices("12345-.0", k=4)), rng.choice(OTHERS), rng.choice([None, "1", "2"]),
        rng.choice([None, "1"]), (), rng.choice([None, "land", "justice"]),
    )  # fmt: skip


def change_by_hand(session: Session, place: ServicePoint, rng: random.Random) -> None:
    names = rng.sample(["answers", "others", "sex", "age_band", "field", "day"], 2)
    new = values(place, session, rng)
    session.execute(
        update(Response)
        .where(col(Response.id) == (chosen(session, rng) or 0))
        .values({name: new[name] for name in names})
    )


def remove(session: Session, place: ServicePoint, rng: random.Random) -> None:
    session.execute(delete(Response).where(col(Response.id) == (chosen(session, rng) or 0)))


def take_back(session: Session, place: ServicePoint, rng: random.Random) -> None:
    session.flush()
    nested = session.begin_nested()
    record(session, place, rng)
    upkeep.fold(session, the_form(session))
    nested.rollback()


def fold(session: Session, place: ServicePoint, rng: random.Random) -> None:
    upkeep.fold(session, the_form(session), at_most=rng.choice([1, 3, 1000]))


def recount(session: Session, place: ServicePoint, rng: random.Random) -> None:
    upkeep.recount(session, the_wave(session))


STEPS: tuple[Step, ...] = (
    record, record, record, exclude_or_readmit, exclude_or_readmit, correct, change_by_hand,
    remove,
    take_back, fold, fold, fold, recount,
)  # fmt: skip
