"""Whether frame and answers of a wave fit: units of one without the other."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from surveys.places import units
from surveys.tables import Response, Unit, Wave
from surveys.weighting import frame


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is missing, by unit; empty where all is well."""

    #: Units of the sector of which some month of the wave up to today has no total: the months.
    without_totals: tuple[tuple[Unit, tuple[dt.date, ...]], ...]
    #: Units that served people in the wave and have no answer: how many people.
    without_answers: tuple[tuple[Unit, int], ...]

    def __bool__(self) -> bool:
        """Whether anything is missing."""
        return bool(self.without_totals or self.without_answers)


def coverage(session: Session, wave: Wave, *, on: dt.date) -> Coverage:
    """What frame and answers of a wave lack by a day; nothing before its first month is over."""
    last = min(on.replace(day=1) - dt.timedelta(1), wave.closes_on)
    if last < wave.opens_on:
        return Coverage((), ())
    holders = units.of_sector(session, wave.sector, on=min(on, wave.closes_on))
    months = frame.months(wave.opens_on, last)
    totals = frame.totals(session, [unit.id or 0 for unit in holders], months)
    there = {(unit_id, month) for unit_id, _, month in totals}
    query = select(Response.unit_id, func.count()).where(
        Response.wave_id == wave.id, col(Response.excluded_at).is_(None)
    )
    answers = dict(session.exec(query.group_by(col(Response.unit_id))).all())
    missing, silent = [], []
    for unit in holders:
        lacking = tuple(month for month in months if (unit.id, month) not in there)
        people = sum(total for (unit_id, _, _), total in totals.items() if unit_id == unit.id)
        if lacking:
            missing.append((unit, lacking))
        if people and not answers.get(unit.id or 0):
            silent.append((unit, people))
    return Coverage(tuple(missing), tuple(silent))
