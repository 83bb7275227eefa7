"""The sums that every figure is computed from, one row per point, day and field, as they are now.

They are kept in two tables, `psu_sum` and, by sex and age band too, `cell_sum`; responses that are
not in them yet stand in `tally_change`, written by the database itself together with the response
(see `surveys.counts.upkeep`). A response is in one of the two and never in both, and one statement
reads both, so that what is read is exact at its moment on both databases, whatever others write.
Excluded responses are left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy
from sqlalchemy import ColumnElement, LargeBinary, Row, Select, Text, cast, func, literal, null
from sqlmodel import Session, col, select

from analysis import Extra, Items
from surveys.counts import sums as vectors
from surveys.counts.sums import Counts
from surveys.places.collectors import Kind
from surveys.questionnaires import registry
from surveys.questionnaires.questionnaire import Instrument
from surveys.tables import (
    CellSum,
    PsuSum,
    Response,
    StoredInstrument,
    TallyChange,
    WaveInstrument,
)

#: How people came to answer, in the order of `Tally.kinds`.
KINDS: tuple[Kind, ...] = ("open", "sampled", "staffed")


class Group(NamedTuple):
    """What the answers of one row have in common."""

    unit_id: int
    wave_id: int
    point_id: int
    day: dt.date
    field: str
    #: Told apart only where a weighting plan needs them; "" where a person did not say.
    sex: str = ""
    age_band: str = ""


#: What every row has in common, whatever else it is told apart by.
_KEYS = Group._fields[:5]
#: What people may say of themselves.
PERSONAL = Group._fields[5:]


@dataclass(frozen=True, slots=True)
class Tally:
    """The sums of one form: R rows in order, K items, L answer values (`values`)."""

    stored: StoredInstrument
    instrument: Instrument
    groups: tuple[Group, ...]
    #: People per row, shape (R,), and by how they came to answer, (R, 3).
    respondents: Counts
    kinds: Counts
    #: Answers by row, item and value: (R, K, L).
    counts: Counts
    #: Sums of "comprehensive", and of "expectation" and "return" where the form asks for them.
    extras: dict[str, Extra]

    @property
    def items(self) -> Items:
        """The items as the analysis wants them: which values satisfy, and what each scores."""
        scales = [self.instrument.scale_of(item) for item in self.instrument.items]
        satisfied = [[value in s.satisfied for value in self.values] for s in scales]
        scores = [[float(v) if v in s.codes else np.nan for v in self.values] for s in scales]
        codes = [item.code for item in self.instrument.items]
        return Items(codes, satisfied, scores)

    @property
    def values(self) -> tuple[str, ...]:
        """The answer codes of all scales, in order."""
        return vectors.values_of(self.instrument)


class Asked(NamedTuple):
    """A form and the waves that ask it."""

    stored: StoredInstrument
    wave_ids: tuple[int, ...]


def forms(session: Session, wave_ids: Collection[int]) -> list[Asked]:
    """The forms that some waves ask, by code and version."""
    query = (
        select(StoredInstrument, WaveInstrument.wave_id)
        .join(WaveInstrument, col(WaveInstrument.instrument_id) == StoredInstrument.id)
        .where(col(WaveInstrument.wave_id).in_(wave_ids))
        .order_by(StoredInstrument.code, col(StoredInstrument.version), col(WaveInstrument.wave_id))
        .distinct()
    )
    found: dict[int, Asked] = {}
    for stored, wave_id in session.exec(query):
        before = found.get(stored.id or 0, Asked(stored, ()))
        found[stored.id or 0] = Asked(stored, (*before.wave_ids, wave_id))
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Selection:
    """Which sums: of one form in some waves, in all units or some, however people came or not."""

    stored: StoredInstrument
    wave_ids: Collection[int]
    unit_ids: Collection[int] | None = None
    kinds: Collection[Kind] = KINDS
    #: What people said of themselves that rows are told apart by, too.
    by: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that a row of the tally stands for, in its order."""
        return _KEYS + self.by

    def holds(self, table: Any) -> list[ColumnElement[bool]]:
        """The condition that picks these rows of a table."""
        conditions = [
            table.instrument_id == self.stored.id,
            col(table.wave_id).in_(self.wave_ids),
        ]
        if self.unit_ids is not None:
            conditions.append(col(table.unit_id).in_(self.unit_ids))
        if set(self.kinds) != set(KINDS):
            conditions.append(col(table.collector_kind).in_(self.kinds))
        return conditions


