"""The office's list of units, read from a table: all rows or none.

A row names a unit by its code and first day: a second import of the same list changes nothing,
a corrected one corrects, and units that a list leaves out stay. What an optional column would say
stays as it is where the list does not have that column; a blank cell empties it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, select

from surveys import imports
from surveys.imports import Column, Imported, Reader, Row, Table
from surveys.places import register_reading as reading
from surveys.places.register_reading import Key, Periods
from surveys.questionnaires.programme import Programme
from surveys.tables import Unit, UnitSuccession

COLUMNS = (
    Column("code", "mã"),
    Column("name", "tên"),
    Column("kind", "loại"),
    Column("valid_from", "hiệu lực từ"),
    Column("sector", "lĩnh vực", required=False),
    Column("parent", "mã cấp trên", required=False),
    Column("valid_to", "hết hiệu lực từ", required=False),
    Column("predecessors", "tiền nhiệm", required=False),
    Column("note", "ghi chú", required=False),
)
KINDS = {
    "xã": "commune", "một cửa": "one_stop", "ủy ban": "committee", "bệnh viện": "hospital",
    "trạm y tế": "clinic", "trường học": "school", "khác": "other",
}  # fmt: skip


def import_units(session: Session, table: Table, *, programme: Programme) -> Imported:
    """What changed once a list of units was stored; ImportRefused with every bad row."""
    found = _Units(Reader(table, COLUMNS), programme, reading.periods_of(session))
    lines = [line for row in table.rows if (line := found.line(row)) is not None]
    for line in lines:
        found.place(line)
    for line in lines:
        found.link(line)
    found.reader.refuse()
    return _store_units(session, lines, found.reader)


@dataclass(slots=True)
class _UnitLine:
    """A row of the list of units; parent and predecessors are found once all rows are read."""

    row: Row
    key: Key
    ends: dt.date
    values: dict[str, Any]
    parent: Key | None = None
    predecessors: list[Key] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Units:
    """The list of units as it is read."""

    reader: Reader
    programme: Programme
    periods: Periods
    _seen: dict[Key, int] = field(default_factory=dict)

    def line(self, row: Row) -> _UnitLine | None:
        """The row, or None where something in it cannot be read, which is noted."""
        value = self.reader.value
        sectors = reading.labels(self.programme.sectors)
        code, name = value(row, "code", imports.code), value(row, "name", imports.text)
        kind = value(row, "kind", reading.one_of(KINDS))
        sector = value(row, "sector", reading.optional(reading.one_of(sectors)))
        note = value(row, "note", reading.optional(imports.text))
        dates = reading.dates(self.reader, row)
        if code is None or name is None or kind is None or dates is None:
            return None
        starts, ends = dates
        values = {
            "name": name, "kind": kind, "sector": sector, "note": note or "", "valid_to": ends,
        }  # fmt: skip
        values = {key: each for key, each in values.items() if self.reader.has(key)}
        if not self.reader.has("valid_to"):
            ends = self.periods.get(code, {}).get(starts)
        return _UnitLine(row, (code, starts), ends or dt.date.max, values)

    def place(self, line: _UnitLine) -> None:
        """Takes the unit among the others; notes where two would have a code at the same time."""
        code, starts = line.key
        first = self._seen.setdefault(line.key, line.row.number)
        if first != line.row.number:
            reason = f"Dòng {line.row.number} trùng dòng {first}: cùng mã, cùng ngày hiệu lực"
            self.reader.note(line.row, "code", f"{reason}; hãy giữ một dòng")
        self.periods[code][starts] = line.ends

    def link(self, line: _UnitLine) -> None:
        """Finds the unit above and those before; notes codes that nothing has."""
        code, starts = line.key
        for other, ends in self.periods[code].items():
            if starts < other < line.ends or other < starts < ends:
                reason = f"Mã này còn dùng cho đơn vị có hiệu lực từ {other:%d/%m/%Y}"
                self.reader.note(line.row, "valid_from", f"{reason}; hãy sửa một trong hai")
        parent = self.reader.value(line.row, "parent", reading.optional(imports.code))
        if parent:
            line.parent = self._above(line, parent)
        before = self.reader.value(line.row, "predecessors", reading.optional(imports.code))
        for each in reading.split(before or ""):
            line.predecessors += self._before(line, each)

    def _above(self, line: _UnitLine, parent: str) -> Key | None:
        key = reading.during(self.periods, parent, line.key[1], line.ends)
        if key is None or key == line.key:
            self.reader.note(line.row, "parent", reading.unknown_unit(parent, self.periods))
        return key

    def _before(self, line: _UnitLine, code: str) -> list[Key]:
        earlier = [day for day in self.periods.get(code, ()) if day < line.key[1]]
        if not earlier:
            self.reader.note(line.row, "predecessors", reading.unknown_unit(code, self.periods))
        return [(code, max(earlier))] if earlier else []


def _store_units(session: Session, lines: Sequence[_UnitLine], reader: Reader) -> Imported:
    stored = {(unit.code, unit.valid_from): unit for unit in session.exec(select(Unit))}
    outcomes: dict[Key, str] = {}
    for line in lines:
        code, starts = line.key
        new = Unit(code=code, valid_from=starts, **line.values)
        outcomes[line.key] = reading.put(session, stored, line.key, new, line.values)
    session.flush()
    for line in lines:
        moved = reader.has("parent") and _move(stored, line)
        succeeded = reader.has("predecessors") and _succeed(session, stored, line)
        if (moved or succeeded) and outcomes[line.key] == "unchanged":
            outcomes[line.key] = "changed"
    session.flush()
    return reading.imported(outcomes.values())


def _move(stored: Mapping[Key, Unit], line: _UnitLine) -> bool:
    """Whether the unit hangs elsewhere than before."""
    unit = stored[line.key]
    before = unit.parent_id
    unit.parent_id = stored[line.parent].id if line.parent else None
    return before != unit.parent_id


def _succeed(session: Session, stored: Mapping[Key, Unit], line: _UnitLine) -> bool:
    """Whether the unit has other predecessors than before."""
    unit_id = stored[line.key].id or 0
    query = select(UnitSuccession).where(UnitSuccession.successor_id == unit_id)
    before = {link.predecessor_id: link for link in session.exec(query)}
    wanted = {stored[key].id or 0 for key in line.predecessors}
    for each in before.keys() - wanted:
        session.delete(before[each])
    for each in wanted - before.keys():
        session.add(UnitSuccession(predecessor_id=each, successor_id=unit_id))
    return before.keys() != wanted
