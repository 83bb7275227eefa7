"""The sums that every figure is computed from, one row per point, day and field, as they are now.

They are kept in `psu_sum`, one row per point and day, with and without sex and age band; responses
that are not in them yet stand in `tally_change`, written by the database itself together with the
response (see `surveys.counts.upkeep`). A response is in one of the two and never in both, and one
statement reads both, so that what is read is exact at its moment on both databases, whatever others
write. Excluded responses are left out.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
import sqlalchemy
from sqlalchemy import ColumnElement, LargeBinary, Select, Text, cast, func, literal, null
from sqlmodel import Session, col, select

from analysis import Extra, Items
from surveys.counts import cells
from surveys.counts import sums as vectors
from surveys.counts.cells import Cell, Sums
from surveys.counts.sums import Counts
from surveys.places.collectors import Kind
from surveys.questionnaires import registry
from surveys.questionnaires.questionnaire import Instrument
from surveys.tables import PsuSum, Response, StoredInstrument, TallyChange, WaveInstrument

#: How people came to answer, in the order of `Tally.kinds`.
KINDS: tuple[Kind, ...] = ("open", "sampled", "staffed")


class Psu(NamedTuple):
    """The place of a row: a unit's point on a day, in a wave."""

    unit_id: int
    wave_id: int
    point_id: int
    day: dt.date


class Label(NamedTuple):
    """What tells the rows of one place apart."""

    field: str
    #: Told apart only where a weighting plan needs them; "" where a person did not say.
    sex: str = ""
    age_band: str = ""


#: What people may say of themselves.
PERSONAL = Label._fields[1:]

