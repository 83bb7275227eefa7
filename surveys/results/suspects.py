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

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy
from sqlmodel import Session, col

import analysis
from surveys.database import TIME_ZONE
from surveys.fieldwork import suspicion
from surveys.tables import Response, StoredInstrument, Wave
from surveys.weighting import frame

SIGNS = (*suspicion.SIGNS, "line", "hours", "crowd", "excess")
#: Offices receive people between these hours, Monday to Saturday.
OPENS, CLOSES = 7, 18
WINDOW = 10
#: Of point-days that are listed as crowded, as many may be chance.
WRONG = 0.01
#: Fewer answers of a day tell nothing about a crowd.
FEWEST = 20
_SUNDAY = 7


@dataclass(frozen=True, slots=True)
class Suspect:
    """An answer with its signs, in the order of `SIGNS`, and what its sums are made of."""

    row: Any
    signs: tuple[str, ...]


def suspects(session: Session, wave: Wave, stored: StoredInstrument) -> list[Suspect]:
    """The answers of a wave to one form that something looks odd about, in order."""
    rows = _rows(session, wave, stored)
    found: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        found[row.id] |= set(row.quality.split()) & set(suspicion.SIGNS)
    for sign, ids in {
        "line": _lines(rows), "hours": _closed(rows), "crowd": _crowds(rows),
        "excess": _excess(session, wave, rows),
    }.items():  # fmt: skip
        for one in ids:
            found[one].add(sign)
    return [
        Suspect(row, tuple(sign for sign in SIGNS if sign in found[row.id]))
        for row in rows
        if found[row.id]
    ]


def _rows(session: Session, wave: Wave, stored: StoredInstrument) -> Sequence[Any]:
    names = (
        "id", "unit_id", "wave_id", "point_id", "day", "field", "sex", "age_band",
        "collector_kind", "answers", "others", "answered_at", "quality", "mode",
    )  # fmt: skip
    table: Any = Response
    query = sqlalchemy.select(*(getattr(table, name) for name in names)).where(
        table.wave_id == wave.id, table.instrument_id == stored.id,
        col(Response.excluded_at).is_(None),
    )  # fmt: skip
    return session.execute(query.order_by(table.id)).all()


def _lines(rows: Sequence[Any]) -> list[int]:
    if not rows:
        return []
    signs = np.frombuffer("".join(row.answers for row in rows).encode("ascii"), dtype=np.uint8)
    values = signs.reshape(len(rows), -1).astype(float) - ord("0")
    values[(values < 1) | (values > 9)] = np.nan
    return [row.id for row, line in zip(rows, analysis.straight_lines(values), strict=True) if line]


def _timed(row: Any) -> bool:
    """Whether the moment at which an answer came in is the one at which it was given."""
    return row.mode != "paper" and "offline" not in row.quality.split()


def _local(row: Any) -> dt.datetime:
    moment: dt.datetime = row.answered_at
    return moment.astimezone(TIME_ZONE)


def _open(at: dt.datetime) -> bool:
    return OPENS <= at.hour < CLOSES and at.isoweekday() != _SUNDAY


def _closed(rows: Sequence[Any]) -> list[int]:
    return [row.id for row in rows if _timed(row) and not _open(_local(row))]


def _crowds(rows: Sequence[Any]) -> list[int]:
    days: dict[tuple[int, dt.date], list[tuple[float, int]]] = defaultdict(list)
    for row in rows:
        at = _local(row)
        if _timed(row) and _open(at):
            days[row.point_id, at.date()].append((at.hour * 60.0 + at.minute, row.id))
    full = {place: came for place, came in days.items() if len(came) >= FEWEST}
    if not full:
        return []
    day = (OPENS * 60.0, CLOSES * 60.0)
    bursts = {
        place: analysis.burst([minute for minute, _ in came], window=WINDOW, day=day)
        for place, came in full.items()
    }
    odd = analysis.listed({place: one.p_value for place, one in bursts.items()}, WRONG)
    return [
        number
        for place in odd
        for minute, number in full[place]
        if 0 <= minute - bursts[place].start < WINDOW
    ]


def _excess(session: Session, wave: Wave, rows: Sequence[Any]) -> list[int]:
    """All answers of units that gave more than they served people; not of units without frame."""
    served = people_served(session, wave)
    answers = Counter(row.unit_id for row in rows)
    known = {unit: number for unit, number in answers.items() if unit in served}
    over = {unit for unit, one in analysis.turnout(known, served).items() if one.excess}
    return [row.id for row in rows if row.unit_id in over]


def people_served(session: Session, wave: Wave) -> Mapping[int, int]:
    """The people whom each unit served in the months of a wave, as far as the frame tells."""
    months = frame.months(wave.opens_on, wave.closes_on)
    found: Counter[int] = Counter()
    for (unit_id, _, _), total in frame.totals(session, None, months).items():
        found[unit_id] += total
    return found
