"""What is odd about the margins of a wave, and what a weighting plan asks that they do not tell.

What is odd stops no calculation, but is worth a look; what is lacking leaves a wave no figures.

Margins tell shares and the frame tells people, so numbers of different size are no fault. Where
they are far apart, though, one of them is often about other people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlmodel import Session, col, select

from surveys.fieldwork import waves
from surveys.fieldwork.plans import PERSONAL, Plan
from surveys.fieldwork.waves import plan_of
from surveys.places import units
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


@dataclass(frozen=True, slots=True)
class Lacking:
    """A margin that a plan asks for, and the units of which nothing tells it, by name."""

    #: A key of the plan, or "person" for sex and age band together.
    key: str
    units: tuple[Unit, ...]
    #: Whether that is every unit of the wave.
    everywhere: bool


def lacking(session: Session, wave: Wave, plan: Plan) -> tuple[Lacking, ...]:
    """The margins that a plan for a wave asks for and that were not imported.

    Where there is one, answers of these units cannot be weighted, and the wave has no figures.
    """
    if not plan.personal:
        return ()
    asked = _asked_units(session, wave)
    places = margins.known(session, [wave.id or 0])[wave.id or 0]
    together = plan.method == "poststratify" and len(plan.personal) > 1
    found = []
    for keys in (plan.personal,) if together else tuple((key,) for key in plan.personal):
        # A unit with rows of its own is not told by those of all the others.
        without = tuple(
            unit
            for unit in asked
            if not _told(places.get(unit.id if unit.id in places else None, {}), keys)
        )
        if without:
            name = "person" if together else keys[0]
            found.append(Lacking(name, without, everywhere=len(without) == len(asked)))
    return tuple(found)


def _told(place: Mapping[Person, int], keys: Sequence[str]) -> bool:
    """Whether the rows of a place tell how many people there are by these keys."""
    numbers = [PERSONAL.index(key) for key in keys]
    return any(
        total for person, total in place.items() if all(person[number] for number in numbers)
    )


def _asked_units(session: Session, wave: Wave) -> list[Unit]:
    """The units of a wave's sector with a point at which it asks, by code."""
    known = units.of_sector(session, wave.sector, on=wave.opens_on)
    holders = {unit.id or 0: unit for unit in known}
    kinds = set(waves.forms_of(session, wave))
    points = units.points_of(session, holders, on=wave.opens_on)
    asked = {point.unit_id for point in points if point.kind in kinds}
    return [unit for number, unit in holders.items() if number in asked]


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
