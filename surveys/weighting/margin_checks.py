"""What is odd about the margins of a wave: nothing that stops a calculation, but worth a look.

Margins tell shares and the frame tells people, so numbers of different size are no fault. Where
they are far apart, though, one of them is often about other people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlmodel import Session, col, select

from surveys.fieldwork.waves import plan_of
from surveys.tables import Response, Unit, Wave
from surveys.weighting import frame, margins
from surveys.weighting.margins import Person, differ

#: By so much the people of margins and frame may differ before somebody should look.
TOLERANCE = 0.10
Kind = Literal["frame", "no_frame", "nobody", "unused"]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something odd about the margins of a unit, or of all units without their own (None).

    `people` are those of the margins, `served` those of the frame where it has any.
    """

    kind: Kind
    unit_id: int | None
    people: int
    served: int | None = None


def notices(session: Session, wave: Wave) -> tuple[Notice, ...]:
    """Everything odd about the margins of a wave, all units together first."""
    places = margins.known(session, [wave.id or 0])[wave.id or 0]
    people = {unit: _people(place) for unit, place in places.items()}
    people = {unit: number for unit, number in people.items() if number}
    if people and not plan_of(wave).personal:
        return (Notice("unused", None, sum(people.values())),)
    served, heard = _served(session, wave), _heard(session, wave)
    others = {unit: number for unit, number in served.items() if unit not in people}
    found = []
    for unit, number in sorted(people.items(), key=lambda pair: pair[0] or 0):
        there = sum(others.values()) if unit is None else served.get(unit)
        if unit is not None and unit not in heard:
            found.append(Notice("nobody", unit, number, there))
        elif not there:
            found.append(Notice("no_frame", unit, number))
        elif differ(number, there, TOLERANCE):
            found.append(Notice("frame", unit, number, there))
    return tuple(found)


def _people(place: Mapping[Person, int]) -> int:
    """The people of a place, by the way of telling that has most: sex, age band, or both."""
    ways: dict[tuple[bool, bool], int] = {}
    for (sex, age_band), total in place.items():
        way = bool(sex), bool(age_band)
        ways[way] = ways.get(way, 0) + total
    return max(ways.values())


def _served(session: Session, wave: Wave) -> dict[int, int]:
    """The people of the sector's units over the wave; missing months are like the others."""
    dates = frame.months(wave.opens_on, wave.closes_on)
    own = set(session.exec(select(Unit.id).where(Unit.sector == wave.sector)))
    known: dict[int, dict[object, int]] = {}
    for (unit, _field, month), total in frame.totals(session, None, dates).items():
        if unit in own:
            by_month = known.setdefault(unit, {})
            by_month[month] = by_month.get(month, 0) + total
    return {
        unit: round(sum(totals.values()) * len(dates) / len(totals))
        for unit, totals in known.items()
    }


def _heard(session: Session, wave: Wave) -> set[int]:
    query = select(Response.unit_id).where(
        Response.wave_id == wave.id, col(Response.excluded_at).is_(None)
    )
    return set(session.exec(query.distinct()))
