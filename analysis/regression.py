"""What the regression on margins explains of the sums of a domain: the GREG residuals, by unit.

After calibration to margins every person's score is a residual, also outside the domain. Parts that
share no total have nothing to do with each other, so a domain costs its own parts only. Where a
part reaches further than the domain, scores outside are combinations of a few columns, whose
covariance is known: a few rows with the same covariance stand for those strata, as units below 0.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Booleans, Floats, Integers, sum_by
from analysis.auxiliaries import Auxiliaries, Normal, Part
from analysis.design import Design
from analysis.rows import SampledRows
from analysis.variance import deviations

#: Sums of last-stage units: their places in the design, and their sums (J, F).
Sums = tuple[Integers, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """The regression of every part, and each cell's part (−1: none) and place there."""

    fits: tuple[_Fit, ...]
    part_of_cell: Integers
    place_in_part: Integers

    @classmethod
    def of(cls, rows: SampledRows, known: Auxiliaries, calibrated: Floats) -> Regression:
        """The regression over all rows; redundant columns do no harm."""
        size = len(rows.cells)
        people: Floats = np.bincount(
            rows.cell_of_row, rows.respondents * rows.base_weight, size
        ).astype(float)
        parts = [part for part in known.parts() if people[part.cells].any()]
        part_of_cell, place = np.full(size, -1), np.zeros(size, dtype=np.int64)
        for number, part in enumerate(parts):
            part_of_cell[part.cells] = number
            place[part.cells] = np.arange(part.cells.size)
        there = np.flatnonzero((part_of_cell[rows.cell_of_row] >= 0) & (rows.respondents > 0))
        there = there[np.argsort(part_of_cell[rows.cell_of_row[there]], kind="stable")]
        cells = rows.cell_of_row[there]
        units, weight = rows.design.unit_of_row[there], (rows.respondents * calibrated)[there]
        crossed = _crossed(rows.design, units, part_of_cell[cells])
        edges = np.searchsorted(part_of_cell[cells], np.arange(len(parts) + 1)).tolist()
        fits = []
        for part, (low, high) in zip(parts, itertools.pairwise(edges), strict=True):
            inside = units[low:high], place[cells[low:high]], weight[low:high]
            fits.append(_Fit.of(part, people[part.cells], rows.design, crossed, inside))
        return cls(tuple(fits), part_of_cell, place)

    def explained(self, cell_of_row: Integers, sums: Floats, strata: Integers) -> list[Sums]:
        """Σ w·n·x'b of the units of each part, b = (Σ d·n·xx')⁻¹ Σ x(Σ d·z), from the d·z of rows.

        `strata` are those of the rows: they are kept unit by unit.
        """
        cells, by_cell = sum_by(cell_of_row, sums)
        part_of_cell = self.part_of_cell[cells]
        found: list[Sums] = []
        for number in np.unique(part_of_cell[part_of_cell >= 0]).tolist():
            inside = part_of_cell == number
            places = self.place_in_part[cells[inside]]
            found += self.fits[number].explained(places, by_cell[inside], strata)
        return found


def _crossed(design: Design, units: Integers, parts: Integers) -> Booleans:
    """(H,) which strata have people of several parts, so that what these explain goes together."""
    several = parts.max(initial=0) + 1
    pairs = np.unique(design.stratum_of_unit[units] * several + parts)
    found: Booleans = np.bincount(pairs // several, minlength=len(design.strata)) > 1
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """The regression of one part, and what its last-stage units (J,) have of either side.

    `left` (J, P − L) are the calibrated sums Σ w·n·x of what the longest margin leaves. Those of
    its levels are `by_level`, of the units at the places `unit_of`, for level l from `bounds[l]`.
    """

    part: Part
    normal: Normal
    design: Design
    units: Integers
    left: Floats
    unit_of: Integers
    by_level: Floats
    bounds: Integers
    #: The covariance that `left` has; None where strata cannot be told apart.
    spread: Floats | None

    @classmethod
    def of(
        cls,
        part: Part,
        people: Floats,
        design: Design,
        crossed: Booleans,
        inside: tuple[Integers, Integers, Floats],
    ) -> _Fit:
        """The fit to the people (C,) of each cell; `inside`: the rows' units, cells and weights."""
        unit_of_row, cells, weight = inside
        normal = part.normal(people)
        units, place = np.unique(unit_of_row, return_inverse=True)
        _, left = sum_by(place, weight[:, None] * normal.left[cells])
        keys = part.level[cells] * units.size + place
        keys, sums = sum_by(keys, (weight * part.value[cells])[:, None])
        level, unit_of = np.divmod(keys, units.size)
        bounds = np.searchsorted(level, np.arange(part.levels + 1))
        spread = None
        if design.separable and not crossed[design.stratum_of_unit[units]].any():
            lines = deviations(left, units, design)
            spread = lines.T @ lines
        return cls(part, normal, design, units, left, unit_of, sums[:, 0], bounds, spread)

    def explained(self, cells: Integers, by_cell: Floats, strata: Integers) -> list[Sums]:
        """What the regression explains of the units, from Σ d·z of some cells of the part."""
        levels, sums = sum_by(self.part.level[cells], self.part.value[cells, None] * by_cell)
        squares = self.normal.squares[levels, None]
        means = np.divide(sums, squares, out=np.zeros_like(sums), where=squares > 0)
        many = self.bounds[levels + 1] - self.bounds[levels]
        entries = np.arange(many.sum()) + np.repeat(self.bounds[levels + 1] - many.cumsum(), many)
        touched = self.unit_of[entries]
        found = [(self.units[touched], self.by_level[entries, None] * means.repeat(many, axis=0))]
        if self.left.shape[1]:
            slopes = self.normal.inverse @ (self.normal.left[cells].T @ by_cell)
            near = self._near(touched, strata)
            found.append((self.units[near], self.left[near] @ slopes))
            if self.spread is not None and near.size < self.units.size:
                found.append(self._far(slopes, near, self.spread))
        return found

    def _near(self, touched: Integers, strata: Integers) -> Integers:
        """The units in strata of the domain or of its levels; all, where that spares little."""
        everything = np.arange(self.units.size)
        if self.spread is None:
            return everything
        home, marked = self.design.stratum_of_unit, np.zeros(len(self.design.strata), dtype=bool)
        marked[strata] = marked[home[self.units[touched]]] = True
        near = np.flatnonzero(marked[home[self.units]])
        return near if 2 * near.size < everything.size else everything

    def _far(self, slopes: Floats, near: Integers, spread: Floats) -> Sums:
        """What the shorter margins explain in all other strata, as rows of the same covariance."""
        inside = deviations(self.left[near], self.units[near], self.design)
        sizes, directions = np.linalg.eigh(spread - inside.T @ inside)
        root = np.sqrt(np.maximum(sizes, 0.0))[:, None] * directions.T
        return -1 - self.part.names[self.part.levels :], root @ slopes
