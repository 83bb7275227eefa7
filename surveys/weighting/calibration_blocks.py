"""Cells of a wave that are calibrated together: their margins, and the calibration itself.

CalibrationFailed(Exception)   a plan that cannot be carried out; it names wave, margin and level

Margins tell shares: they are laid upon the people whom the frame counts for the form. Who did not
say sex or age is a level of its own that keeps its weighted share; the margins share out the rest.
Levels with too few answers are merged with the next one, never with the silent.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

import analysis
from analysis import Calibration, CalibrationError, PeopleByCell, Totals
from surveys.fieldwork.plans import FIELD, PERSONAL, Plan
from surveys.weighting.margins import Known
from surveys.weighting.weights import Weighting

#: Unit, wave, field, sex and age band of a calibration cell.
Cell = tuple[int, int, str, str, str]
#: Unit, wave and field, as the frame has them.
_Place = tuple[int, int, str]
#: What people said of themselves, as far as a margin is about it; () for those who did not.
_Person = tuple[str, ...]
#: (C,) which cells, by their places.
Places = NDArray[np.int64]
#: Multiplicative, or by regression.
_DISTANCES = {"rake": "raking", "linear": "linear"}


class Level(NamedTuple):
    """A level of a margin, or several that were merged; of one unit where the margin is.

    Each name has one part, or two where sex and age are told together. None: people who are silent.
    """

    unit_id: int | None
    names: tuple[tuple[str, ...], ...]


class CalibrationFailed(Exception):
    """A plan that cannot be carried out.

    `kind`: "no_margins", "too_few" (people for so many answers), or "unreachable". `key` is the
    margin's: field, sex, age_band, or person for the last two together.
    """

    def __init__(
        self, kind: str, wave_id: int, *, key: str, level: Level, detail: str = ""
    ) -> None:
        self.kind, self.wave_id, self.key, self.level, self.detail = (
            kind, wave_id, key, level, detail
        )  # fmt: skip
        super().__init__(f"wave {wave_id}: {kind}, margin {key}, level {level}: {detail}")


@dataclass(frozen=True, slots=True)
class Merge:
    """Levels of a margin that were weighted together, for one of them had too few answers."""

    key: str
    wave_id: int
    level: Level


@dataclass(frozen=True, slots=True)
class Margin:
    """The level of each cell of the block, and the people of each level."""

    key: str
    levels: Sequence[Level]
    people: Mapping[Level, float]


@dataclass(frozen=True, slots=True)
class Done:
    """A block of cells, by their places among all, with their calibration."""

    cells: Places
    calibration: Calibration
    merges: tuple[Merge, ...] = ()

    @property
    def iterations(self) -> int:
        """The iterations it took."""
        return self.calibration.report.iterations if self.calibration.report else 0


@dataclass(frozen=True, slots=True)
class Block:
    """The cells of a wave that are calibrated together; `unit_id` where they are one unit's."""

    wave_id: int
    plan: Plan
    #: Place of each cell among all of the form.
    places: Places
    people: PeopleByCell
    #: The people of the block's units by cell of the frame.
    population: Mapping[_Place, float]
    unit_id: int | None = None

    @classmethod
    def of(cls, totals: Totals, weighting: Weighting, wave_id: int, plan: Plan) -> Block:
        """The weighted cells of a wave."""
        labels = cast("Sequence[Cell]", totals.cells)
        frame = {cell: n for cell, n in weighting.population.items() if cell[1] == wave_id}
        known = {unit for unit, _, _ in frame}
        inside = [p for p, c in enumerate(labels) if c[1] == wave_id and c[0] in known]
        places = np.array(inside, dtype=np.int64)
        answers = np.bincount(totals.cell_of_row, totals.respondents, len(labels)).astype(float)
        # Constant in a unit and wave, so in a cell.
        weights = np.ones(len(labels))
        weights[totals.cell_of_row] = totals.base_weight
        people = PeopleByCell(
            tuple(labels[place] for place in inside), answers[places], weights[places]
        )
        answering = {cast("Cell", cell)[0] for cell in people.cells}
        population = {cell: n for cell, n in frame.items() if cell[0] in answering}
        return cls(wave_id, plan, places, people, population)

    @property
    def cells(self) -> Sequence[Cell]:
        """The labels of the cells."""
        return cast("Sequence[Cell]", self.people.cells)

    @property
    def weighted(self) -> NDArray[np.float64]:
        """(C,) the weighted people of each cell."""
        return self.people.respondents * self.people.base_weight

    def parts(self, margins: Mapping[int, Known]) -> list[Block]:
        """The block, or one for each unit with margins of its own and one for the others."""
        if not self.plan.personal:
            return [self]
        own = margins.get(self.wave_id, {})
        cells: dict[int | None, list[int]] = defaultdict(list)
        for place, cell in enumerate(self.cells):
            cells[cell[0] if cell[0] in own else None].append(place)
        population: dict[int | None, dict[_Place, float]] = defaultdict(dict)
        for where, number in self.population.items():
            population[where[0] if where[0] in own else None][where] = number
        # Those without margins of their own come last.
        units = [*(unit for unit in cells if unit is not None), *(None,) * (None in cells)]
        return [self._part(unit, cells[unit], population[unit]) for unit in units]

    def _part(
        self, unit_id: int | None, cells: Sequence[int], population: Mapping[_Place, float]
    ) -> Block:
        people = PeopleByCell(
            tuple(self.cells[place] for place in cells),
            self.people.respondents[cells],
            self.people.base_weight[cells],
        )
        return Block(self.wave_id, self.plan, self.places[cells], people, population, unit_id)

    def carried_out(self, known: Known) -> Done:
        """The calibration of the block by its plan. Raises CalibrationFailed."""
        if self.plan.method == "poststratify" and self.plan.keys == (FIELD,):
            return self._by_field()
        margins = list(self._margins(known))
        labels = tuple(zip(*(margin.levels for margin in margins), strict=True))
        merges = tuple(
            Merge(margin.key, self.wave_id, level)
            for margin in margins
            for level in margin.people
            if len(level.names) > 1
        )
        people = {margin.key: margin.people for margin in margins}
        try:
            found = self._fitted(replace(self.people, cells=labels), people)
        except CalibrationError as error:
            raise self._unreachable(error) from error
        return Done(self.places, found, merges)

    def _fitted(
        self, rows: PeopleByCell, people: Mapping[str, Mapping[Level, float]]
    ) -> Calibration:
        if self.plan.method == "poststratify":
            # One margin: its first round meets it.
            return analysis.rake(rows, people, factors=list(people))
        method = _DISTANCES[self.plan.method]
        bounds = self.plan.bounds
        return analysis.calibrate(rows, people, factors=list(people), method=method, bounds=bounds)

    def _unreachable(self, error: CalibrationError) -> CalibrationFailed:
        nowhere = (self.plan.keys[0], Level(None, ()))
        total = nowhere if error.total is None else error.total
        key, level = cast("tuple[str, Level]", total)
        if level.unit_id is None:
            level = level._replace(unit_id=self.unit_id)
        return CalibrationFailed(
            "unreachable", self.wave_id, key=key, level=level, detail=str(error)
        )

    def _by_field(self) -> Done:
        found = analysis.post_stratify(
            self.people,
            cast("Mapping[Hashable, float]", self.population),
            group=lambda cell: cast("Cell", cell)[:2],
            by=lambda cell: cast("Cell", cell)[:3],
            smallest=self.plan.smallest,
        )
        cells = (cast("Sequence[tuple[int, int, str]]", merge) for merge in found.merges)
        merges = tuple(
            Merge(FIELD, self.wave_id, Level(merge[0][0], tuple((cell[2],) for cell in merge)))
            for merge in cells
        )
        return Done(self.places, found, merges)

    def _margins(self, known: Known) -> Iterator[Margin]:
        if FIELD in self.plan.keys:
            yield self._field_margin()
        if self.plan.method == "poststratify":
            name = "person" if len(self.plan.personal) > 1 else self.plan.personal[0]
            yield self._personal_margin(name, self.plan.personal, known)
            return
        for key in self.plan.personal:
            yield self._personal_margin(key, (key,), known)

    def _field_margin(self) -> Margin:
        answers: dict[_Place, float] = defaultdict(float)
        for cell, number in zip(self.cells, self.people.respondents.tolist(), strict=True):
            answers[cell[:3]] += number
        by_unit: dict[int, dict[_Place, float]] = defaultdict(dict)
        for where in dict.fromkeys([*self.population, *answers]):
            if answers.get(where) or self.population.get(where):
                by_unit[where[0]][where] = answers.get(where, 0.0)
        level_of: dict[_Place, Level] = {}
        for unit, places in by_unit.items():
            for group in analysis.merge_thin(places, smallest=self.plan.smallest):
                merged = cast("Sequence[_Place]", group)
                names = tuple((where[2],) for where in merged)
                level_of |= dict.fromkeys(merged, Level(unit, names))
        people: dict[Level, float] = defaultdict(float)
        for where, level in level_of.items():
            people[level] += self.population.get(where, 0.0)
        return Margin(FIELD, [level_of[cell[:3]] for cell in self.cells], people)

    def _personal_margin(self, name: str, keys: Sequence[str], known: Known) -> Margin:
        shares = self._shares(name, keys, known)
        persons = [person_of(cell, keys) for cell in self.cells]
        answers = dict.fromkeys(sorted({*shares, *persons} - {()}), 0.0)
        for person, number in zip(persons, self.people.respondents.tolist(), strict=True):
            if person:
                answers[person] += number
        # Base weights are such that these people, the silent and the others, are the population's.
        told = np.array([bool(person) for person in persons])
        heard, silent = math.fsum(self.weighted[told]), math.fsum(self.weighted[~told])
        level_of: dict[_Person, Level] = {(): Level(self.unit_id, ())}
        people = {level_of[()]: silent} if silent else {}
        there = {person: n for person, n in answers.items() if n or shares.get(person)}
        for group in analysis.merge_thin(there, smallest=self.plan.smallest):
            names = cast("tuple[_Person, ...]", group)
            level = Level(self.unit_id, names)
            level_of |= dict.fromkeys(names, level)
            share = sum(shares.get(person, 0.0) for person in names)
            answered = sum(answers[person] for person in names)
            people[level] = self._checked(name, level, answered, people=heard * share)
        return Margin(name, [level_of[person] for person in persons], people)

    def _checked(self, key: str, level: Level, answered: float, *, people: float) -> float:
        """The people of a level, not below its answers by rounding where all of them answered."""
        if math.isclose(people, answered, rel_tol=1e-12):
            return answered
        if people < answered:
            raise CalibrationFailed(
                "too_few", self.wave_id, key=key, level=level,
                detail=f"{answered:.0f} > {people:.0f}",
            )  # fmt: skip
        return people

    def _shares(self, name: str, keys: Sequence[str], known: Known) -> dict[tuple[str, ...], float]:
        """The share of each level by the margins of the block's place."""
        found: dict[tuple[str, ...], float] = defaultdict(float)
        for person, total in known.get(self.unit_id, {}).items():
            level = tuple(person[PERSONAL.index(key)] for key in keys)
            # Rows that do not tell it are of another margin of the same people.
            if "" not in level:
                found[level] += total
        whole = sum(found.values())
        if not whole:
            raise CalibrationFailed(
                "no_margins", self.wave_id, key=name, level=Level(self.unit_id, ())
            )
        return {level: total / whole for level, total in found.items()}


def person_of(cell: Cell, keys: Sequence[str]) -> tuple[str, ...]:
    """What the people of a cell said of themselves; () where they left any of it open."""
    said = dict(zip(PERSONAL, cell[3:], strict=True))
    return () if "" in {said[key] for key in keys} else tuple(said[key] for key in keys)