def tally(
    session: Session,
    stored: StoredInstrument,
    wave_ids: Collection[int],
    *,
    unit_ids: Collection[int] | None = None,
    kinds: Collection[Kind] = KINDS,
    by: Sequence[str] = (),
) -> Tally | None:
    """The sums of one form over some waves and units (all by default); None without answers.

    `kinds` leaves out people who came to answer in another way; rows are told apart by what
    people said of themselves, too, as far as `by` names it ("sex", "age_band").
    """
    wanted = Selection(stored, wave_ids, unit_ids, kinds, tuple(by))
    statement = sqlalchemy.union_all(_kept(wanted), texts(TallyChange, wanted.keys, wanted))
    return _tally(wanted, session.execute(statement).all())


def counted(session: Session, wanted: Selection) -> Tally | None:
    """The same from the responses themselves, in time that grows with them."""
    return _tally(wanted, session.execute(texts(Response, wanted.keys, wanted)).all())


def texts(
    table: type[Response | TallyChange], names: Sequence[str], wanted: Selection
) -> Select[Any]:
    """The packed texts of responses, or of what they changed, as one for each key and change."""
    # Where a response says nothing of sex or age, the empty text.
    keys = [
        func.coalesce(getattr(table, name), "").label(name)
        if name in PERSONAL else getattr(table, name)
        for name in names
    ]  # fmt: skip
    change = getattr(table, "change", literal(1))
    query = sqlalchemy.select(
        *keys, *((table.collector_kind,) if "collector_kind" not in names else ()),
        change.label("change"), func.count().label("people"),
        cast(null(), LargeBinary).label("sums"),
        func.aggregate_strings(col(table.answers), "").label("answers"),
        func.aggregate_strings(col(table.others), "").label("others"),
    ).where(*wanted.holds(table))  # fmt: skip
    if table is Response:
        query = query.where(col(Response.excluded_at).is_(None))
        return query.group_by(*keys, col(table.collector_kind))
    return query.group_by(*keys, col(table.collector_kind), change)


def _kept(wanted: Selection) -> Select[Any]:
    """The sums that are kept: keys, kind, change, people, vector, no texts."""
    table: Any = CellSum if wanted.by else PsuSum
    return sqlalchemy.select(
        *(getattr(table, name) for name in wanted.keys),
        table.collector_kind, literal(1).label("change"), table.people, table.sums,
        cast(null(), Text).label("answers"), cast(null(), Text).label("others"),
    ).where(*wanted.holds(table))  # fmt: skip


def _tally(wanted: Selection, rows: Sequence[Row[Any]]) -> Tally | None:
    """The rows put together by their keys, in the order of these."""
    size = len(wanted.keys)
    found: dict[tuple[Any, ...], int] = {}
    places = np.array([found.setdefault(row[:size], len(found)) for row in rows], dtype=np.int64)
    kinds = _people(rows, places, size, len(found))
    instrument = registry.instrument_of(wanted.stored)
    sums = _vectors(instrument, rows, places, len(found))
    order = [found[key] for key in sorted(found)]
    # Where everybody was taken away since, nothing is left to say.
    order = [place for place, people in zip(order, kinds[order].sum(axis=1), strict=True) if people]
    if not order:
        return None
    keys = list(found)
    return Tally(
        wanted.stored,
        instrument,
        groups=tuple(Group(**dict(zip(wanted.keys, keys[place], strict=True))) for place in order),
        respondents=kinds[order].sum(axis=1),
        kinds=kinds[order],
        counts=vectors.counts_of(instrument, sums[order]),
        extras=vectors.extras_of(instrument, sums[order]),
    )


def _people(rows: Sequence[Row[Any]], places: Counts, size: int, groups: int) -> Counts:
    """People by place and how they came, (groups, 3)."""
    number: Mapping[str, int] = {kind: n for n, kind in enumerate(KINDS)}
    kinds = np.array([number[row[size]] for row in rows], dtype=np.int64)
    people = np.array([row[size + 1] * row[size + 2] for row in rows], dtype=np.int64)
    found = np.zeros((groups, len(KINDS)), dtype=np.int64)
    np.add.at(found, (places, kinds), people)
    return found


def _vectors(
    instrument: Instrument, rows: Sequence[Row[Any]], places: Counts, groups: int
) -> Counts:
    """The vectors of all places: what is kept, and what was said since."""
    kept = np.array([row.sums is not None for row in rows], dtype=bool)
    stored = vectors.unpack(
        [row.sums for row in rows if row.sums is not None], vectors.width_of(instrument)
    )
    fresh = [row for row in rows if row.sums is None]
    people = np.array([row.people for row in fresh], dtype=np.int64)
    found = vectors.summed(
        instrument,
        [row.answers for row in fresh],
        [row.others for row in fresh],
        group=np.repeat(places[~kept], people),
        change=np.repeat(np.array([row.change for row in fresh], dtype=np.int64), people),
        groups=groups,
    )
    np.add.at(found, places[kept], stored)
    return found
