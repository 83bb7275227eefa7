"""Sums cell by cell, and their packing: one text of bytes for all cells of a point and day.

A cell is what answers of one point and day are told apart by: field, kind of collector and, in the
finer of two packings, sex and age band. `tally_cell` gives each a number for good.

Packed, a place is one byte that says how wide its numbers are, then one record per cell in the
order of their numbers: number, sums of percentages, people and all sums that these bound. So a few
thousand places are read as one block, however many cells they have.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import sqlalchemy
from numpy.typing import NDArray
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from surveys.counts import sums
from surveys.counts.sums import Counts
from surveys.questionnaires.questionnaire import NUMBER_WIDTH, Instrument
from surveys.tables import TallyCell

#: How many bytes people may take; sums of percentages and their squares take four times as many.
_SIZES = (1, 2, 4)
#: No sum grows by more than this with a person: the square of a percentage.
_MOST = 10 ** (2 * NUMBER_WIDTH)
#: Sums up to here fit 32 bits, also when those of all kinds of collectors are added up.
_FITS = (2**31 - 1) // 4


class Cell(NamedTuple):
    """What answers of one point and day are told apart by; "" where it is not, or not said."""

    field: str
    kind: str
    sex: str = ""
    age_band: str = ""


class Texts(Protocol):
    """The packed answers of some people of one place and cell, as one text."""

    people: int
    #: +1, or -1 where they are to be taken away.
    change: int
    answers: str
    others: str


@dataclass(frozen=True, slots=True)
class Sums:
    """Vectors of sums (n, width) by place and cell, both by number; each pair once, in order."""

    instrument: Instrument
    place: Counts
    cell: Counts
    vectors: Counts

    @property
    def people(self) -> Counts:
        """The people (n,)."""
        return sums.people_of(self.instrument, self.vectors)

    @property
    def code(self) -> Counts:
        """One number for place and cell, in whose order they stand."""
        return self.place << 32 | self.cell

    def chosen(self, rows: NDArray[Any]) -> Sums:
        """Some of them, by number or by a mask."""
        return Sums(self.instrument, self.place[rows], self.cell[rows], self.vectors[rows])


def known(session: Session) -> dict[int, Cell]:
    """All cells by number."""
    table: Any = TallyCell
    query = sqlalchemy.select(
        table.id, table.field, table.collector_kind, table.sex, table.age_band
    )
    return {number: Cell(*cell) for number, *cell in session.execute(query)}


def numbered(session: Session, wanted: Collection[Cell]) -> Mapping[Cell, int]:
    """The numbers of cells; those that had none get one."""
    found = {cell: number for number, cell in known(session).items()}
    fresh = sorted({*wanted} - found.keys())
    if not fresh:
        return found
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    names = ("field", "collector_kind", "sex", "age_band")
    rows = [dict(zip(names, cell, strict=True)) for cell in fresh]
    # Another transaction may number the same: then this waits and finds its numbers.
    session.execute(insert(TallyCell).on_conflict_do_nothing(), rows)
    return {cell: number for number, cell in known(session).items()}


def together(first: Sums, second: Sums) -> Sums:
    """Both added up; cells in which nobody is left are left out."""
    rows = np.searchsorted(first.code, second.code)
    there = np.zeros(len(rows), dtype=bool)
    inside = rows < len(first.code)
    there[inside] = first.code[rows[inside]] == second.code[inside]
    most = int(first.people.max(initial=0)) * _MOST + int(np.abs(second.vectors).max(initial=0))
    vectors: NDArray[Any] = first.vectors.astype(np.int32 if most <= _FITS else np.int64)
    vectors[rows[there]] += second.vectors[there].astype(vectors.dtype)
    new, at = ~there, rows[~there]
    found = Sums(
        first.instrument,
        np.insert(first.place, at, second.place[new]),
        np.insert(first.cell, at, second.cell[new]),
        np.insert(vectors, at, second.vectors[new], axis=0),
    )
    return found.chosen(found.people != 0)


def counted(instrument: Instrument, texts: Sequence[Texts], places: Counts, cell: Counts) -> Sums:
    """The sums of people's texts at places and in cells, both one for each of the texts."""
    code, group = np.unique(places << 32 | cell, return_inverse=True)
    people = np.array([text.people for text in texts], dtype=np.int64)
    change = np.array([text.change for text in texts], dtype=np.int64)
    vectors = sums.summed(
        instrument,
        [text.answers for text in texts],
        [text.others for text in texts],
        group=np.repeat(group, people),
        change=np.repeat(change, people),
        groups=len(code),
    )
    found = Sums(instrument, code >> 32, code & (2**32 - 1), vectors)
    # Who came and was left out again is in no sum; taken away alone, they are below zero.
    return found.chosen(np.flatnonzero(vectors.any(axis=1)))


