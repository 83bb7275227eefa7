"""What the lists of units and of service points have in common: their cells, dates and storing."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, TypeVar

from sqlmodel import Session, select

from surveys import imports
from surveys.imports import Cell, CellError, Imported, Reader, Row
from surveys.questionnaires.programme import Field, Sector
from surveys.tables import ServicePoint, Unit

#: A unit's code and first day.
Key = tuple[str, dt.date]
#: By code, the first day of each unit that has it and the first day without that unit.
Periods = dict[str, dict[dt.date, dt.date]]

_Value = TypeVar("_Value")
_Key = TypeVar("_Key", bound=Hashable)
_Place = TypeVar("_Place", Unit, ServicePoint)


def put(
    session: Session, stored: dict[_Key, _Place], key: _Key, new: _Place, values: dict[str, Any]
) -> str:
    """What happened to a row: added, changed or unchanged; `stored` has it afterwards."""
    known = stored.get(key)
    if known is None:
        session.add(new)
        stored[key] = new
        return "added"
    if all(getattr(known, name) == value for name, value in values.items()):
        return "unchanged"
    known.sqlmodel_update(values)
    return "changed"


def imported(outcomes: Iterable[str]) -> Imported:
    """What an import did, from what happened to each row."""
    count = Counter(outcomes)
    return Imported(count["added"], count["changed"], count["unchanged"])


def periods_of(session: Session) -> Periods:
    """The dates of all stored units."""
    found: Periods = defaultdict(dict)
    for unit in session.exec(select(Unit)):
        found[unit.code][unit.valid_from] = unit.valid_to or dt.date.max
    return found


def during(periods: Periods, code: str, starts: dt.date, ends: dt.date) -> Key | None:
    """The last unit with a code that exists at some time between two days, if any does."""
    days = [day for day, end in periods.get(code, {}).items() if day < ends and starts < end]
    return (code, max(days)) if days else None


def dates(reader: Reader, row: Row) -> tuple[dt.date, dt.date | None] | None:
    """The first day and the first day after the last; None where they make no sense."""
    starts = reader.value(row, "valid_from", imports.day)
    ends = reader.value(row, "valid_to", optional(imports.day))
    if starts and ends and ends <= starts:
        reader.note(row, "valid_to", "Ngày hết hiệu lực phải sau ngày có hiệu lực; hãy sửa ngày")
    return (starts, ends) if starts else None


def one_of(names: Mapping[str, str]) -> Callable[[Cell], str]:
    """A reader of cells that hold one of some names, or the key that a name stands for."""
    keys = {**names, **{key: key for key in names.values()}}

    def parse(cell: Cell) -> str:
        name = imports.text(cell)
        if name.casefold() not in keys:
            raise CellError(f"Không có “{name}”; hãy dùng một trong: {'; '.join(names)}")
        return keys[name.casefold()]

    return parse


def optional(parse: Callable[[Cell], _Value]) -> Callable[[Cell], _Value | None]:
    """The same reader, for cells that may be blank."""
    return lambda cell: None if cell == "" else parse(cell)


def split(written: str) -> list[str]:
    """The names in a cell, separated by semicolons because names have commas and spaces."""
    return [name.strip() for name in written.split(";") if name.strip()]


def unknown_unit(code: str, periods: Periods) -> str:
    """Why a code leads to no unit, and which one may be meant."""
    close = imports.suggestion(code, periods)
    remedy = f"có phải {close}?" if close else "hãy kiểm tra mã và ngày"
    return f"Lúc đó không có đơn vị khác mang mã “{code}”; {remedy}"


def labels(things: Iterable[Sector | Field]) -> dict[str, str]:
    """The keys of sectors or fields by their Vietnamese names."""
    return {thing.label.vi.casefold(): thing.key for thing in things}
