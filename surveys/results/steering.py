"""While a wave is open: how many answers each unit and field still lacks, where and when.

How many people will have been served by the wave's last day is the frame's total of its months, or
the mean of the months that are known, day by day. From it follow the sizes that the official guide
asks for and that the design needs, and every how manieth person is to get a ticket from now on.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, Text, cast, extract
from sqlmodel import Session, col, func, select

import analysis
from surveys.counts import tallies
from surveys.counts.tallies import Tally
from surveys.fieldwork import tickets, waves
from surveys.places import units as organisation
from surveys.questionnaires import programme, registry
from surveys.results.estimates import Study
from surveys.results.figures import Figures
from surveys.tables import Response, ServicePoint, Unit, Wave
from surveys.weighting import frame

#: The interval that is wanted, to either side.
MARGIN = 0.05
#: Until this many tickets were handed out, half of them are expected back.
FEWEST_TICKETS, USUAL_RATE = 30, 0.5
#: First hours of the bands of a day in Viet Nam; before the first and after the last is one band.
BANDS = (7, 9, 11, 13, 15, 17)

#: Hours that Viet Nam is ahead of UTC, the whole year.
_AHEAD = 7

#: Unit and field.
Cell = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Need:
    """A unit's field: answers so far, and what is missing; None where the frame does not tell."""

    unit: Unit
    field: str
    answers: int
    expected: int | None
    official: int | None = None
    designed: int | None = None
    #: People still expected until the last day, tickets to hand out to them, and to every k-th.
    coming: int | None = None
    invitations: int | None = None
    every: int | None = None

    @property
    def missing_official(self) -> int | None:
        """Answers that the official size still lacks."""
        return None if self.official is None else max(0, self.official - self.answers)

    @property
    def missing(self) -> int | None:
        """Answers that the design still lacks."""
        return None if self.designed is None else max(0, self.designed - self.answers)


@dataclass(frozen=True, slots=True)
class Hours:
    """The answers of a point by band of the day, in the order of `BANDS`, others last."""

    unit: Unit
    point: ServicePoint
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All its answers."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is missing in a wave, most first, and when people answered, fewest first."""

    wave: Wave
    deff: float
    share: float
    rate: float
    needs: tuple[Need, ...]
    hours: tuple[Hours, ...]


def plan(
    session: Session,
    wave: Wave,
    study: Study,
    units: Sequence[Unit],
    came: Mapping[int, Sequence[int]],
    *,
    on: dt.date,
) -> Plan:
    """What a wave lacks on a day, by its figures so far and the `hours` at which answers came."""
    known = {unit.id or 0: unit for unit in units}
    answers = _answers((form.tally for form in study.weighed), known)
    people = expected(session, wave, known)
    share, deff = _spread(study.figures)
    rate = _rate(session, wave, known)
    needs = [
        _need(
            known[unit_id], field, answers[unit_id, field], people.get((unit_id, field)),
            wave=wave, share=share, deff=deff, rate=rate, on=on,
        )
        for unit_id, field in sorted({*answers, *people})
    ]  # fmt: skip
    needs.sort(key=lambda need: (-(need.missing or 0), need.unit.code, need.field))
    hours_ = _hours(session, wave, known, came, on=on)
    return Plan(wave, deff, share, rate, tuple(needs), tuple(hours_))


def expected(session: Session, wave: Wave, units: Mapping[int, Unit]) -> dict[Cell, int]:
    """The people whom each unit will have served, by the wave's last day, in each field it asks of.

    A month that the frame lacks is taken as the mean of those that it has since a year before.
    """
    first, last = wave.opens_on, wave.closes_on
    wanted = frame.months(first, last)
    since = frame.months(first - dt.timedelta(365), last)
    known: dict[Cell, dict[dt.date, int]] = {}
    asked = _fields(session, wave)
    for (unit_id, field, month), total in frame.totals(session, units, since).items():
        if field in asked:
            known.setdefault((unit_id, field), {})[month] = total
    found = {}
    for cell, totals in known.items():
        usual = sum(totals.values()) / len(totals)
        days = sum(totals.get(month, usual) * _part(month, first, last) for month in wanted)
        found[cell] = round(days)
    return found


def lacking(session: Session, wave: Wave, units: Sequence[Unit]) -> dict[int, int]:
    """How many answers the official sizes still lack by unit; who lacks none is left out."""
    known = {unit.id or 0: unit for unit in units}
    answers, found = _answers(_tallies(session, wave, known), known), Counter[int]()
    for cell, people in expected(session, wave, known).items():
        if people:
            size = analysis.official_sample_size(people, MARGIN)
            found[cell[0]] += max(0, size - answers[cell])
    return dict(+found)


def band_of(hour: int) -> int:
    """The place of an hour of Viet Nam among the bands; the last is for all other hours."""
    for place in range(len(BANDS) - 1):
        if BANDS[place] <= hour < BANDS[place + 1]:
            return place
    return len(BANDS) - 1


