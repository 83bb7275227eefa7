"""Which answers of a wave look odd, sign by sign: reasons to look, never proofs.

    fast, honeypot, old, burst   codes that answers got when they came in (`fieldwork.suspicion`)
    line      one and the same answer to all items, five or more of them
    hours     came in when offices are closed: at night or on a Sunday
    crowd     in the fullest ten minutes of a point's day that is fuller than chance explains
    excess    of a unit with more answers than people served in the wave's months

Answers that were typed in or waited for a network tell no time of day: `hours` and `crowd` leave
them out. Answers that are excluded already are not looked at.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, Integer, case, cast, extract, func, or_
from sqlmodel import Session

import analysis
from surveys.counts.sums import Counts
from surveys.fieldwork import suspicion
from surveys.questionnaires import programme
from surveys.questionnaires.programme import Hours
from surveys.tables import Response, StoredInstrument, Wave
from surveys.weighting import frame

SIGNS = (*suspicion.SIGNS, "line", "hours", "crowd", "excess")
WINDOW = 10
#: Of point-days that are listed as crowded, as many may be chance.
WRONG = 0.01
#: Fewer answers of a day tell nothing about a crowd.
FEWEST = 20
_DAY = 24 * 60
#: Viet Nam is ahead of UTC by seven hours, the whole year.
_AHEAD = 7 * 60
#: Rows that one statement asks for by number.
_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Suspect:
    """An answer with its signs, in the order of `SIGNS`, and what its sums are made of."""

    row: Any
    signs: tuple[str, ...]


def suspects(session: Session, wave: Wave, stored: StoredInstrument) -> list[Suspect]:
    """The answers of a wave to one form that something looks odd about, in order."""
    came = _came(session, wave, stored)
    hours, crowd, excess = _closed(came), _crowds(came), _excess(session, wave, came)
    odd = (came.coded | hours | crowd | excess).nonzero()[0]
    rows = _rows(session, came.id[odd].tolist())
    lines = _lines(rows)
    seen = zip(rows, hours[odd], crowd[odd], excess[odd], lines, strict=True)
    found = []
    for row, late, crowded, over, line in seen:
        signs = {*row.quality.split()}
        signs |= {"hours"} if late else set()
        signs |= {"crowd"} if crowded else set()
        signs |= {"excess"} if over else set()
        signs |= {"line"} if line else set()
        carried = tuple(sign for sign in SIGNS if sign in signs)
        if carried:
            found.append(Suspect(row, carried))
    return found


@dataclass(frozen=True, slots=True)
class _Came:
    """All answers to a form as numbers, (n,) each, in the order of their ids."""

    id: Counts
    unit: Counts
    point: Counts
    #: Minutes of Viet Nam since the beginning of 1970 at which each came in.
    minute: Counts
    #: Whether that is the moment at which it was given.
    timed: NDArray[np.bool_]
    #: Whether it carries a code, or may be a straight line: the only ones whose texts are read.
    coded: NDArray[np.bool_]
    #: When offices receive people.
    hours: Hours

    @property
    def day(self) -> Counts:
        """The day, as a number."""
        return self.minute // _DAY

    @property
    def of_day(self) -> Counts:
        """The minute of the day."""
        return self.minute % _DAY

    @property
    def open(self) -> NDArray[np.bool_]:
        """Whether offices receive people at that minute."""
        return received(self.minute, self.hours)


def received(minute: Counts, hours: Hours) -> NDArray[np.bool_]:
    """Whether offices receive people at minutes of Viet Nam since the beginning of 1970."""
    hour = minute % _DAY // 60
    # The first day of 1970 was a Thursday.
    sunday = (minute // _DAY + 4) % 7 == 0
    found: NDArray[np.bool_] = (hour >= hours.opens) & (hour < hours.closes) & ~sunday
    return found


def _came(session: Session, wave: Wave, stored: StoredInstrument) -> _Came:
    """The answers that count, read as numbers: of a million only a few are looked at as texts."""
    table: Any = Response
    waited = or_(table.mode == "paper", table.quality.contains("offline"))
    said = func.replace(func.replace(func.replace(table.answers, "-", ""), ".", ""), "0", "")
    # What is left when the first answer is taken away wherever it stands: nothing of a line.
    line = func.ltrim(said, func.substr(said, 1, 1)) == ""
    columns = (
        table.id, table.unit_id, table.point_id, _minute(session),
        case((waited, 0), else_=1), case((or_(table.quality != "", line), 1), else_=0),
    )  # fmt: skip
    query = sqlalchemy.select(*columns).where(
        table.wave_id == wave.id, table.instrument_id == stored.id, table.excluded_at.is_(None)
    )
    numbers = itertools.chain.from_iterable(session.execute(query.order_by(table.id)))
    found = np.fromiter(numbers, dtype=np.int64).reshape(-1, len(columns)).T
    minute = found[3] + _AHEAD
    timed, coded = found[4].astype(bool), found[5].astype(bool)
    hours = programme.load(wave.programme).hours
    return _Came(found[0], found[1], found[2], minute, timed, coded, hours)


def _minute(session: Session) -> ColumnElement[Any]:
    """Minutes since the beginning of 1970 at which an answer came in, in UTC."""
    at: Any = Response.answered_at
    if session.get_bind().dialect.name == "sqlite":
        return cast(func.strftime("%s", at), Integer) / 60
    return cast(func.floor(extract("epoch", at) / 60), BigInteger)


def _rows(session: Session, ids: Sequence[int]) -> list[Any]:
    """What the signs and sums of some answers are made of, in the order of their ids."""
    names = (
        "id", "unit_id", "wave_id", "point_id", "day", "field", "sex", "age_band",
        "collector_kind", "answers", "others", "quality",
    )  # fmt: skip
    table: Any = Response
    query = sqlalchemy.select(*(getattr(table, name) for name in names)).order_by(table.id)
    return [
        row
        for first in range(0, len(ids), _AT_ONCE)
        for row in session.execute(query.where(table.id.in_(ids[first : first + _AT_ONCE])))
    ]


def _lines(rows: Sequence[Any]) -> NDArray[np.bool_]:
    if not rows:
        return np.zeros(0, dtype=np.bool_)
    signs = np.frombuffer("".join(row.answers for row in rows).encode("ascii"), dtype=np.uint8)
    values = signs.reshape(len(rows), -1).astype(float) - ord("0")
    values[(values < 1) | (values > 9)] = np.nan
    return np.asarray(analysis.straight_lines(values), dtype=np.bool_)


def _closed(came: _Came) -> NDArray[np.bool_]:
    return came.timed & ~came.open


def _crowds(came: _Came) -> NDArray[np.bool_]:
    """Those in the fullest window of a point's day that is fuller than chance explains."""
    crowded = np.zeros(len(came.id), dtype=np.bool_)
    chosen = (came.timed & came.open).nonzero()[0]
    place = came.point[chosen] << 32 | came.day[chosen]
    order = np.argsort(place, kind="stable")
    distinct, starts = np.unique(place[order], return_index=True)
    full = {
        int(name): rows
        for name, rows in zip(distinct, np.split(chosen[order], starts[1:]), strict=True)
        if len(rows) >= FEWEST
    } if chosen.size else {}  # fmt: skip
    day = (came.hours.opens * 60.0, came.hours.closes * 60.0)
    of_day = came.of_day
    minutes = {name: of_day[rows] for name, rows in full.items()}
    bursts = {
        name: analysis.burst(minutes[name].astype(float).tolist(), window=WINDOW, day=day)
        for name in full
    }
    if not bursts:
        return crowded
    for name in analysis.listed({name: one.p_value for name, one in bursts.items()}, WRONG):
        since = minutes[name] - bursts[name].start
        crowded[full[name][(since >= 0) & (since < WINDOW)]] = True
    return crowded


def _excess(session: Session, wave: Wave, came: _Came) -> NDArray[np.bool_]:
    """All answers of units that gave more than they served people; not of units without frame."""
    served = people_served(session, wave)
    units, answers = np.unique(came.unit, return_counts=True)
    known = {
        unit: number
        for unit, number in zip(units.tolist(), answers.tolist(), strict=True)
        if unit in served
    }
    over = [unit for unit, one in analysis.turnout(known, served).items() if one.excess]
    found: NDArray[np.bool_] = np.isin(came.unit, over)
    return found


def people_served(session: Session, wave: Wave) -> Mapping[int, int]:
    """The people whom each unit served in the months of a wave, as far as the frame tells."""
    months = frame.months(wave.opens_on, wave.closes_on)
    found: Counter[int] = Counter()
    for (unit_id, _, _), total in frame.totals(session, None, months).items():
        found[unit_id] += total
    return found
