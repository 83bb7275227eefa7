"""Whether frame and answers of a wave fit: units of one without the other."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from surveys.places import units
from surveys.tables import Response, ServicePoint, Unit, Wave, WaveInstrument
from surveys.weighting import frame


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is missing, by unit; empty where all is well."""

    #: Units where the wave asks of which some month of it up to today has no total: the months.
    without_totals: tuple[tuple[Unit, tuple[dt.date, ...]], ...]
    #: Units that served people in the wave and have no answer: how many people.
    without_answers: tuple[tuple[Unit, int], ...]

    def __bool__(self) -> bool:
        """Whether anything is missing."""
        return bool(self.without_totals or self.without_answers)


def coverage(session: Session, wave: Wave, *, on: dt.date) -> Coverage:
    """What frame and answers of a wave lack by a day; nothing before its first month is over."""
    missing = without_totals(session, wave, on=on)
    holders = _holders(session, wave, on)
    totals = frame.totals(session, [unit.id or 0 for unit in holders], _months(wave, on))
    query = select(Response.unit_id, func.count()).where(
        Response.wave_id == wave.id, col(Response.excluded_at).is_(None)
    )
    answers = dict(session.exec(query.group_by(col(Response.unit_id))).all()) if totals else {}
    silent = []
    for unit in holders:
        people = sum(total for (unit_id, _, _), total in totals.items() if unit_id == unit.id)
        if people and not answers.get(unit.id or 0):
            silent.append((unit, people))
    return Coverage(missing, tuple(silent))


def without_totals(
    session: Session, wave: Wave, *, on: dt.date
) -> tuple[tuple[Unit, tuple[dt.date, ...]], ...]:
    """Units where the wave asks of which some month of it, over by a day, has no total."""
    holders = _holders(session, wave, on)
    months = _months(wave, on)
    totals = frame.totals(session, [unit.id or 0 for unit in holders], months)
    there = {(unit_id, month) for unit_id, _, month in totals}
    lacking = (
        (unit, tuple(month for month in months if (unit.id, month) not in there))
        for unit in holders
    )
    return tuple((unit, months) for unit, months in lacking if months)


def _holders(session: Session, wave: Wave, on: dt.date) -> list[Unit]:
    """The units of the sector with a service point at which the wave asks."""
    day = min(on, wave.closes_on)
    kinds = select(WaveInstrument.point_kind).where(WaveInstrument.wave_id == wave.id)
    there = select(ServicePoint.unit_id).where(
        col(ServicePoint.kind).in_(kinds), units.exists_on(ServicePoint, day)
    )
    asked = set(session.exec(there.distinct()))
    return [unit for unit in units.of_sector(session, wave.sector, on=day) if unit.id in asked]


def _months(wave: Wave, on: dt.date) -> tuple[dt.date, ...]:
    """The months of a wave that are over by a day."""
    last = min(on.replace(day=1) - dt.timedelta(1), wave.closes_on)
    return frame.months(wave.opens_on, last) if last >= wave.opens_on else ()
