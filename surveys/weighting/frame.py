"""The frame: how many people each unit served, per field of procedure and month.

An import replaces the totals of the unit, field and month that its rows name, and leaves the
others. It takes the whole file or nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, func, select

from surveys import imports
from surveys.imports import Change, Column, Imported, Reader, Row, Table
from surveys.questionnaires.programme import Programme
from surveys.tables import DayCount, Population, Unit

COLUMNS = (
    Column("unit", "mã đơn vị"),
    Column("field", "lĩnh vực"),
    Column("month", "tháng"),
    Column("total", "số lượt"),
)

#: Unit, field and first day of the month.
Key = tuple[int, str, dt.date]


@dataclass(frozen=True, slots=True)
class _Period:
    """The dates between which a unit exists; `ends` is the first day without it."""

    unit_id: int
    starts: dt.date
    ends: dt.date


def import_frame(
    session: Session, table: Table, *, programme: Programme, now: dt.datetime
) -> Imported:
    """What changed once the totals of a table were stored; ImportRefused with every bad row."""
    reading = _Reading(Reader(table, COLUMNS), _units(session), _fields(programme))
    for row in table.rows:
        reading.take(row)
    reading.reader.refuse()
    _forget_days(session, reading.totals)
    return store(session, reading.totals, source=table.source, now=now, names=reading.names)


def totals(
    session: Session,
    unit_ids: Collection[int] | None,
    months: Collection[dt.date],
    *,
    fields: Collection[str] | None = None,
) -> dict[Key, int]:
    """The people served by unit, field and month, as far as the frame tells.

    None means all units, or all fields.
    """
    # Columns, not rows of the session: a frame of a year has tens of thousands.
    query = select(
        col(Population.unit_id), col(Population.field), col(Population.month), col(Population.total)
    ).where(col(Population.month).in_(months))
    if unit_ids is not None:
        query = query.where(col(Population.unit_id).in_(unit_ids))
    if fields is not None:
        query = query.where(col(Population.field).in_(fields))
    return {(unit_id, field, month): total for unit_id, field, month, total in session.exec(query)}


def monthly(session: Session, year: int) -> dict[int, dict[dt.date, int]]:
    """The people served in a year by unit and month, all fields together; no entry, no total."""
    query = (
        select(col(Population.unit_id), col(Population.month), func.sum(Population.total))
        .where(col(Population.month).between(dt.date(year, 1, 1), dt.date(year, 12, 31)))
        .group_by(col(Population.unit_id), col(Population.month))
    )
    found: dict[int, dict[dt.date, int]] = defaultdict(dict)
    for unit_id, month, total in session.exec(query):
        found[unit_id][month] = int(total)
    return dict(found)


def years(session: Session) -> list[int]:
    """The years of which the frame has totals, newest first."""
    found = session.exec(select(col(Population.month)).distinct())
    return sorted({month.year for month in found}, reverse=True)


def months(first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
    """The first days of all months that two days and those between them fall in."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return tuple(dt.date(number // 12, number % 12 + 1, 1) for number in numbers)


class _Reading:
    """The totals of a file as they are read, row by row."""

    def __init__(
        self, reader: Reader, units: Mapping[str, list[_Period]], fields: Mapping[str, str]
    ) -> None:
        self.reader = reader
        self.totals: dict[Key, int] = {}
        #: The codes of the units, as the file has them.
        self.names: dict[int, str] = {}
        self._units = units
        self._fields = fields
        self._rows: dict[Key, int] = {}
        #: What was said of a wrong name, so that 100,000 rows with the same one stay quick.
        self._said: dict[tuple[str, str], str] = {}

    def take(self, row: Row) -> None:
        """Add one row, or note why it cannot be added."""
        code = self.reader.value(row, "unit", imports.code)
        field = self._field(row)
        month = self.reader.value(row, "month", imports.month)
        total = self.reader.value(row, "total", imports.whole_number)
        unit_id = self._unit_id(row, code, month) if code else None
        if unit_id is None or field is None or month is None or total is None:
            return
        key = (unit_id, field, month)
        first = self._rows.setdefault(key, row.number)
        if first != row.number:
            reason = f"Dòng {row.number} trùng dòng {first}: cùng đơn vị, lĩnh vực, tháng"
            self.reader.note(row, "unit", f"{reason}; hãy giữ một dòng")
        self.totals[key] = total
        self.names[unit_id] = code or ""

    def _field(self, row: Row) -> str | None:
        name = self.reader.value(row, "field", imports.text)
        if name is None:
            return None
        key = self._fields.get(name.casefold())
        if key is None:
            self.reader.note(row, "field", self._unknown("lĩnh vực", name, self._fields))
        return key

    def _unit_id(self, row: Row, code: str, month: dt.date | None) -> int | None:
        periods = self._units.get(code)
        if periods is None:
            self.reader.note(row, "unit", self._unknown("mã đơn vị", code, self._units))
            return None
        if month is None:
            return None
        following = month + dt.timedelta(31)
        for period in periods:
            if period.starts < following.replace(day=1) and period.ends > month:
                return period.unit_id
        self.reader.note(row, "month", _outside(periods))
        return None

    def _unknown(self, kind: str, name: str, known: Collection[str]) -> str:
        if (kind, name) not in self._said:
            close = imports.suggestion(name, known)
            remedy = f"có phải {close}?" if close else f"hãy dùng {kind} đã khai báo"
            self._said[kind, name] = f"Không có {kind} này; {remedy}"
        return self._said[kind, name]


