"""From the frame to weights: who stands behind the answers of one form, unit by unit.

The calibration cell is unit × wave × field. A unit is weighted only if the frame knows it in every
wave in which it has answers, and knows at least as many people as answered; otherwise its answers
count 1 each and its sampling fraction is taken as unknown.

A month of the frame counts once, however many waves fall in it. Waves with answers that share a
month split its people, unit by unit and field by field, in proportion to the answers that each has
there in that month: so all of them have the same chance to be heard, as in one sample, and never
more answers than people unless the month itself has. A field without answers is split like the
unit's month, and that like the unit's answers over the whole of the waves; a unit that nobody
answered about, evenly. A wave without answers gets nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import TypeVar

from sqlmodel import Session

from surveys.counts.tallies import Psu, Tally
from surveys.tables import Wave
from surveys.weighting import frame

#: Unit, wave and field: the calibration cell. Unit and wave: the stratum.
Cell = tuple[int, int, str]
Stratum = tuple[int, int]
#: A form in a wave, by their ids: what may share a month with another.
_Claim = tuple[int, int]

_Place = TypeVar("_Place", Cell, Stratum)
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Weighting:
    """The people behind the answers of one form, as far as the frame tells."""

    #: People per cell of the weighted units, never fewer than answered there.
    population: Mapping[Cell, float]
    #: n/N per stratum, in persons; only where the frame covers every month of the wave.
    fractions: Mapping[Stratum, float]
    #: Units with answers that stay unweighted.
    unweighted: frozenset[int]
    #: What the frame says of strata that it covers whole.
    served: Mapping[Cell, Fraction]
    #: Strata of which the frame lacks some months, and which: their totals were projected.
    incomplete: Mapping[Stratum, tuple[dt.date, ...]]
    #: Cells with more answers than people in the frame: people chose another field than the office.
    raised: tuple[Cell, ...]
    #: Strata with answers.
    answered: frozenset[Stratum]

    def people(self, fields: Collection[str] = ()) -> int | None:
        """The people served, in some fields or in all; None where the frame misses any of them.

        It misses none if it is whole wherever there are answers.
        """
        whole = {cell[:2] for cell in self.served}
        if not self.answered <= whole:
            return None
        return round(sum(n for cell, n in self.served.items() if not fields or cell[2] in fields))

    def missing(self) -> tuple[dt.date, ...]:
        """The months without which the people served are not known, where people answered."""
        lacking = (dates for s, dates in self.incomplete.items() if s in self.answered)
        return tuple(sorted({month for dates in lacking for month in dates}))

    def weight(self, fields: Collection[str] = ()) -> float:
        """What a form counts beside other forms: its people, projected if need be; 0 if unknown."""
        return sum(n for cell, n in self.population.items() if not fields or cell[2] in fields)

    def by_unit(self) -> dict[int, Weighting]:
        """The same for each unit with answers by itself."""
        population, served = _split(self.population), _split(self.served)
        answered = _split(dict.fromkeys(self.answered))
        incomplete = _split(self.incomplete)
        return {
            unit: replace(
                self,
                population=population.get(unit, {}),
                served=served.get(unit, {}),
                answered=frozenset(strata),
                unweighted=self.unweighted & {unit},
                incomplete=incomplete.get(unit, {}),
            )
            for unit, strata in answered.items()
        }


def _split(places: Mapping[_Place, _Value]) -> dict[int, dict[_Place, _Value]]:
    found: dict[int, dict[_Place, _Value]] = defaultdict(dict)
    for place, value in places.items():
        found[place[0]][place] = value
    return found


def weigh(
    session: Session,
    tally: Tally,
    waves: Sequence[Wave],
    *,
    fields: Sequence[str],
    unit_ids: Collection[int] | None = None,
    beside: Sequence[Tally] = (),
) -> Weighting:
    """The people behind a tally; `fields` are those of the form, in the order they may be merged.

    `waves` are those of the scope, `beside` the tallies of forms that ask about the same fields in
    them. A wave has the months whose first day lies between the first of its opening month and its
    last day; an open wave only those up to its last answer.
    """
    sharing = _sharing([tally, *beside], waves)
    months = {wave: dates for (form, wave), dates in sharing.months.items()
              if form == tally.stored.id}  # fmt: skip
    known = frame.totals(
        session, unit_ids, {m for each in months.values() for m in each}, fields=fields
    )
    strata = _strata(known, months, fields, form=tally.stored.id or 0, sharing=sharing)
    answers = _answers(tally)
    people_asked = _sums(answers)
    unweighted = {
        stratum[0]
        for stratum, asked in people_asked.items()
        if stratum not in strata or strata[stratum].total < asked
    }
    used = {stratum: one for stratum, one in strata.items() if stratum[0] not in unweighted}
    population, raised = _population(used, answers)
    whole = {stratum: one for stratum, one in strata.items() if not one.missing}
    sizes = _sums(population)
    return Weighting(
        population,
        {s: people_asked[s] / sizes[s] for s in people_asked if s in used and s in whole},
        frozenset(unweighted),
        {(*s, field): total for s, one in whole.items() for field, total in one.known.items()},
        {s: one.missing for s, one in used.items() if one.missing},
        raised,
        frozenset(people_asked),
    )


@dataclass(frozen=True, slots=True)
class _Stratum:
    """What the frame says of a unit in a wave."""

    known: Mapping[str, Fraction]
    #: Months of the wave that the frame does not have.
    missing: tuple[dt.date, ...]
    #: All months of the wave over those that are known, a shared one counted by its share.
    factor: Fraction

    @property
    def projected(self) -> dict[str, float]:
        """People per field over the whole wave: missing months are like the average of the others.

        So units that reported different numbers of months can stand side by side.
        """
        return {field: float(total * self.factor) for field, total in self.known.items()}

    @property
    def total(self) -> Fraction:
        """All people over the whole wave."""
        return sum(self.known.values(), Fraction()) * self.factor


@dataclass(frozen=True, slots=True)
class _Sharing:
    """Who was heard when: which part of a month's people each form in each wave stands for."""

    months: Mapping[_Claim, tuple[dt.date, ...]]
    claims: Mapping[dt.date, Sequence[_Claim]]
    #: Answers by claim, unit, month and field; of all fields under "", of all months under None.
    heard: Mapping[tuple[_Claim, int, dt.date | None, str], int]

    def part(self, claim: _Claim, unit: int, month: dt.date, field: str = "") -> Fraction | int:
        """The part of a unit's people of a month, in a field or in all, that falls to a claim."""
        rivals = self.claims[month]
        if len(rivals) == 1:
            return 1
        for when, what in ((month, field), (month, ""), (None, "")):
            total = sum(self.heard.get((rival, unit, when, what), 0) for rival in rivals)
            if total:
                return Fraction(self.heard.get((claim, unit, when, what), 0), total)
        return Fraction(1, len(rivals))


