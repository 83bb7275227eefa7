"""What a scanned code opens: a place and the form that is asked there, at one look.

Every opening of a form and every answer asks this, so it is one query by itself, and what it says
is made into objects once. A look only finds what is open; where it finds nothing,
`collectors.locate` and `waves.form_for` say why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import sqlalchemy
from sqlalchemy import Date, Engine, bindparam, or_
from sqlmodel import SQLModel, col

from surveys import singles
from surveys.fieldwork import waves
from surveys.fieldwork.waves import OpenForm
from surveys.places import collectors
from surveys.questionnaires.registry import instrument_of
from surveys.tables import Collector, ServicePoint, StoredInstrument, Unit, Wave, WaveInstrument

Table = TypeVar("Table", bound=SQLModel)

#: Places that one process knows at a time.
MOST_KNOWN = 4096
_FORM = ("id", "code", "version", "checksum")
_TODAY = bindparam("today", type_=Date)
_IN_USE = (
    or_(col(end).is_(None), col(end) > _TODAY)
    for end in (Collector.retired_on, ServicePoint.valid_to, Unit.valid_to)
)
_COLUMNS: tuple[Any, ...] = (
    *(sqlalchemy.inspect(table).local_table for table in (Collector, ServicePoint, Unit, Wave)),
    *(getattr(StoredInstrument, name) for name in _FORM),
    WaveInstrument.subset,
)
_OPENED = (
    sqlalchemy.select(*_COLUMNS)
    .select_from(Collector)
    .join(ServicePoint, col(ServicePoint.id) == Collector.point_id)
    .join(Unit, col(Unit.id) == ServicePoint.unit_id)
    .join(WaveInstrument, col(WaveInstrument.point_kind) == ServicePoint.kind)
    .join(Wave, col(Wave.id) == WaveInstrument.wave_id)
    .join(StoredInstrument, col(StoredInstrument.id) == WaveInstrument.instrument_id)
    .where(col(Collector.code) == bindparam("code"), *_IN_USE, *waves.OPEN_ON_DAY)
)
_TEXT = sqlalchemy.select(col(StoredInstrument.text)).where(
    col(StoredInstrument.id) == bindparam("id")
)


class Scan(NamedTuple):
    """A code in use with what is asked at its place; all of it only to be read."""

    collector: Collector
    point: ServicePoint
    unit: Unit
    asked: OpenForm


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a look saw; equal to that of any other look which saw the same."""

    row: tuple[Any, ...]
    engine: Engine = field(compare=False)


def look(engine: Engine, code: str, *, today: dt.date, day: dt.date) -> Scan | None:
    """What a normalised code in use today opens on a day; None where it opens nothing."""
    if not collectors.is_wellformed(code):
        return None  # it may hold signs that a database refuses
    rows = singles.glance(engine, _OPENED, {"code": code, "today": today, "day": day})
    return _scan(_Seen(tuple(rows[0]), engine)) if rows else None


@lru_cache(maxsize=MOST_KNOWN)
def _scan(seen: _Seen) -> Scan:
    values = iter(seen.row)
    collector, point = _object(Collector, values), _object(ServicePoint, values)
    unit, wave = _object(Unit, values), _object(Wave, values)
    form = dict(zip(_FORM, islice(values, len(_FORM)), strict=True))
    # The form of an open wave does not change any more.
    ((text,),) = singles.glance(seen.engine, _TEXT, {"id": form["id"]})
    stored = StoredInstrument(**form, text=text)
    return Scan(collector, point, unit, OpenForm(wave, stored, instrument_of(stored), next(values)))


def _object(table: type[Table], values: Iterator[Any]) -> Table:
    """A row of a table that belongs to no session, from its part of the values."""
    names = sqlalchemy.inspect(table).columns.keys()
    return table.model_validate(dict(zip(names, islice(values, len(names)), strict=True)))