def _fields(session: Session, wave: Wave) -> set[str]:
    """The fields that the forms of a wave ask of: the frame has those of other waves as well."""
    shipped, found = programme.load(wave.programme), set[str]()
    for kind, stored in waves.forms_of(session, wave).items():
        own = registry.instrument_of(stored).field
        found |= {own} if own else {field.key for field in shipped.fields_of(kind)}
    return found


def _part(month: dt.date, first: dt.date, last: dt.date) -> float:
    """The share of a month's days that lie within a period."""
    following = (month + dt.timedelta(31)).replace(day=1)
    inside = min(last, following - dt.timedelta(1)) - max(first, month)
    return (inside.days + 1) / (following - month).days


def _answers(heard: Iterable[Tally], units: Mapping[int, Unit]) -> Counter[Cell]:
    found: Counter[Cell] = Counter()
    for tally in heard:
        found += tally.people(lambda psu: psu.unit_id, lambda label: label.field)
    return Counter({cell: people for cell, people in found.items() if cell[0] in units})


def _tallies(session: Session, wave: Wave, unit_ids: Collection[int]) -> Iterator[Tally]:
    """The sums of each form of a wave, of some units."""
    for asked in tallies.forms(session, [wave.id or 0]):
        tally = tallies.tally(session, asked.stored, asked.wave_ids, unit_ids=unit_ids)
        if tally is not None:
            yield tally


def _spread(figures: Figures) -> tuple[float, float]:
    """The share that is planned for, and the design effect: of the sector, on the safe side."""
    sector = next(
        (row for row in figures if row.scope == "sector" and row.measure == "index"), None
    )
    if sector is None or sector.value is None or not sector.n_eff:
        return 0.5, 1.0
    ends = [end for end in (sector.low, sector.high) if end is not None]
    share = min(ends, key=lambda end: abs(end - 0.5))
    return min(max(share, 0.01), 0.99), max(1.0, sector.n / sector.n_eff)


def _rate(session: Session, wave: Wave, units: Mapping[int, Unit]) -> float:
    issued = returned = 0
    for one in tickets.standings(session, [wave.id or 0], unit_ids=list(units)):
        issued, returned = issued + one.batch.size, returned + one.answered
    return returned / issued if issued >= FEWEST_TICKETS and returned else USUAL_RATE


def _need(
    unit: Unit,
    field: str,
    answers: int,
    people: int | None,
    *,
    wave: Wave,
    share: float,
    deff: float,
    rate: float,
    on: dt.date,
) -> Need:
    if not people:
        return Need(unit, field, answers, people)
    size = analysis.sample_size_precision(share, MARGIN, population=people, deff=deff)
    designed = min(size.answers, people)
    left = max(0, (wave.closes_on - max(on, wave.opens_on)).days)
    coming = round(people * left / ((wave.closes_on - wave.opens_on).days + 1))
    asked = math.ceil(max(0, designed - answers) / rate)
    every = max(1, coming // asked) if asked and coming else None
    official = analysis.official_sample_size(people, MARGIN)
    return Need(unit, field, answers, people, official, designed, coming, asked, every)


def hours(session: Session, wave: Wave) -> dict[int, tuple[int, ...]]:
    """The answers of a wave by point and band of the day, in the order of `BANDS`."""
    counts: dict[int, list[int]] = {}
    # The minute is kept in UTC: one hour of the clock is one of Viet Nam, seven later.
    hour: ColumnElement[int] = extract("hour", func.timezone("UTC", col(Response.answered_at)))
    if session.get_bind().dialect.name == "sqlite":
        # Nothing is worked out of the text of a moment: its hour stands at one place.
        hour = cast(func.substr(cast(Response.answered_at, Text), 12, 2), Integer)
    said = (
        select(col(Response.point_id), hour, func.count())
        .where(Response.wave_id == wave.id, col(Response.excluded_at).is_(None))
        .group_by(col(Response.point_id), hour)
    )
    for point_id, utc, number in session.exec(said):
        row = counts.setdefault(point_id, [0] * len(BANDS))
        row[band_of((int(utc) + _AHEAD) % 24)] += number
    return {point: tuple(row) for point, row in counts.items()}


def _hours(
    session: Session,
    wave: Wave,
    units: Mapping[int, Unit],
    came: Mapping[int, Sequence[int]],
    *,
    on: dt.date,
) -> list[Hours]:
    """The points where answers are taken, with their answers by band of the day."""
    kinds = waves.forms_of(session, wave)
    points = organisation.points_of(session, units, on=on)
    none = (0,) * len(BANDS)
    found = [
        Hours(units[point.unit_id], point, tuple(came.get(point.id or 0, none)))
        for point in points
        if point.id in came or point.kind in kinds
    ]
    return sorted(found, key=lambda row: (row.total, row.unit.code, row.point.code))