def _sharing(tallied: Sequence[Tally], waves: Sequence[Wave]) -> _Sharing:
    """The months of each form in each wave that has answers to it, and all these answers."""
    months: dict[_Claim, tuple[dt.date, ...]] = {}
    heard: Counter[tuple[_Claim, int, dt.date | None, str]] = Counter()
    for tally in tallied:
        form = tally.stored.id or 0
        answered = tally.people(_unit_wave_and_month, lambda label: label.field)
        heard_in = {wave for (_, wave, _), _ in answered}
        months |= {(form, w.id or 0): _months(w, tally) for w in waves if w.id in heard_in}
        for ((unit, wave, month), field), people in answered.items():
            for when, what in ((month, field), (month, ""), (None, "")):
                heard[(form, wave), unit, when, what] += people
    claims: dict[dt.date, list[_Claim]] = defaultdict(list)
    for claim, dates in months.items():
        for month in dates:
            claims[month].append(claim)
    return _Sharing(months, claims, heard)


def _unit_wave_and_month(psu: Psu) -> tuple[int, int, dt.date]:
    return psu.unit_id, psu.wave_id, psu.day.replace(day=1)


def _months(wave: Wave, tally: Tally) -> tuple[dt.date, ...]:
    until = wave.closes_on
    if wave.status == "open":
        days = [psu.day for psu in tally.psus if psu.wave_id == wave.id]
        until = min(until, max(days, default=wave.opens_on))
    return frame.months(wave.opens_on, until)


def _strata(
    known: Mapping[frame.Key, int],
    months: Mapping[int, Sequence[dt.date]],
    fields: Sequence[str],
    *,
    form: int,
    sharing: _Sharing,
) -> dict[Stratum, _Stratum]:
    """What the frame says of each unit in each wave, in the order of units and waves."""
    units: dict[int, dict[dt.date, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for (unit, field, month), total in known.items():
        units[unit][month][field] = total
    found = {}
    for unit in sorted(units):
        for wave, dates in months.items():
            part = partial(sharing.part, (form, wave), unit)
            own = {month: share for month in dates if (share := part(month))}
            reported = {month: units[unit][month] for month in own if month in units[unit]}
            if reported:
                sums = {field: _total(field, reported, part) for field in fields}
                missing = tuple(month for month in own if month not in reported)
                heard = sum(own[month] for month in reported)
                found[unit, wave] = _Stratum(sums, missing, Fraction(sum(own.values()), heard))
    return found


def _total(
    field: str,
    reported: Mapping[dt.date, Mapping[str, int]],
    part: Callable[[dt.date, str], Fraction | int],
) -> Fraction:
    """The people of a field over the reported months, of each the part that falls to a wave."""
    parts = (part(month, field) * totals.get(field, 0) for month, totals in reported.items())
    return Fraction(sum(parts))


def _answers(tally: Tally) -> Counter[Cell]:
    people = tally.people(lambda psu: psu[:2], lambda label: label.field)
    return Counter({(*stratum, field): number for (stratum, field), number in people.items()})


def _population(
    strata: Mapping[Stratum, _Stratum], answers: Mapping[Cell, int]
) -> tuple[dict[Cell, float], tuple[Cell, ...]]:
    """People per cell, and the cells where that had to be raised to the number of answers."""
    population: dict[Cell, float] = {}
    for (unit, wave), one in strata.items():
        for field, total in one.projected.items():
            population[unit, wave, field] = total
    used = {cell: people for cell, people in answers.items() if cell[:2] in strata}
    raised = tuple(cell for cell, people in used.items() if population.get(cell, 0) < people)
    population |= {cell: float(used[cell]) for cell in raised}
    return population, raised


def _sums(cells: Mapping[Cell, float]) -> dict[Stratum, float]:
    found: dict[Stratum, float] = defaultdict(float)
    for (unit, wave, _), number in cells.items():
        found[unit, wave] += number
    return dict(found)
