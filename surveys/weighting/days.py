"""The frame as programs tell it: people served day by day, added up to the months of the frame.

A day that is told again replaces what was told of it, so nothing is counted twice. All rows are
taken, or none. A month that a file has told stays as the file has it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import insert, update
from sqlmodel import Session, col, select

from surveys.tables import DayCount, Unit
from surveys.weighting import frame
from surveys.weighting.frame import Key

FaultKind = Literal["unit", "field", "ahead", "not_yet", "twice", "from_file"]
#: Unit, field and day.
_Day = tuple[int, str, dt.date]


@dataclass(frozen=True, slots=True)
class DayRow:
    """How many people a unit served in a field on a day."""

    unit: str
    field: str
    day: dt.date
    total: int


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row: its place, counted from 0, and the name of the value."""

    row: int
    name: str
    kind: FaultKind


class DaysRefused(ValueError):
    """Rows that cannot be taken; nothing was stored."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{len(self.faults)} faults")


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the rows."""

    added: int
    changed: int
    unchanged: int


def put(
    session: Session,
    rows: Sequence[DayRow],
    *,
    units: Mapping[str, Unit],
    fields: Collection[str],
    source: str,
    now: dt.datetime,
    today: dt.date,
) -> Told:
    """What became of the rows once they and the sums of their months are stored.

    Only of these units and fields, and of no day to come; otherwise DaysRefused with every fault.
    """
    faults = [*_faults(rows, units, fields, today), *_doubles(rows)]
    if faults:
        raise DaysRefused(sorted(faults, key=lambda fault: fault.row))
    given = {(units[row.unit].id or 0, row.field, row.day): row.total for row in rows}
    unit_ids = sorted({unit_id for unit_id, _, _ in given})
    _hold(session, unit_ids)
    months = {month_of(day) for _, _, day in given}
    known = _known(session, unit_ids, months)
    _refuse_filed(session, rows, units, known, months)
    told = _store(session, given, known)
    touched = {(unit_id, field, month_of(day)) for unit_id, field, day in given}
    sums = {key: total for key, total in _sums(known | given).items() if key in touched}
    names = {unit.id or 0: unit.code for unit in units.values()}
    frame.store(session, sums, source=source, now=now, names=names)
    return told


def month_of(day: dt.date) -> dt.date:
    """The first day of a day's month."""
    return day.replace(day=1)


def _faults(
    rows: Sequence[DayRow], units: Mapping[str, Unit], fields: Collection[str], today: dt.date
) -> Iterator[Fault]:
    for place, row in enumerate(rows):
        unit = units.get(row.unit)
        if unit is None:
            yield Fault(place, "unit", "unit")
        if row.field not in fields:
            yield Fault(place, "field", "field")
        if row.day > today:
            yield Fault(place, "day", "ahead")
        elif unit is not None and row.day < unit.valid_from:
            yield Fault(place, "day", "not_yet")


def _doubles(rows: Sequence[DayRow]) -> Iterator[Fault]:
    seen: set[tuple[str, str, dt.date]] = set()
    for place, row in enumerate(rows):
        key = (row.unit, row.field, row.day)
        if key in seen:
            yield Fault(place, "day", "twice")
        seen.add(key)


def _hold(session: Session, unit_ids: Collection[int]) -> None:
    """Have whoever tells of the same units wait: each must see the days of the other."""
    held = select(Unit.id).where(col(Unit.id).in_(unit_ids)).order_by(col(Unit.id))
    session.exec(held.with_for_update(key_share=True)).all()


def _known(
    session: Session, unit_ids: Collection[int], months: Collection[dt.date]
) -> dict[_Day, int]:
    query = select(
        col(DayCount.unit_id), col(DayCount.field), col(DayCount.day), col(DayCount.total)
    ).where(col(DayCount.unit_id).in_(unit_ids), col(DayCount.month).in_(months))
    return {(unit_id, field, day): total for unit_id, field, day, total in session.exec(query)}


def _refuse_filed(
    session: Session,
    rows: Sequence[DayRow],
    units: Mapping[str, Unit],
    known: Mapping[_Day, int],
    months: Collection[dt.date],
) -> None:
    unit_ids = {units[row.unit].id or 0 for row in rows}
    filed = frame.totals(session, unit_ids, months).keys() - _sums(known).keys()
    faults = [
        Fault(place, "day", "from_file")
        for place, row in enumerate(rows)
        if (units[row.unit].id or 0, row.field, month_of(row.day)) in filed
    ]
    if faults:
        raise DaysRefused(faults)


def _sums(days: Mapping[_Day, int]) -> dict[Key, int]:
    found: dict[Key, int] = defaultdict(int)
    for (unit_id, field, day), total in days.items():
        found[unit_id, field, month_of(day)] += total
    return dict(found)


def _store(session: Session, given: Mapping[_Day, int], known: Mapping[_Day, int]) -> Told:
    new, changed = [], []
    for (unit_id, field, day), total in given.items():
        before = known.get((unit_id, field, day))
        row = {"unit_id": unit_id, "field": field, "day": day, "total": total}
        if before is None:
            new.append({**row, "month": month_of(day)})
        elif before != total:
            changed.append(row)
    if new:
        session.execute(insert(DayCount), new)
    if changed:
        session.execute(update(DayCount), changed)
    return Told(len(new), len(changed), len(given) - len(new) - len(changed))
