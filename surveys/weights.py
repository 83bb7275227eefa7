"""From the frame to weights: who stands behind the answers of one form, unit by unit.

The calibration cell is unit × wave × field. A unit is weighted only if the frame knows it in every
wave in which it has answers, and knows at least as many people as answered; otherwise its answers
count 1 each and its sampling fraction is taken as unknown.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlmodel import Session

from surveys import frame
from surveys.tables import Wave
from surveys.tallies import Tally

#: Unit, wave and field: the calibration cell. Unit and wave: the stratum.
Cell = tuple[int, int, str]
Stratum = tuple[int, int]

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
    served: Mapping[Cell, int]
    #: Strata of which the frame lacks some month: their totals were projected.
    incomplete: tuple[Stratum, ...]
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
        return sum(n for cell, n in self.served.items() if not fields or cell[2] in fields)

    def weight(self, fields: Collection[str] = ()) -> float:
        """What a form counts beside other forms: its people, projected if need be; 0 if unknown."""
        return sum(n for cell, n in self.population.items() if not fields or cell[2] in fields)

    def by_unit(self) -> dict[int, Weighting]:
        """The same for each unit with answers by itself."""
        population, served = _split(self.population), _split(self.served)
        answered = _split(dict.fromkeys(self.answered))
        return {
            unit: replace(
                self,
                population=population.get(unit, {}),
                served=served.get(unit, {}),
                answered=frozenset(strata),
                unweighted=self.unweighted & {unit},
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
) -> Weighting:
    """The people behind a tally; `fields` are those of the form, in the order they may be merged.

    `waves` are those that ask the form. A wave has the months whose first day lies between the
    first of its opening month and its last day; an open wave only those up to its last answer.
    """
    months = {wave.id or 0: _months(wave, tally) for wave in waves}
    known = frame.totals(
        session, unit_ids, {m for each in months.values() for m in each}, fields=fields
    )
    strata = _strata(known, months, fields)
    answers = _answers(tally)
    people_asked = _sums(answers)
    unweighted = {
        stratum[0]
        for stratum, asked in people_asked.items()
        if stratum not in strata or strata[stratum].total < asked
    }
    used = {stratum: one for stratum, one in strata.items() if stratum[0] not in unweighted}
    population, raised = _population(used, answers)
    whole = {stratum: one for stratum, one in strata.items() if one.whole}
    sizes = _sums(population)
    return Weighting(
        population,
        {s: people_asked[s] / sizes[s] for s in people_asked if s in used and s in whole},
        frozenset(unweighted),
        {(*s, field): total for s, one in whole.items() for field, total in one.known.items()},
        tuple(s for s in used if s not in whole),
        raised,
        frozenset(people_asked),
    )


@dataclass(frozen=True, slots=True)
class _Stratum:
    """What the frame says of a unit in a wave."""

    known: Mapping[str, int]
    months: int
    months_known: int

    @property
    def whole(self) -> bool:
        """Whether every month of the wave is known."""
        return self.months_known == self.months

    @property
    def projected(self) -> dict[str, float]:
        """People per field over the whole wave: missing months are like the average of the others.

        So units that reported different numbers of months can stand side by side.
        """
        factor = 1 if self.whole else self.months / self.months_known
        return {field: total * factor for field, total in self.known.items()}

    @property
    def total(self) -> float:
        """All people over the whole wave."""
        return sum(self.projected.values())


def _months(wave: Wave, tally: Tally) -> tuple[dt.date, ...]:
    until = wave.closes_on
    if wave.status == "open":
        days = [group.day for group in tally.groups if group.wave_id == wave.id]
        until = min(until, max(days, default=wave.opens_on))
    return frame.months(wave.opens_on, until)


def _strata(
    known: Mapping[frame.Key, int], months: Mapping[int, Sequence[dt.date]], fields: Sequence[str]
) -> dict[Stratum, _Stratum]:
    """What the frame says of each unit in each wave, in the order of units and waves."""
    units: dict[int, dict[dt.date, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for (unit, field, month), total in known.items():
        units[unit][month][field] = total
    found = {}
    for unit in sorted(units):
        for wave, dates in months.items():
            reported = [units[unit][month] for month in dates if month in units[unit]]
            if reported:
                sums = {field: sum(one.get(field, 0) for one in reported) for field in fields}
                found[unit, wave] = _Stratum(sums, len(dates), len(reported))
    return found


def _answers(tally: Tally) -> Counter[Cell]:
    found: Counter[Cell] = Counter()
    for group, people in zip(tally.groups, tally.respondents.tolist(), strict=True):
        found[group.unit_id, group.wave_id, group.field] += people
    return found


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
