"""The office's list of service points, read from a table: all rows or none.

A row names a point by its unit and its code: a second import of the same list changes nothing, a
corrected one corrects, and points that a list leaves out stay. A blank cell under “lĩnh vực” means
every field of the kind; a list without that column leaves what is stored.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, select

from surveys import imports
from surveys.imports import CellError, Column, Imported, Reader, Row, Table
from surveys.places import register_reading as reading
from surveys.places.register_reading import Key, Periods
from surveys.questionnaires.programme import Programme
from surveys.tables import ServicePoint, Unit

COLUMNS = (
    Column("unit", "mã đơn vị"),
    Column("code", "mã điểm"),
    Column("name", "tên"),
    Column("kind", "loại"),
    Column("valid_from", "hiệu lực từ"),
    Column("fields", "lĩnh vực", required=False),
    Column("valid_to", "hết hiệu lực từ", required=False),
)
KINDS = {
    "quầy": "counter", "hộ gia đình": "household", "nội trú": "inpatient",
    "ngoại trú": "outpatient", "tiêm chủng": "immunisation", "mầm non": "preschool",
    "tiểu học": "primary", "trung học cơ sở": "lower_secondary",
    "trung học phổ thông": "upper_secondary",
}  # fmt: skip


def import_points(session: Session, table: Table, *, programme: Programme) -> Imported:
    """What changed once a list of service points was stored; ImportRefused with every bad row."""
    rows = _Points(Reader(table, COLUMNS), programme, reading.periods_of(session))
    for row in table.rows:
        rows.take(row)
    rows.reader.refuse()
    return _store_points(session, rows.found)


@dataclass(frozen=True, slots=True)
class _Points:
    """The list of service points as it is read."""

    reader: Reader
    programme: Programme
    periods: Periods
    #: Values by unit and code of the point.
    found: dict[tuple[Key, str], dict[str, Any]] = field(default_factory=dict)

    def take(self, row: Row) -> None:
        """Adds one row, or notes why it cannot be added."""
        value = self.reader.value
        code, name = value(row, "code", imports.code), value(row, "name", imports.text)
        kind = value(row, "kind", reading.one_of(KINDS))
        fields = value(row, "fields", reading.optional(imports.text)) or ""
        unit, dates = value(row, "unit", imports.code), reading.dates(self.reader, row)
        if code is None or name is None or kind is None or unit is None or dates is None:
            return
        starts, ends = dates
        key = reading.during(self.periods, unit, starts, ends or dt.date.max)
        if key is None:
            self.reader.note(row, "unit", reading.unknown_unit(unit, self.periods))
        elif (key, code) in self.found:
            self.reader.note(row, "code", "Đơn vị này đã có điểm với mã đó ở dòng trên; bỏ bớt một")
        else:
            values = {
                "name": name, "kind": kind, "fields": self._fields(row, kind, fields),
                "valid_from": starts, "valid_to": ends,
            }  # fmt: skip
            has = self.reader.has
            self.found[key, code] = {key: each for key, each in values.items() if has(key)}

    def _fields(self, row: Row, kind: str, written: str) -> str:
        """The keys of the fields in a cell, as a point stores them."""
        known = reading.labels(self.programme.fields_of(kind))
        parse, keys = reading.one_of(known), []
        for name in reading.split(written):
            try:
                keys.append(parse(name))
            except CellError as error:
                self.reader.note(row, "fields", str(error))
        return " ".join(keys)


def _store_points(session: Session, found: Mapping[tuple[Key, str], dict[str, Any]]) -> Imported:
    units = {(unit.code, unit.valid_from): unit.id or 0 for unit in session.exec(select(Unit))}
    stored = {(each.unit_id, each.code): each for each in session.exec(select(ServicePoint))}
    outcomes = []
    for (unit, code), values in found.items():
        new = ServicePoint(unit_id=units[unit], code=code, **values)
        outcomes.append(reading.put(session, stored, (units[unit], code), new, values))
    session.flush()
    return reading.imported(outcomes)
