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
from sqlalchemy import Row, Select, and_, bindparam, delete, func, literal, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from surveys.counts import sums as vectors
from surveys.counts import tallies
from surveys.counts.sums import Counts
from surveys.counts.tallies import Selection, Tally
from surveys.questionnaires import registry
from surveys.questionnaires.questionnaire import Instrument
from surveys.tables import CellSum, PsuSum, Response, StoredInstrument, TallyChange, Wave

#: Responses between two folds of `fieldwork.responses`: a reader finds about as many not summed.
EVERY = 512
#: Changes that one fold takes at most: what it holds in memory.
AT_ONCE = 4096

_PSU = ("wave_id", "instrument_id", "unit_id", "point_id", "day", "field", "collector_kind")
_CELL = (*_PSU, "sex", "age_band")
_TABLES: tuple[tuple[Any, tuple[str, ...]], ...] = ((PsuSum, _PSU), (CellSum, _CELL))

_Key = tuple[Any, ...]


class _Sums(NamedTuple):
    """What is added to each key, or stands there."""

    keys: Sequence[_Key]
    people: Counts
    vectors: Counts


class Difference(NamedTuple):
    """A form of a wave whose sums are not those of its responses."""

    wave: Wave
    stored: StoredInstrument


def fold(session: Session, stored: StoredInstrument, *, at_most: int = AT_ONCE) -> int:
    """How many changes of a form were moved into its sums; 0 where another is doing it."""
    if not _alone(session, stored):
        return 0
    instrument = registry.instrument_of(stored)
    changes = session.execute(_oldest(stored, instrument, at_most)).all()
    if not changes:
        return 0
    added = _added(instrument, changes)
    for table, names in _TABLES:
        there = _there(session, table, names, changes, stored)
        _put(session, table, names, _plus(_together(added, len(names)), there))
    gone = col(TallyChange.id).in_([row.id for row in changes])
    session.connection().execute(delete(TallyChange).where(gone))
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


