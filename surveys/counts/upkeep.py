"""Keeping the sums: what responses changed is moved into them, exactly once.

Three ways stood to choose from. Adding every answer to its sum at once makes all people of a
counter wait for one row until the other's commit. Remembering the newest response that is summed
loses answers on PostgreSQL, where an older number may be committed later. So every change is first
a row of its own (`tally_change`), which triggers write: no program can change a response and forget
it, writers never wait for one another, and a transaction that is taken back takes its change along.

`fold` takes such rows away and adds them to the sums, in one transaction and therefore both or
neither, also when it is killed. It deletes the very rows that it added, not those up to a number;
what is committed a moment later waits for the next time. Two never fold a form at once: the row of
the form is locked, and who finds it locked leaves the work to the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy
from sqlalchemy import Row, Select, and_, bindparam, delete, func, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from surveys.counts import cells, tallies
from surveys.counts.cells import Cell, Sums
from surveys.counts.tallies import PERSONAL, Psu, Selection, Tally
from surveys.questionnaires import registry
from surveys.questionnaires.questionnaire import Instrument
from surveys.tables import PsuSum, Response, StoredInstrument, TallyChange, Wave

#: Responses between two folds of `fieldwork.responses`: a reader finds about as many not summed.
EVERY = 2048
#: Changes that one fold takes at most: what it holds in memory.
AT_ONCE = 8192

_PLACE = ("instrument_id", *Psu._fields)


class _Both(NamedTuple):
    """The sums of some places, without sex and age band and with them."""

    coarse: Sums
    fine: Sums


class Difference(NamedTuple):
    """A form of a wave whose sums are not those of its responses."""

    wave: Wave
    stored: StoredInstrument


def fold(session: Session, stored: StoredInstrument, *, at_most: int = AT_ONCE) -> int:
    """How many changes of a form were moved into its sums; 0 where another is doing it."""
    if not _alone(session, stored):
        return 0
    instrument = registry.instrument_of(stored)
    session.flush()
    changes = session.connection().execute(_oldest(stored, instrument, at_most)).all()
    if not changes:
        return 0
    psus, fresh = _summed(session, instrument, changes)
    there = _there(session, instrument, changes, psus, stored)
    found = _Both(*(cells.together(*both) for both in zip(there, fresh, strict=True)))
    _put(session, stored, psus, found)
    _forget(session, [row.id for row in changes])
    return len(changes)


def fold_all(session: Session) -> int:
    """How many changes of all forms were moved into the sums."""
    waiting = select(TallyChange.instrument_id).distinct()
    query = select(StoredInstrument).where(col(StoredInstrument.id).in_(waiting))
    total = 0
    for stored in session.exec(query.order_by(col(StoredInstrument.id))).all():
        while folded := fold(session, stored):
            total += folded
    return total


def units(session: Session, wave: Wave) -> list[int]:
    """The units that have answers in a wave or sums of them."""
    found: set[int] = set()
    for table in (Response, PsuSum):
        query = select(table.unit_id).where(col(table.wave_id) == wave.id)
        found |= set(session.exec(query.distinct()))
    return sorted(found)


def recount(session: Session, wave: Wave, *, unit_ids: Collection[int] | None = None) -> int:
    """How many responses of a wave, of all units or some, are in its sums, which are made anew.

    Nobody need wait: what is kept is what one statement finds in the responses, less what the same
    statement finds waiting to be summed. Only folds stay away until the transaction ends.
    """
    total = 0
    wanted = units(session, wave) if unit_ids is None else unit_ids
    for stored, _ in tallies.forms(session, [wave.id or 0]):
        session.refresh(stored, with_for_update={"key_share": True})
        total += sum(_count_unit(session, wave, stored, unit_id) for unit_id in wanted)
    return total


def verify(session: Session, waves: Collection[Wave]) -> list[Difference]:
    """The forms of waves whose sums are not exactly those of a full recount.

    In a session of `database.reading`: what is compared must be of one moment.
    """
    asked = [
        (wave, stored) for wave in waves for stored, _ in tallies.forms(session, [wave.id or 0])
    ]
    return [Difference(*one) for one in asked if not all(_right(session, *one))]


def same(first: Tally | None, second: Tally | None) -> bool:
    """Whether two tallies of a form are equal in every sum."""
    if first is None or second is None:
        return first is second
    apart = [tally.told_apart(lambda psu: psu, lambda label: label)[0] for tally in (first, second)]
    return apart[0] == apart[1] and all(map(np.array_equal, _arrays(first), _arrays(second)))


def _right(session: Session, wave: Wave, stored: StoredInstrument) -> Iterator[bool]:
    """Whether the sums are right, of the rows with and without sex and age band, and of all."""
    for by in ((), PERSONAL):
        kept = tallies.tally(session, stored, [wave.id or 0], by=by)
        counted = tallies.counted(session, Selection(stored, [wave.id or 0], by=by))
        yield same(kept, counted)
    people = tallies.people(session, [wave.id or 0], stored)
    yield sum(people.values()) == (0 if counted is None else int(counted.respondents.sum()))


def _arrays(tally: Tally) -> Iterator[Any]:
    yield from (tally.kinds, tally.counts)
    for extra in tally.extras.values():
        yield from (extra.numerator, extra.denominator)
        yield () if extra.squares is None else extra.squares


def _alone(session: Session, stored: StoredInstrument) -> bool:
    """Whether the form is ours to fold until the transaction ends.

    The lock lets foreign keys of new responses pass. On SQLite only one writes anyway.
    """
    query = select(StoredInstrument.id).where(StoredInstrument.id == stored.id)
    locked = query.with_for_update(key_share=True, skip_locked=True)
    return session.exec(locked).one_or_none() is not None


def _oldest(stored: StoredInstrument, instrument: Instrument, at_most: int) -> Select[Any]:
    """Changes in the order in which they came, so that nobody is taken away before.

    A text that is not of this form stays where it is and stops the figures, as it must, but not
    the recording of others' answers.
    """
    names = (*Psu._fields, "field", "collector_kind", *PERSONAL, "change", "answers", "others")
    columns = [getattr(TallyChange, name) for name in (*names, "id")]
    return (
        sqlalchemy.select(*columns, literal(1).label("people"))
        .where(col(TallyChange.instrument_id) == stored.id)
        .where(func.length(TallyChange.answers) == instrument.answers_width)
        .where(func.length(TallyChange.others) == instrument.others_width)
        .order_by(col(TallyChange.id))
        .limit(at_most)
    )


def _summed(
    session: Session, instrument: Instrument, rows: Sequence[Any]
) -> tuple[list[Psu], _Both]:
    """The places of rows of texts in order, and what these add, with the places so numbered."""
    where = [row[:4] for row in rows]
    said = [row[4:8] for row in rows]
    psus = sorted({*where})
    whole = {cell: Cell(*cell[:2]) for cell in {*said}}
    numbers = cells.numbered(session, {*map(Cell._make, whole), *whole.values()})
    place_of = {psu: n for n, psu in enumerate(psus)}
    place = np.array([place_of[psu] for psu in where], dtype=np.int64)
    cell = np.array([numbers[each] for each in said], dtype=np.int64)
    fine = cells.counted(instrument, rows, place, cell)
    coarse = cells.coarse(fine, {numbers[a]: numbers[b] for a, b in whole.items()})
    return list(map(Psu._make, psus)), _Both(coarse, fine)


def _there(
    session: Session,
    instrument: Instrument,
    changes: Sequence[Row[Any]],
    psus: Sequence[Psu],
    stored: StoredInstrument,
) -> _Both:
    """What is kept of the places where changes fall, looked up by these.

    Other writers add changes between these numbers, but nobody else writes sums of the form.
    """
    fresh = (
        sqlalchemy.select(*(getattr(TallyChange, name) for name in Psu._fields))
        .where(col(TallyChange.instrument_id) == stored.id)
        .where(col(TallyChange.id).between(changes[0].id, changes[-1].id))
        .distinct()
        .subquery()
    )
    table: Any = PsuSum
    columns = [getattr(table, name) for name in Psu._fields]
    query = (
        sqlalchemy.select(*columns, table.sums, table.fine_sums)
        .where(table.instrument_id == stored.id)
        .join(fresh, and_(*(column == fresh.c[column.key] for column in columns)))
    )
    number: dict[Any, int] = {psu: n for n, psu in enumerate(psus)}
    found: Sequence[Any] = session.connection().execute(query).all()
    rows = sorted(tuple(row) for row in found if row[:4] in number)
    places = [number[row[:4]] for row in rows]
    return _Both(*(cells.unpack(instrument, [row[n] for row in rows], places) for n in (4, 5)))


def _put(session: Session, stored: StoredInstrument, psus: Sequence[Psu], found: _Both) -> None:
    """Stores the sums of places in place of those that were there; one without people goes."""
    people = np.zeros(len(psus), dtype=np.int64)
    np.add.at(people, found.coarse.place, found.coarse.people)
    packed = (cells.pack(each, len(psus)) for each in found)
    filled, empty = [], []
    for psu, number, coarse, fine in zip(psus, people.tolist(), *packed, strict=True):
        if number:
            key = {"instrument_id": stored.id, **psu._asdict()}
            filled.append({**key, "people": number, "sums": coarse, "fine_sums": fine})
        else:
            empty.append({f"of_{name}": value for name, value in psu._asdict().items()})
    connection = session.connection()
    if filled:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        statement = dialect.insert(PsuSum)
        changed = {name: statement.excluded[name] for name in ("people", "sums", "fine_sums")}
        connection.execute(
            statement.on_conflict_do_update(index_elements=_PLACE, set_=changed), filled
        )
    if empty:
        places = [getattr(PsuSum, name) == bindparam(f"of_{name}") for name in Psu._fields]
        of_form = col(PsuSum.instrument_id) == stored.id
        connection.execute(delete(PsuSum).where(of_form, *places), empty)


def _forget(session: Session, ids: Sequence[int]) -> None:
    """Takes away the very changes with these ascending numbers, stretch by stretch.

    Others may be committed between them at any moment, and wait for the next time.
    """
    numbers = np.array(ids)
    breaks = np.flatnonzero(np.diff(numbers) > 1) + 1
    stretches = [(part[0], part[-1]) for part in np.split(numbers, breaks)]
    inside = col(TallyChange.id).between(bindparam("first"), bindparam("last"))
    session.connection().execute(
        delete(TallyChange).where(inside),
        [{"first": int(first), "last": int(last)} for first, last in stretches],
    )


def _count_unit(session: Session, wave: Wave, stored: StoredInstrument, unit_id: int) -> int:
    """How many responses of a unit are in the sums that replace those which were there."""
    wanted = Selection(stored, [wave.id or 0], [unit_id], by=PERSONAL)
    waiting = tallies.texts(TallyChange, wanted, sign=-1)
    statement = sqlalchemy.union_all(tallies.texts(Response, wanted), waiting)
    session.flush()
    rows = session.connection().execute(statement).all()
    psus, found = _summed(session, registry.instrument_of(stored), rows)
    session.execute(delete(PsuSum).where(*wanted.holds(PsuSum)))
    _put(session, stored, psus, found)
    return int(found.coarse.people.sum())
