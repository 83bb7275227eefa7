"""Comments on their way: new, screened by Nội vụ, dealt with by a unit, and told to the public.

Nobody but Nội vụ reads a text before it was screened. A unit's office reads the comments of a wave
only once `FEWEST` people of the unit answered in it: with fewer it could tell who said what.

CommentError(Exception)
├── NotScreened    a comment that no office may deal with yet
├── WrongStatus    a status that comments do not have
└── NothingSaid    an answer, or a public pair, without words
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy
from sqlalchemy import ColumnElement, Select
from sqlmodel import Session, and_, col, func, select

from surveys.counts import tallies
from surveys.tables import Comment, CommentCase, Response, StoredInstrument, Unit, Wave

STATUSES = ("approved", "working", "answered", "closed")
#: What an office sets by itself; the first is Nội vụ's.
STEPS = STATUSES[1:]
CATEGORIES = ("procedure", "time", "attitude", "place", "fees", "online", "praise", "other")
#: What an office still has something to do with.
OPEN = ("approved", "working")
#: Fewer people than this could be told apart by whoever served them.
FEWEST = 10


class CommentError(Exception):
    """Something that cannot be done with a comment."""


class NotScreened(CommentError):
    """A comment that Nội vụ has not passed on yet."""


class WrongStatus(CommentError):
    """A status that comments do not have."""


class NothingSaid(CommentError):
    """An answer or a public pair without words."""


@dataclass(frozen=True, slots=True)
class Item:
    """A comment with what became of it, its unit and its wave."""

    comment: Comment
    case: CommentCase | None
    unit: Unit
    wave: Wave

    @property
    def status(self) -> str:
        """Where it stands: "new" until it was screened."""
        return self.case.status if self.case else "new"


@dataclass(frozen=True, slots=True)
class Queue:
    """The comments that an office may read, and how many wait for more answers."""

    items: tuple[Item, ...]
    held_back: int


def of_programme(
    session: Session, programme: str, *, status: str, offset: int = 0, limit: int = 50
) -> list[Item]:
    """The comments of all sectors in a state, the oldest first; "new" are those not screened."""
    query = _items().where(col(Wave.programme) == programme)
    state = col(CommentCase.status)
    query = query.where(state.is_(None) if status == "new" else state == status)
    ordered = query.order_by(col(Comment.response_id), col(Comment.question_code))
    return _found(session, ordered.offset(offset).limit(limit))


def numbers(session: Session, programme: str) -> dict[str, int]:
    """How many comments are in each state."""
    state = func.coalesce(CommentCase.status, "new")
    query = (
        select(state, func.count())
        .select_from(Comment)
        .join(CommentCase, _same(), isouter=True)
        .join(Response, col(Response.id) == Comment.response_id)
        .join(Wave, col(Wave.id) == Response.wave_id)
        .where(col(Wave.programme) == programme)
        .group_by(state)
    )
    return dict.fromkeys(("new", *STATUSES), 0) | dict(session.exec(query).all())


def overdue(session: Session, *, on: dt.date) -> tuple[int, dt.date | None]:
    """How many comments are past the day they should be answered by, and the first such day."""
    query = select(func.count(), func.min(CommentCase.due_on)).where(
        col(CommentCase.due_on) < on, col(CommentCase.status).in_(OPEN)
    )
    number, first = session.exec(query).one()
    return number, first


def find(session: Session, response_id: int, question_code: str) -> Item | None:
    """The comment of a response to a question, if there is one."""
    query = _items().where(
        col(Comment.response_id) == response_id, col(Comment.question_code) == question_code
    )
    return next(iter(_found(session, query)), None)


def find_case(session: Session, case_id: int) -> Item | None:
    """The screened comment with a number, if there is one and it may be read by its unit."""
    items = _found(session, _items().where(col(CommentCase.id) == case_id))
    return next(iter(_told(session, items)), None)


def of_units(session: Session, unit_ids: Collection[int], *, form: str | None = None) -> Queue:
    """The screened comments of some units, on one form if it is named: what is open and due first.

    In no order that tells when somebody came: neither the time nor the response's number.
    """
    query = _items().where(col(Response.unit_id).in_(unit_ids), col(CommentCase.id).is_not(None))
    if form is not None:
        of_form = select(StoredInstrument.id).where(StoredInstrument.code == form)
        query = query.where(col(Response.instrument_id).in_(of_form))
    items = _found(session, query)
    told = _told(session, items)
    ordered = sorted(told, key=_urgency)
    return Queue(tuple(ordered), len(items) - len(ordered))


def screen(
    session: Session,
    item: Item,
    *,
    shown: str,
    category: str,
    owner_id: int | None = None,
    due_on: dt.date | None = None,
) -> CommentCase:
    """The comment passed on to its unit in these words; again replaces what was said before."""
    if not shown.strip():
        raise NothingSaid
    case = item.case or CommentCase(
        response_id=item.comment.response_id, question_code=item.comment.question_code,
        shown="", status="approved", category=category,
    )  # fmt: skip
    case.shown, case.category = shown.strip(), category
    case.owner_id, case.due_on = owner_id, due_on
    session.add(case)
    session.flush()
    return case


def answer(session: Session, item: Item, *, words: str, status: str) -> CommentCase:
    """What an office says to a comment, and how far it is; "answered" needs words."""
    case = _case(item)
    if status not in STEPS:
        raise WrongStatus(status)
    if status == "answered" and not words.strip():
        raise NothingSaid
    case.answer, case.status = words.strip(), status
    session.flush()
    return case


def publish(
    session: Session, item: Item, *, summary: str, deed: str, now: dt.datetime
) -> CommentCase:
    """The pair of what people said and what was done, for everybody from now on."""
    case = _case(item)
    if not summary.strip() or not deed.strip():
        raise NothingSaid
    case.summary, case.deed, case.published_at = summary.strip(), deed.strip(), now
    session.flush()
    return case


def withdraw(session: Session, item: Item) -> None:
    """Takes a pair from the public page; nothing happens where there is none."""
    case = _case(item)
    case.summary = case.deed = ""
    case.published_at = None
    session.flush()


def published(session: Session, programme: str) -> list[Item]:
    """The comments whose pair is public, the newest first."""
    query = _items().where(
        col(Wave.programme) == programme, col(CommentCase.published_at).is_not(None)
    )
    newest = query.order_by(col(CommentCase.published_at).desc(), col(CommentCase.id).desc())
    return _found(session, newest)


def _case(item: Item) -> CommentCase:
    if item.case is None:
        raise NotScreened
    return item.case


def _same() -> ColumnElement[bool]:
    return and_(
        col(CommentCase.response_id) == Comment.response_id,
        col(CommentCase.question_code) == Comment.question_code,
    )


def _items() -> Select[Comment, CommentCase, Unit, Wave]:
    return (
        sqlalchemy.select(Comment, CommentCase, Unit, Wave)
        .join(CommentCase, _same(), isouter=True)
        .join(Response, col(Response.id) == Comment.response_id)
        .join(Unit, col(Unit.id) == Response.unit_id)
        .join(Wave, col(Wave.id) == Response.wave_id)
    )


def _found(session: Session, query: Select[Comment, CommentCase, Unit, Wave]) -> list[Item]:
    return [Item(*row) for row in session.execute(query)]


def _told(session: Session, items: Sequence[Item]) -> list[Item]:
    """Those of units that enough people answered about in the wave."""
    unit_ids = {item.unit.id or 0 for item in items}
    wave_ids = {item.wave.id or 0 for item in items}
    people = tallies.people_of_units(session, wave_ids, unit_ids)
    enough = {place for place, number in people.items() if number >= FEWEST}
    return [item for item in items if (item.unit.id, item.wave.id) in enough]


def _urgency(item: Item) -> tuple[object, ...]:
    case = _case(item)
    return (STATUSES.index(case.status), case.due_on or dt.date.max, case.shown)