_Left = TypeVar("_Left", bound=Hashable)
_Right = TypeVar("_Right", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Tally:
    """The sums of one form: R rows in order, K items, L answer values (`values`)."""

    stored: StoredInstrument
    instrument: Instrument
    #: All places and labels of rows, in order, and which of them each row is of, (R,).
    psus: tuple[Psu, ...]
    labels: tuple[Label, ...]
    psu_of_row: Counts
    label_of_row: Counts
    #: People per row, shape (R,), and by how they came to answer, (R, 3).
    respondents: Counts
    kinds: Counts
    #: Answers by row, item and value: (R, K, L).
    counts: Counts
    #: Sums of "comprehensive", and of "expectation" and "return" where the form asks for them.
    extras: dict[str, Extra]

    def told_apart(
        self, by: Callable[[Psu], _Left], label: Callable[[Label], _Right]
    ) -> tuple[list[tuple[_Left, _Right]], Counts]:
        """What rows are by their place and label, each once, and which of these each row is."""
        left, left_of = _coded(map(by, self.psus))
        right, right_of = _coded(map(label, self.labels))
        codes = left_of[self.psu_of_row] * len(right) + right_of[self.label_of_row]
        found, code_of_row = np.unique(codes, return_inverse=True)
        names = [(left[code // len(right)], right[code % len(right)]) for code in found.tolist()]
        return names, code_of_row

    def people(
        self, by: Callable[[Psu], _Left], label: Callable[[Label], _Right]
    ) -> Counter[tuple[_Left, _Right]]:
        """How many people answered, by place and label."""
        names, code_of_row = self.told_apart(by, label)
        people = np.zeros(len(names), dtype=np.int64)
        np.add.at(people, code_of_row, self.respondents)
        return Counter(dict(zip(names, people.tolist(), strict=True)))

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


def _coded(names: Iterable[_Left]) -> tuple[list[_Left], Counts]:
    """What is named, each once, and the place of each name among them."""
    places: dict[_Left, int] = {}
    found = np.array([places.setdefault(name, len(places)) for name in names], dtype=np.int64)
    return list(places), found


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

    def holds(self, table: Any) -> list[ColumnElement[bool]]:
        """The condition that picks these rows of a table."""
        conditions = [
            table.instrument_id == self.stored.id,
            col(table.wave_id).in_(self.wave_ids),
        ]
        if self.unit_ids is not None:
            conditions.append(col(table.unit_id).in_(self.unit_ids))
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
    statement = sqlalchemy.union_all(_kept(wanted), texts(TallyChange, wanted))
    return _tally(session, wanted, session.execute(statement).all())


def counted(session: Session, wanted: Selection) -> Tally | None:
    """The same from the responses themselves, in time that grows with them."""
    return _tally(session, wanted, session.execute(texts(Response, wanted)).all())


def people(
    session: Session, wave_ids: Collection[int], stored: StoredInstrument | None = None
) -> dict[int, int]:
    """How many answers, to one form or all, count in each of some waves; none, no entry."""
    each = _counting(
        wave_ids,
        lambda table: sqlalchemy.true() if stored is None else table.instrument_id == stored.id,
    )
    query = sqlalchemy.select(each.c.wave_id, func.sum(each.c.n)).group_by(each.c.wave_id)
    rows = session.execute(query)
    return {wave_id: int(number) for wave_id, number in rows if number}


def people_of_units(
    session: Session, wave_ids: Collection[int], unit_ids: Collection[int]
) -> dict[tuple[int, int], int]:
    """The same by unit and wave, of some units."""
    each = _counting(wave_ids, lambda table: table.unit_id.in_(unit_ids))
    place = (each.c.unit_id, each.c.wave_id)
    rows = session.execute(sqlalchemy.select(*place, func.sum(each.c.n)).group_by(*place))
    return {(unit_id, wave_id): int(number) for unit_id, wave_id, number in rows if number}


def _counting(
    wave_ids: Collection[int], condition: Callable[[Any], ColumnElement[bool]]
) -> sqlalchemy.Subquery:
    """Numbers of people, kept and come since, with unit and wave."""
    parts: tuple[tuple[Any, Any], ...] = (
        (PsuSum, PsuSum.people),
        (TallyChange, TallyChange.change),
    )
    return sqlalchemy.union_all(
        *(
            sqlalchemy.select(table.unit_id, table.wave_id, number.label("n"))
            .where(table.wave_id.in_(wave_ids))
            .where(condition(table))
            for table, number in parts
        )
    ).subquery()


def texts(table: Any, wanted: Selection, *, sign: int = 1) -> Select[Any]:
    """The packed texts of `Response`, or of `TallyChange`, as one for each cell and change.

    Columns: those of `Psu`, then of `Cell`, change (times `sign`), people, no sums, two texts.
    """
    change: Any = literal(sign) if table is Response else table.change * sign
    cell = [
        func.coalesce(getattr(table, name), "") if name in wanted.by else literal("")
        for name in PERSONAL
    ]
    keys = [getattr(table, name) for name in (*Psu._fields, "field", "collector_kind")] + [
        column.label(name) for name, column in zip(PERSONAL, cell, strict=True)
    ]
    query = sqlalchemy.select(
        *keys,
        change.label("change"), func.count().label("people"),
        cast(null(), LargeBinary).label("sums"),
        func.aggregate_strings(col(table.answers), "").label("answers"),
        func.aggregate_strings(col(table.others), "").label("others"),
    ).where(*wanted.holds(table))  # fmt: skip
    grouped = [*keys[:6], *(getattr(table, name) for name in PERSONAL if name in wanted.by)]
    if table is Response:
        return query.where(col(Response.excluded_at).is_(None)).group_by(*grouped)
    return query.group_by(*grouped, table.change)


def _kept(wanted: Selection) -> Select[Any]:
    """The sums that are kept, in the columns of `texts`."""
    table: Any = PsuSum
    names = ("field", "collector_kind", *PERSONAL)
    found: Select[Any] = sqlalchemy.select(
        *(getattr(table, name) for name in Psu._fields),
        *(cast(null(), Text).label(name) for name in names),
        literal(1).label("change"), table.people,
        (table.fine_sums if wanted.by else table.sums).label("sums"),
        cast(null(), Text).label("answers"), cast(null(), Text).label("others"),
    ).where(*wanted.holds(table))  # fmt: skip
    return found


def _tally(session: Session, wanted: Selection, rows: Sequence[Any]) -> Tally | None:
    """The rows put together, in the order of their places and labels."""
    psus = sorted({row[:4] for row in rows})
    number = {psu: n for n, psu in enumerate(psus)}
    names = cells.known(session)
    found = _sums(registry.instrument_of(wanted.stored), rows, number, names)
    labels = sorted({_label(cell, wanted.by) for cell in names.values()})
    return _made(wanted, found, psus, labels, names)


def _sums(
    instrument: Instrument, rows: Sequence[Any], number: dict[Any, int], names: dict[int, Cell]
) -> Sums:
    """What is kept and what was said since; cells without a number get one among `names`."""
    kept = [row for row in rows if row.sums is not None]
    stored = cells.unpack(instrument, [row.sums for row in kept], [number[row[:4]] for row in kept])
    fresh = [row for row in rows if row.sums is None]
    if not fresh:
        return stored
    numbers: dict[Any, int] = {cell: n for n, cell in names.items()}
    for cell in {row[4:8] for row in fresh} - numbers.keys():
        # Not in the database, and seen by nobody else: good for this reading only.
        numbers[cell] = max(names, default=0) + 1
        names[numbers[cell]] = Cell(*cell)
    places = np.array([number[row[:4]] for row in fresh], dtype=np.int64)
    said = np.array([numbers[row[4:8]] for row in fresh], dtype=np.int64)
    return cells.together(stored, cells.counted(instrument, fresh, places, said))


def _label(cell: Cell, by: Sequence[str]) -> Label:
    return Label(cell.field, *(getattr(cell, name) if name in by else "" for name in PERSONAL))


def _made(
    wanted: Selection,
    found: Sums,
    psus: Sequence[Any],
    labels: Sequence[Label],
    names: dict[int, Cell],
) -> Tally | None:
    """The tally of the kinds that are wanted, all that are alike added up."""
    rank = {label: n for n, label in enumerate(labels)}
    label_of, kind_of = (np.zeros(max(names, default=0) + 1, dtype=np.int64) for _ in range(2))
    for n, cell in names.items():
        label_of[n] = rank[_label(cell, wanted.by)]
        kind_of[n] = KINDS.index(cell.kind) if cell.kind in wanted.kinds else -1
    used = found.chosen(kind_of[found.cell] >= 0)
    code, group = np.unique(used.place * len(labels) + label_of[used.cell], return_inverse=True)
    if not code.size:
        return None
    kinds = np.zeros((len(code), len(KINDS)), dtype=np.int64)
    np.add.at(kinds, (group, kind_of[used.cell]), used.people)
    sums = cells.added(used.vectors, group, len(code))
    places, psu_of_row = np.unique(code // len(labels), return_inverse=True)
    told, label_of_row = np.unique(code % len(labels), return_inverse=True)
    return Tally(
        wanted.stored,
        found.instrument,
        psus=tuple(Psu(*psus[place]) for place in places.tolist()),
        labels=tuple(labels[label] for label in told.tolist()),
        psu_of_row=psu_of_row,
        label_of_row=label_of_row,
        respondents=kinds.sum(axis=1),
        kinds=kinds,
        counts=vectors.counts_of(found.instrument, sums),
        extras=vectors.extras_of(found.instrument, sums),
    )
