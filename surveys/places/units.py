"""The organisation: units with the dates between which they exist, and their service points.

Official codes are re-used for other territory and boundaries change, so every question about
units names a day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from surveys import imports
from surveys.tables import ServicePoint, Unit, UnitSuccession


def find(session: Session, code: str, *, on: dt.date) -> Unit | None:
    """The unit which has a code on a day, if there is one."""
    query = select(Unit).where(Unit.code == code, exists_on(Unit, on))
    return session.exec(query.order_by(col(Unit.valid_from).desc())).first()


def nearest(session: Session, typed: str, *, on: dt.date, most: int = 3) -> list[Unit]:
    """The units whose code, or whose name, is close to what somebody typed as a code."""
    by_word: dict[str, Unit] = {}
    for unit in existing(session, on=on):
        by_word.setdefault(unit.name, unit)
        by_word[unit.code] = unit
    found = [by_word[word] for word in imports.closest(typed, by_word, most=2 * most)]
    return list({unit.id: unit for unit in found}.values())[:most]


def below(session: Session, unit_id: int, *, on: dt.date) -> list[Unit]:
    """The unit and all below it that exist on a day, by code.

    What hangs under a unit that does not exist on that day is left out with it.
    """
    query = select(Unit).where(Unit.id == unit_id, exists_on(Unit, on))
    tree = query.with_only_columns(col(Unit.id)).cte("tree", recursive=True)
    children = select(Unit.id).where(Unit.parent_id == tree.c.id, exists_on(Unit, on))
    # UNION and not UNION ALL: a circle of parents, made by mistake, ends as well.
    tree = tree.union(children)
    wanted = select(Unit).where(col(Unit.id).in_(select(tree.c.id)))
    return list(session.exec(wanted.order_by(Unit.code, col(Unit.id))))


def existing(session: Session, *, on: dt.date) -> list[Unit]:
    """All units that exist on a day, by code."""
    query = select(Unit).where(exists_on(Unit, on))
    return list(session.exec(query.order_by(Unit.code, col(Unit.id))))


def of_sector(session: Session, sector: str, *, on: dt.date) -> list[Unit]:
    """The units of a sector that exist on a day, by code."""
    query = select(Unit).where(Unit.sector == sector, exists_on(Unit, on))
    return list(session.exec(query.order_by(Unit.code, col(Unit.id))))


def with_ids(session: Session, ids: Iterable[int]) -> list[Unit]:
    """The units with these ids, whenever they exist, by code."""
    query = select(Unit).where(col(Unit.id).in_(list(ids)))
    return list(session.exec(query.order_by(Unit.code, col(Unit.id))))


def predecessors(session: Session, unit: Unit) -> list[Unit]:
    """The units that this one took over from, wholly or in part, by code."""
    link = col(UnitSuccession.predecessor_id) == Unit.id
    query = select(Unit).join(UnitSuccession, link).where(UnitSuccession.successor_id == unit.id)
    return list(session.exec(query.order_by(Unit.code, col(Unit.id))))


def successors(session: Session, unit: Unit) -> list[Unit]:
    """The units that took over from this one, wholly or in part, by code."""
    link = col(UnitSuccession.successor_id) == Unit.id
    query = select(Unit).join(UnitSuccession, link).where(UnitSuccession.predecessor_id == unit.id)
    return list(session.exec(query.order_by(Unit.code, col(Unit.id))))


def points_of(session: Session, unit_ids: Iterable[int], *, on: dt.date) -> list[ServicePoint]:
    """The service points of some units that exist on a day, by unit and code."""
    wanted = col(ServicePoint.unit_id).in_(list(unit_ids))
    query = select(ServicePoint).where(wanted, exists_on(ServicePoint, on))
    return list(session.exec(query.order_by(col(ServicePoint.unit_id), ServicePoint.code)))


def exists_on(table: type[Unit] | type[ServicePoint], on: dt.date) -> ColumnElement[bool]:
    """The condition that a unit or a service point exists on a day."""
    ends = col(table.valid_to)
    return and_(col(table.valid_from) <= on, or_(ends.is_(None), ends > on))