def coarse(fine: Sums, cell_of: Mapping[int, int]) -> Sums:
    """The same by fewer cells: `cell_of` names the one that each becomes part of."""
    into = np.zeros(max(cell_of, default=0) + 1, dtype=np.int64)
    into[list(cell_of)] = list(cell_of.values())
    code, group = np.unique(fine.place << 32 | into[fine.cell], return_inverse=True)
    vectors = added(fine.vectors.astype(np.int64), group, len(code))
    found = Sums(fine.instrument, code >> 32, code & (2**32 - 1), vectors)
    return found.chosen(np.flatnonzero(vectors.any(axis=1)))


def added(vectors: Counts, group: Counts, groups: int) -> Counts:
    """The sums of vectors by group, each of which has at least one."""
    if not groups:
        return vectors[:0]
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(groups))
    found: Counts = np.add.reduceat(vectors[order], starts, axis=0, dtype=vectors.dtype)
    return found


def pack(found: Sums, places: int) -> list[bytes]:
    """The sums of each place, from 0 on, in the narrowest whole numbers that hold them."""
    people = found.people
    if found.vectors.size and found.vectors.min() < 0:
        raise ValueError("a sum below zero: more was taken away than had been counted")
    ends = np.searchsorted(found.place, np.arange(places + 1))
    most = np.zeros(places, dtype=np.int64)
    np.maximum.at(most, found.place, people)
    packed = [b""] * places
    for size, low in zip(_SIZES, (0, 2**8, 2**16), strict=True):
        chosen = np.flatnonzero((most >= low) & (most < 2 ** (8 * size)))
        if chosen.size:
            records = _records(found, size).tobytes()
            width = _record(found.instrument, size).itemsize
            for place in chosen.tolist():
                first, last = ends[place] * width, ends[place + 1] * width
                packed[place] = bytes([size]) + records[first:last]
    return packed


def unpack(instrument: Instrument, packed: Sequence[bytes], places: Sequence[int]) -> Sums:
    """The sums that `pack` packed of places with these numbers; ValueError for another form's."""
    parts = [
        _unpacked(instrument, [(n, one) for n, one in zip(places, packed, strict=True)
                               if one[0] == size], size)
        for size in sorted({one[0] for one in packed})
    ]  # fmt: skip
    wide = any(part.vectors.dtype == np.int64 for part in parts)
    found = Sums(
        instrument,
        np.concatenate([np.zeros(0, dtype=np.int64), *(part.place for part in parts)]),
        np.concatenate([np.zeros(0, dtype=np.int64), *(part.cell for part in parts)]),
        np.concatenate(
            [
                np.zeros((0, sums.width_of(instrument)), dtype=np.int64 if wide else np.int32),
                *(part.vectors for part in parts),
            ]
        ),
    )
    code = found.code
    # Places are read in their order, so there is seldom anything to put right.
    return found if (code[1:] > code[:-1]).all() else found.chosen(np.argsort(code))


def _record(instrument: Instrument, size: int) -> np.dtype[Any]:
    """How a cell is packed where its people take so many bytes."""
    percents = sums.percents_of(instrument)
    return np.dtype(
        [
            ("cell", "<u4"),
            ("percents", f"<u{min(4 * size, 8)}", (percents,)),
            ("people", f"<u{size}", (sums.width_of(instrument) - percents,)),
        ]
    )


def _records(found: Sums, size: int) -> NDArray[Any]:
    percents = sums.percents_of(found.instrument)
    records = np.empty(len(found.cell), dtype=_record(found.instrument, size))
    records["cell"] = found.cell
    records["percents"] = found.vectors[:, :percents]
    records["people"] = found.vectors[:, percents:]
    return records


def _unpacked(instrument: Instrument, packed: Sequence[tuple[int, bytes]], size: int) -> Sums:
    record = _record(instrument, size if size in _SIZES else 1)
    cells, rest = np.divmod([len(one) - 1 for _, one in packed], record.itemsize)
    if size not in _SIZES or rest.any():
        raise ValueError("a sum is not of this form: count again")
    records = np.frombuffer(b"".join(one[1:] for _, one in packed), dtype=record)
    percents = sums.percents_of(instrument)
    vectors = np.empty(
        (len(records), sums.width_of(instrument)), dtype=np.int32 if size == 1 else np.int64
    )
    vectors[:, :percents] = records["percents"]
    vectors[:, percents:] = records["people"]
    place = np.repeat([number for number, _ in packed], cells)
    return Sums(instrument, place, records["cell"].astype(np.int64), vectors)