def recount(session: Session, wave: Wave) -> int:
    """How many responses of a wave were counted again; its sums are made anew from them.

    Nobody can record a response meanwhile: for repairs, and after loading very many at once.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE response IN SHARE MODE"))
    total = 0
    for stored, _ in tallies.forms(session, [wave.id or 0]):
        session.refresh(stored, with_for_update={"key_share": True})
        for table in (TallyChange, PsuSum, CellSum):
            of_form = Selection(stored, [wave.id or 0]).holds(table)
            session.execute(delete(table).where(*of_form))
        total += _count_units(session, wave, stored)
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
    labels = first.groups == second.groups
    return labels and all(map(np.array_equal, _arrays(first), _arrays(second)))


def _right(session: Session, wave: Wave, stored: StoredInstrument) -> Iterator[bool]:
    """Whether the sums are right, of the rows with and without sex and age band."""
    for by in ((), tallies.PERSONAL):
        kept = tallies.tally(session, stored, [wave.id or 0], by=by)
        wanted = Selection(stored, [wave.id or 0], by=by)
        yield same(kept, tallies.counted(session, wanted))


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
    columns = [getattr(TallyChange, name) for name in (*_CELL, "change", "answers", "others", "id")]
    return (
        sqlalchemy.select(*columns, literal(1).label("people"))
        .where(col(TallyChange.instrument_id) == stored.id)
        .where(func.length(TallyChange.answers) == instrument.answers_width)
        .where(func.length(TallyChange.others) == instrument.others_width)
        .order_by(col(TallyChange.id))
        .limit(at_most)
    )


def _added(instrument: Instrument, rows: Sequence[Row[Any]]) -> _Sums:
    """What rows of texts add to each cell; each stands for some people with the same change."""
    found: dict[_Key, int] = {}
    size = len(_CELL)
    place = np.array([found.setdefault(row[:size], len(found)) for row in rows], dtype=np.int64)
    number = np.array([row.people for row in rows], dtype=np.int64)
    change = np.array([row.change for row in rows], dtype=np.int64)
    people = np.zeros(len(found), dtype=np.int64)
    np.add.at(people, place, number * change)
    sums = vectors.summed(
        instrument,
        [row.answers for row in rows],
        [row.others for row in rows],
        group=np.repeat(place, number),
        change=np.repeat(change, number),
        groups=len(found),
    )
    return _Sums(list(found), people, sums)


def _together(sums: _Sums, size: int) -> _Sums:
    """The same by the first columns of the keys only."""
    found: dict[_Key, int] = {}
    place = [found.setdefault(key[:size], len(found)) for key in sums.keys]
    people = np.zeros(len(found), dtype=np.int64)
    added = np.zeros((len(found), sums.vectors.shape[1]), dtype=np.int64)
    np.add.at(people, place, sums.people)
    np.add.at(added, place, sums.vectors)
    return _Sums(list(found), people, added)


def _there(
    session: Session,
    table: Any,
    names: Sequence[str],
    changes: Sequence[Row[Any]],
    stored: StoredInstrument,
) -> _Sums:
    """What a table has where changes fall, looked up by these; and some more, which does no harm.

    Other writers add changes between these numbers, but nobody else writes sums of the form.
    """
    columns = [getattr(table, name) for name in names]
    fresh = (
        sqlalchemy.select(*(getattr(TallyChange, name) for name in names))
        .where(col(TallyChange.instrument_id) == stored.id)
        .where(col(TallyChange.id).between(changes[0].id, changes[-1].id))
        .distinct()
        .subquery()
    )
    same_place = [column == fresh.c[column.key] for column in columns]
    query = sqlalchemy.select(*columns, table.people, table.sums).join(fresh, and_(*same_place))
    rows = session.execute(query).all()
    width = vectors.width_of(registry.instrument_of(stored))
    return _Sums(
        [row[: len(names)] for row in rows],
        np.array([row.people for row in rows], dtype=np.int64),
        vectors.unpack([row.sums for row in rows], width),
    )


def _plus(added: _Sums, there: _Sums) -> _Sums:
    """What is added, and what is there of the same keys."""
    place = {key: n for n, key in enumerate(added.keys)}
    known = [n for n, key in enumerate(there.keys) if key in place]
    into = [place[there.keys[n]] for n in known]
    people, sums = added.people.copy(), added.vectors.copy()
    people[into] += there.people[known]
    sums[into] += there.vectors[known]
    return _Sums(added.keys, people, sums)


def _put(session: Session, table: Any, names: Sequence[str], sums: _Sums) -> None:
    """Stores rows in place of those with the same keys; a row without people goes."""
    rows = [dict(zip(names, key, strict=True)) for key in sums.keys]
    filled, empty = [], []
    for row, people, packed in zip(
        rows, sums.people.tolist(), vectors.pack(sums.vectors), strict=True
    ):
        if people:
            filled.append(row | {"people": people, "sums": packed})
        else:
            empty.append({f"of_{name}": value for name, value in row.items()})
    connection = session.connection()
    if filled:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        statement = dialect.insert(table)
        changed = {"people": statement.excluded.people, "sums": statement.excluded.sums}
        statement = statement.on_conflict_do_update(index_elements=names, set_=changed)
        connection.execute(statement, filled)
    if empty:
        places = [getattr(table, name) == bindparam(f"of_{name}") for name in names]
        connection.execute(delete(table).where(*places), empty)


def _count_units(session: Session, wave: Wave, stored: StoredInstrument) -> int:
    """How many responses were counted into the empty sums, unit by unit to hold few at once."""
    units = select(Response.unit_id).where(
        Response.wave_id == wave.id, Response.instrument_id == stored.id
    )
    total = 0
    for unit_id in session.exec(units.distinct().order_by(col(Response.unit_id))).all():
        wanted = Selection(stored, [wave.id or 0], [unit_id])
        rows = session.execute(tallies.texts(Response, _CELL, wanted)).all()
        added = _added(registry.instrument_of(stored), rows)
        for table, names in _TABLES:
            _put(session, table, names, _together(added, len(names)))
        total += int(added.people.sum())
    return total
