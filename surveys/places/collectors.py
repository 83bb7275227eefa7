"""Printed codes: each names a service point and outlives waves; a mistyped one is recognised.

CodeError(LookupError)
├── UnknownCode   nothing has this code; `.suggestions` are codes one slip away
└── RetiredCode   the code, its service point or its unit is no longer in use
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Collection
from typing import Literal, NamedTuple

from sqlalchemy import bindparam
from sqlmodel import Session, col, or_, select

from surveys.constraints import insert_unless_taken
from surveys.places import codes
from surveys.places.codes import normalise
from surveys.tables import Collector, ServicePoint, Unit

__all__ = [
    "CODE_LENGTH",
    "CodeError",
    "Kind",
    "Located",
    "RetiredCode",
    "UnknownCode",
    "address",
    "find",
    "in_use",
    "is_wellformed",
    "issue",
    "locate",
    "new_code",
    "normalise",
    "of_point",
    "retire",
]

#: Six characters and the check character: a thousand million codes.
CODE_LENGTH = 7
MOST_SUGGESTIONS = 3
Kind = Literal["open", "sampled", "staffed"]
#: Made once, for every scan and every answer asks it.
_PLACES = (
    select(Collector, ServicePoint, Unit)
    .join(ServicePoint, col(ServicePoint.id) == Collector.point_id)
    .join(Unit, col(Unit.id) == ServicePoint.unit_id)
    .where(col(Collector.code) == bindparam("code"))
)


class Located(NamedTuple):
    """A collector with the service point and the unit that it stands for."""

    collector: Collector
    point: ServicePoint
    unit: Unit


class CodeError(LookupError):
    """A typed or scanned code leads to no form."""


class UnknownCode(CodeError):
    """Nothing has this code."""

    def __init__(self, typed: str, suggestions: tuple[str, ...]) -> None:
        self.typed = typed
        self.suggestions = suggestions
        super().__init__(typed)


class RetiredCode(CodeError):
    """The code was taken out of use, or its service point or unit no longer exists."""

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        super().__init__(collector.code)


def is_wellformed(code: str) -> bool:
    """Whether a normalised code can be one of ours, before any look into the database."""
    return codes.is_wellformed(code, CODE_LENGTH)


def new_code(rng: random.Random) -> str:
    """A random code."""
    return codes.draw(rng, CODE_LENGTH)


def find(session: Session, typed: str, *, on: dt.date) -> Collector:
    """The collector with a code as somebody typed or scanned it; CodeError if it is not in use."""
    return locate(session, typed, on=on).collector


def locate(session: Session, typed: str, *, on: dt.date) -> Located:
    """The same with what it stands for, in one query."""
    code = normalise(typed)
    # What cannot be a code is not asked for: it may hold signs that a database refuses.
    rows = session.exec(_PLACES, params={"code": code}).all() if is_wellformed(code) else ()
    if not rows:
        raise UnknownCode(typed, _suggestions(session, code, on=on))
    found = Located(*rows[0])
    ends = (found.collector.retired_on, found.point.valid_to, found.unit.valid_to)
    if any(end is not None and end <= on for end in ends):
        raise RetiredCode(found.collector)
    return found


def issue(
    session: Session,
    point: ServicePoint,
    *,
    kind: Kind,
    today: dt.date,
    rng: random.Random = codes.UNGUESSABLE,
) -> Collector:
    """A new collector of a service point, with a code that nothing else has."""
    values = {"point_id": point.id, "kind": kind, "made_on": today}
    while True:
        made = insert_unless_taken(session, Collector, {**values, "code": new_code(rng)})
        if made is not None:
            return made


def of_point(session: Session, point_id: int) -> list[Collector]:
    """The collectors of a service point, retired ones too, in the order they were made."""
    query = select(Collector).where(Collector.point_id == point_id)
    return list(session.exec(query.order_by(col(Collector.id))))


def in_use(
    session: Session, point_ids: Collection[int], *, on: dt.date
) -> dict[int, list[Collector]]:
    """The collectors not retired on a day by service point, in the order they were made."""
    ends = col(Collector.retired_on)
    query = (
        select(Collector)
        .where(col(Collector.point_id).in_(point_ids), or_(ends.is_(None), ends > on))
        .order_by(col(Collector.id))
    )
    found: dict[int, list[Collector]] = {}
    for collector in session.exec(
        query.where(or_(ends.is_(None), ends > on)).order_by(col(Collector.id))
    ):
        found.setdefault(collector.point_id, []).append(collector)
    return found


def retire(session: Session, collector: Collector, *, today: dt.date) -> None:
    """Takes a code out of use from this day on; the answers given with it stay."""
    collector.retired_on = today
    session.add(collector)
    session.flush()


def address(base_url: str, code: str) -> str:
    """The address that a code stands for: what is printed under it and packed into it."""
    return f"{base_url.rstrip('/')}/k/{code}"


def _suggestions(session: Session, code: str, *, on: dt.date) -> tuple[str, ...]:
    candidates = codes.near(code, CODE_LENGTH)
    in_use = or_(col(Collector.retired_on).is_(None), col(Collector.retired_on) > on)
    query = select(Collector.code).where(col(Collector.code).in_(candidates), in_use)
    return tuple(session.exec(query.order_by(Collector.code).limit(MOST_SUGGESTIONS)))
