"""What the regression on margins explains of the sums of a domain: the GREG residuals, by unit.

After calibration to margins every person's score is a residual, also outside the domain. Parts that
share no total have nothing to do with each other, so a domain costs its own parts only. Where a
part reaches further than the domain, scores outside are combinations of a few columns, whose
covariance is known: a few rows with the same covariance stand for those strata, as units below 0.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, Integers, sum_by
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
        columns = (
            rows.design.unit_of_row[there], place[cells], (rows.respondents * calibrated)[there]
        )  # fmt: skip
        edges = np.searchsorted(part_of_cell[cells], np.arange(len(parts) + 1)).tolist()
        fits = [
            _Fit.of(part, people[part.cells], rows.design, [c[low:high] for c in columns])
            for part, (low, high) in zip(parts, itertools.pairwise(edges), strict=True)
        ]
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
    #: The covariance that `left` has, where strata add up.
    spread: Floats

    @classmethod
    def of(cls, part: Part, people: Floats, design: Design, inside: Sequence[NDArray[Any]]) -> _Fit:
        """The fit to the people (C,) of each cell; `inside`: the rows' units, cells and weights."""
        unit_of_row, cells, weight = inside
        normal = part.normal(people)
        units, place = np.unique(unit_of_row, return_inverse=True)
        _, left = sum_by(place, weight[:, None] * normal.left[cells])
        keys = part.level[cells] * units.size + place
        keys, sums = sum_by(keys, (weight * part.value[cells])[:, None])
        level, unit_of = np.divmod(keys, units.size)
        bounds = np.searchsorted(level, np.arange(part.levels + 1))
        spread = deviations(left, units, design) if design.separable else left[:0]
        return cls(
            part, normal, design, units, left, unit_of, sums[:, 0], bounds, spread.T @ spread
        )

    def explained(self, cells: Integers, by_cell: Floats, strata: Integers) -> list[Sums]:
        """What the regression explains of the units, from Σ d·z of some cells of the part."""
        levels, sums = sum_by(self.part.level[cells], self.part.value[cells, None] * by_cell)
        means = sums / self.normal.squares[levels, None]
        many = self.bounds[levels + 1] - self.bounds[levels]
        entries = np.arange(many.sum()) + np.repeat(self.bounds[levels + 1] - many.cumsum(), many)
        touched = self.unit_of[entries]
        found = [(self.units[touched], self.by_level[entries, None] * means.repeat(many, axis=0))]
        if self.left.shape[1]:
            slopes = self.normal.inverse @ (self.normal.left[cells].T @ by_cell)
            found += self._combined(slopes, self._near(touched, strata))
        return found

    def _near(self, touched: Integers, strata: Integers) -> Integers:
        """The units in strata of the domain or of its levels; all, where that spares little."""
        everything = np.arange(self.units.size)
        if not self.design.separable:
            return everything
        home, marked = self.design.stratum_of_unit, np.zeros(len(self.design.strata), dtype=bool)
        marked[strata] = marked[home[self.units[touched]]] = True
        near = np.flatnonzero(marked[home[self.units]])
        return near if 2 * near.size < everything.size else everything

    def _combined(self, slopes: Floats, near: Integers) -> list[Sums]:
        """What the shorter margins explain, of near units one by one, of the others together."""
        left, units = self.left[near], self.units[near]
        found = [(units, left @ slopes)]
        if near.size < self.units.size:
            inside = deviations(left, units, self.design)
            sizes, directions = np.linalg.eigh(self.spread - inside.T @ inside)
            root = np.sqrt(np.maximum(sizes, 0.0))[:, None] * directions.T
            found.append((-1 - self.part.names[self.part.levels :], root @ slopes))
        return found
