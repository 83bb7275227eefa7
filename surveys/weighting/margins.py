"""Margins: of which sex and age the people of a wave are, as the frame tells their number.

A row of a file belongs to one unit of a wave or, without a unit, to all its units that have no rows
of their own. An import replaces the totals that its rows name, and takes the whole file or nothing.
Numbers by sex, by age band and by both of one place tell the same people three times: where they
contradict each other nothing is taken. Where all numbers of a kind are 0, it is not told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlmodel import Session, col, func, select

from surveys import imports
from surveys.fieldwork import waves
from surveys.fieldwork.plans import PERSONAL
from surveys.imports import Column, Imported, Reader, Row, Table
from surveys.places import units
from surveys.questionnaires.questionnaire import Option
from surveys.questionnaires.registry import instrument_of
from surveys.tables import Margin, Wave

COLUMNS = (
    Column("wave", "mã đợt"),
    Column("unit", "mã đơn vị", required=False),
    Column("sex", "giới tính", required=False),
    Column("age_band", "nhóm tuổi", required=False),
    Column("total", "số người"),
)

#: Sex and age band as the forms code them; "" where margins do not tell.
Person = tuple[str, str]
#: By unit, and under None those of all other units.
Known = Mapping[int | None, Mapping[Person, int]]
#: By so much two numbers of the same people may differ: they may be counted on other days.
TOLERANCE = 0.01
#: Wave, unit or None, sex, age band.
_Key = tuple[int, int | None, str, str]


def import_margins(session: Session, table: Table, *, now: dt.datetime) -> Imported:
    """What changed once the margins of a table were stored; ImportRefused with every bad row."""
    reading = _Reading(session, Reader(table, COLUMNS))
    for row in table.rows:
        reading.take(row)
    reading.compare()
    reading.reader.refuse()
    return _store(session, reading.totals, source=table.source, now=now)


def known(session: Session, wave_ids: Collection[int]) -> dict[int, Known]:
    """The margins of some waves."""
    found: dict[int, dict[int | None, dict[Person, int]]] = {wave: {} for wave in wave_ids}
    for row in session.exec(select(Margin).where(col(Margin.wave_id).in_(wave_ids))):
        found[row.wave_id].setdefault(row.unit_id, {})[row.sex, row.age_band] = row.total
    return dict(found)


class Contradiction(NamedTuple):
    """Two numbers of the same people that cannot both be.

    Of a level of sex or age band `first` stands by itself and `second` is the sum over both;
    without a `key` they are the sums over sexes and over age bands.
    """

    key: str
    level: str
    first: int
    second: int


def contradictions(place: Mapping[Person, int]) -> list[Contradiction]:
    """What the numbers of one place say differently of the same people."""
    told: dict[str, dict[Person, int]] = {}
    for person, total in place.items():
        way = "both" if all(person) else PERSONAL[0 if person[0] else 1]
        told.setdefault(way, {})[person] = total
    told = {way: rows for way, rows in told.items() if any(rows.values())}
    found = []
    for number, key in enumerate(PERSONAL):
        alone, across = (_by_level(told.get(way, {}), number) for way in (key, "both"))
        if alone and across:
            levels = dict.fromkeys([*alone, *across])
            pairs = [(level, alone.get(level, 0), across.get(level, 0)) for level in levels]
            found += [Contradiction(key, *pair) for pair in pairs if differ(*pair[1:])]
    sums = [sum(told[key].values()) for key in PERSONAL if key in told]
    if len(sums) == len(PERSONAL) and differ(*sums):
        found.append(Contradiction("", "", *sums))
    return found


def _by_level(rows: Mapping[Person, int], number: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for person, total in rows.items():
        found[person[number]] = found.get(person[number], 0) + total
    return found


def differ(one: float, other: float, tolerance: float = TOLERANCE) -> bool:
    """Whether two numbers of the same people are further apart than a share of the larger."""
    return abs(one - other) > tolerance * max(one, other)


def of_programme(session: Session, programme: str) -> list[Wave]:
    """The waves of a programme that have margins, those that came last first."""
    newest = func.max(Margin.imported_at)
    query = (
        select(Wave)
        .join(Margin, col(Margin.wave_id) == Wave.id)
        .where(Wave.programme == programme)
        .group_by(col(Wave.id))
        .order_by(newest.desc(), col(Wave.id).desc())
    )
    return list(session.exec(query))


def rows_of(session: Session, wave: Wave) -> list[Margin]:
    """The margins of a wave: of all other units first, then unit by unit."""
    query = select(Margin).where(Margin.wave_id == wave.id)
    found = session.exec(query).all()
    return sorted(found, key=lambda row: (row.unit_id or 0, row.sex, row.age_band))


def options(session: Session, wave: Wave, key: str) -> dict[str, Option]:
    """What people of a wave can say of their sex or age band, over all its forms, by code."""
    found: dict[str, Option] = {}
    for stored in waves.forms_of(session, wave).values():
        for question in instrument_of(stored).profile:
            if question.code == key:
                found |= {option.code: option for option in question.options}
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class _Place:
    """A wave with the words for sex and age that its forms know."""

    wave: Wave
    codes: Mapping[str, Mapping[str, str]]


class _Reading:
    """The margins of a file as they are read, row by row."""

    def __init__(self, session: Session, reader: Reader) -> None:
        self.reader = reader
        self.totals: dict[_Key, int] = {}
        self._session = session
        self._rows: dict[_Key, int] = {}
        self._seen: dict[_Key, Row] = {}
        self._waves: dict[str, _Place | None] = {}
        self._units: dict[tuple[str, dt.date], int | None] = {}

    def take(self, row: Row) -> None:
        """Add one row, or note why it cannot be added."""
        total = self.reader.value(row, "total", imports.whole_number)
        place = self._place(row)
        if place is None:
            return
        unit_id = self._unit_id(row, place.wave)
        sex, age_band = (self._code(row, key, place) for key in PERSONAL)
        if total is None or unit_id == 0 or sex is None or age_band is None:
            return
        if not (sex or age_band):
            self.reader.note(row, "sex", "Chưa ghi giới tính hay nhóm tuổi; hãy ghi ít nhất một")
            return
        key = (place.wave.id or 0, unit_id, sex, age_band)
        first = self._rows.setdefault(key, row.number)
        if first != row.number:
            reason = f"Dòng {row.number} trùng dòng {first}: cùng đợt, đơn vị, giới tính, nhóm tuổi"
            self.reader.note(row, "wave", f"{reason}; hãy giữ một dòng")
        self.totals[key] = total
        self._seen[key] = row

    def compare(self) -> None:
        """Note where numbers of the same people contradict each other, stored ones among them."""
        places: dict[tuple[int, int | None], dict[Person, int]] = {}
        stored = _stored(self._session, {key[0] for key in self.totals})
        before = {key: row.total for key, row in stored.items()}
        for (wave_id, unit_id, *person), total in {**before, **self.totals}.items():
            places.setdefault((wave_id, unit_id), {})[person[0], person[1]] = total
        for place, row in {key[:2]: row for key, row in self._seen.items()}.items():
            for each in contradictions(places[place]):
                self.reader.note(row, "total", self._contradiction(place[0], each))

    def _contradiction(self, wave_id: int, found: Contradiction) -> str:
        """Two numbers that cannot both be, and what to do."""
        remedy = "hãy sửa cho khớp, hoặc ghi 0 ở mọi dòng của một trong hai cách ghi"
        if not found.key:
            return (
                f"Cùng nơi này, cộng theo giới tính là {found.first} người mà cộng theo nhóm tuổi "
                f"là {found.second} người; {remedy}"
            )
        known = options(self._session, self._session.get_one(Wave, wave_id), found.key)
        level = known[found.level].label.vi if found.level in known else found.level
        return (
            f"Cùng nơi này, “{level}” ghi riêng là {found.first} người mà cộng các dòng ghi cả "
            f"giới tính và nhóm tuổi là {found.second} người; {remedy}"
        )

    def _place(self, row: Row) -> _Place | None:
        code = self.reader.value(row, "wave", imports.code)
        if code is None:
            return None
        if code not in self._waves:
            wave = waves.find(self._session, code)
            self._waves[code] = (
                None
                if wave is None
                else _Place(
                    wave, {key: _words(options(self._session, wave, key)) for key in PERSONAL}
                )
            )
        if self._waves[code] is None:
            self.reader.note(row, "wave", "Không có đợt này; hãy dùng mã đợt đã tạo")
        return self._waves[code]

    def _unit_id(self, row: Row, wave: Wave) -> int | None:
        """The unit's number; None for all other units, 0 where there is no such unit."""
        if self.reader.cell(row, "unit") == "":
            return None
        code = self.reader.value(row, "unit", imports.code)
        if code is None:
            return 0
        if (code, wave.opens_on) not in self._units:
            days = (wave.opens_on, wave.closes_on)
            found = (units.find(self._session, code, on=day) for day in days)
            self._units[code, wave.opens_on] = next((unit.id for unit in found if unit), None)
        known_id = self._units[code, wave.opens_on]
        if known_id is None:
            self.reader.note(
                row, "unit", "Trong đợt này không có đơn vị mang mã đó; hãy sửa mã đơn vị"
            )
        return known_id or 0

    def _code(self, row: Row, key: str, place: _Place) -> str | None:
        """The code of the answer that a cell names; "" for a blank cell, None for a wrong one."""
        if self.reader.cell(row, key) == "":
            return ""
        word = self.reader.value(row, key, imports.text)
        if word is None:
            return None
        code = place.codes[key].get(word.casefold())
        if code is None:
            close = imports.suggestion(word, place.codes[key])
            remedy = f"có phải {close}?" if close else "hãy ghi như trong phiếu của đợt"
            self.reader.note(row, key, f"Phiếu của đợt không có lựa chọn này; {remedy}")
        return code