def _outside(periods: list[_Period]) -> str:
    spans = (
        f"từ {period.starts:%d/%m/%Y}"
        + ("" if period.ends == dt.date.max else f" đến trước {period.ends:%d/%m/%Y}")
        for period in periods
    )
    return f"Trong tháng này không có đơn vị mang mã đó (mã có {', '.join(spans)}); hãy sửa tháng"


def _units(session: Session) -> dict[str, list[_Period]]:
    """All units by code; where a month saw two with one code, the earlier one has the month."""
    found = defaultdict(list)
    columns = (col(Unit.id), col(Unit.code), col(Unit.valid_from), col(Unit.valid_to))
    for unit_id, code, starts, ends in session.execute(
        select(*columns).order_by(col(Unit.valid_from))
    ):
        found[code].append(_Period(unit_id, starts, ends or dt.date.max))
    return dict(found)


def _fields(programme: Programme) -> dict[str, str]:
    """Field keys by what a file may call them: the key, or the Vietnamese or English label."""
    return {
        name.casefold(): field.key
        for field in programme.fields
        for name in (field.label.vi, field.label.en, field.key)
    }


def store(
    session: Session,
    read: Mapping[Key, int],
    *,
    source: str,
    now: dt.datetime,
    names: Mapping[int, str],
) -> Imported:
    """What changed once these totals were stored; `names` are the codes of the units."""
    stored = _stored(session, [month for _, _, month in read])
    new: list[dict[str, object]] = []
    changed: list[dict[str, object]] = []
    for key, total in read.items():
        if stored.get(key) == total:
            continue
        unit_id, field, month = key
        row = {"unit_id": unit_id, "field": field, "month": month, "total": total}
        (changed if key in stored else new).append({**row, "source": source, "imported_at": now})
    if new:
        session.execute(insert(Population), new)
    if changed:
        session.execute(update(Population), changed)
    changes = (
        Change(names[key[0]], key[1], key[2], stored[key], total)
        for key, total in read.items()
        if stored.get(key, total) != total
    )
    return Imported(len(new), len(changed), len(read) - len(new) - len(changed), tuple(changes))


def _forget_days(session: Session, read: Mapping[Key, int]) -> None:
    """What a file says of a month stands, whatever programs told of its days."""
    if not read:
        return
    months = [month for _, _, month in read]
    query = select(col(DayCount.unit_id), col(DayCount.field), col(DayCount.month)).distinct()
    told = session.exec(query.where(col(DayCount.month).between(min(months), max(months))))
    for unit_id, field, month in read.keys() & set(told.all()):
        of_month = (DayCount.unit_id == unit_id, DayCount.field == field, DayCount.month == month)
        session.execute(delete(DayCount).where(*of_month))  # type: ignore[arg-type]


def _stored(session: Session, dates: Collection[dt.date]) -> dict[Key, int]:
    """All totals between the first and the last of some months: one query however many units."""
    query = select(
        col(Population.unit_id),
        col(Population.field),
        col(Population.month),
        col(Population.total),
    ).where(col(Population.month).between(min(dates), max(dates)))
    return {(unit_id, field, month): total for unit_id, field, month, total in session.exec(query)}