def _words(known_options: Mapping[str, Option]) -> dict[str, str]:
    """Codes by what a file may call them: the code, or the Vietnamese or English label."""
    return {
        word.casefold(): code
        for code, option in known_options.items()
        for word in (option.label.vi, option.label.en, code)
    }


def _store(
    session: Session, read: Mapping[_Key, int], *, source: str, now: dt.datetime
) -> Imported:
    stored = _stored(session, {key[0] for key in read})
    added = changed = 0
    for key, total in read.items():
        row = stored.get(key)
        if row is not None and row.total == total:
            continue
        if row is None:
            wave_id, unit_id, sex, age_band = key
            row = Margin(
                wave_id=wave_id, unit_id=unit_id, sex=sex, age_band=age_band, total=total,
                source=source, imported_at=now,
            )  # fmt: skip
            added += 1
        else:
            row.total, row.source, row.imported_at = total, source, now
            changed += 1
        session.add(row)
    session.flush()
    return Imported(added, changed, len(read) - added - changed)


def _stored(session: Session, wave_ids: Collection[int]) -> dict[_Key, Margin]:
    rows = session.exec(select(Margin).where(col(Margin.wave_id).in_(wave_ids)))
    return {(row.wave_id, row.unit_id, row.sex, row.age_band): row for row in rows}
