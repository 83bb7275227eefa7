"""Post-stratification: one factor g per cell, so that weighted answers meet the population."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.arrays import Floats, Integers
from analysis.errors import CalibrationError
from analysis.totals import Totals

#: Cells with fewer answers than this are merged with a neighbour.
SMALLEST_CELL = 5


@dataclass(frozen=True, slots=True)
class Calibration:
    """The factor g of each cell of the totals, and how it came about.

    `poststratum` gives each cell's merged cell, −1 where it stayed unweighted (g = 1);
    `merges` lists the cells that were put together; `unweighted` the groups without
    population totals; `unsampled` the groups with population but without an answer.
    """

    factors: Floats
    poststratum: Integers
    merges: tuple[tuple[Hashable, ...], ...] = ()
    unweighted: tuple[Hashable, ...] = ()
    unsampled: tuple[Hashable, ...] = ()


@dataclass(frozen=True, slots=True)
class _Cell:
    """One or several cells of a group, with their people in the sample and in the population."""

    labels: tuple[Hashable, ...]
    answers: float
    population: float

    def __add__(self, other: _Cell) -> _Cell:
        return _Cell(
            self.labels + other.labels,
            self.answers + other.answers,
            self.population + other.population,
        )


def uncalibrated(totals: Totals) -> Calibration:
    """The calibration that changes nothing: g = 1 in every cell."""
    cells = len(totals.cells)
    return Calibration(np.ones(cells), np.full(cells, -1))


def post_stratify(
    totals: Totals,
    population: Mapping[Any, float],
    *,
    group: Callable[[Any], Hashable] = lambda _: None,
) -> Calibration:
    """The factors g = N_c / Σ d·n that weight every cell up to its population total.

    Cells of the same `group` with fewer than five answers are merged in the order of
    `population`, then of the totals: a cell takes in its successors until it has five answers,
    and what is left over at the end joins the last one. A group of which no cell has a total
    stays at weight 1. Raises CalibrationError for a total that is no count, or (after merging)
    is smaller than the number of answers.
    """
    _check_population(population)
    answers = dict(
        zip(totals.cells, np.bincount(totals.cell_of_row, totals.respondents).tolist(), strict=True)
    )
    groups: dict[Hashable, list[_Cell]] = {}
    for label in dict.fromkeys([*population, *totals.cells]):
        cell = _Cell((label,), answers.get(label, 0.0), float(population.get(label, 0.0)))
        groups.setdefault(group(label), []).append(cell)
    unweighted = tuple(
        name for name, cells in groups.items() if not any(c.population for c in cells)
    )
    unsampled = tuple(
        name
        for name, cells in groups.items()
        if name not in unweighted and not any(c.answers for c in cells)
    )
    left_alone = {*unweighted, *unsampled}
    merged = [
        cell for name, cells in groups.items() if name not in left_alone for cell in _merge(cells)
    ]
    factors, poststratum = _factors(totals, merged)
    merges = tuple(cell.labels for cell in merged if len(cell.labels) > 1)
    return Calibration(factors, poststratum, merges, unweighted, unsampled)


def _check_population(population: Mapping[Any, float]) -> None:
    for label, total in population.items():
        if not (math.isfinite(total) and total >= 0):
            raise CalibrationError(
                f"population of cell {label!r} is {total}: give a number, 0 or more"
            )


def _merge(cells: list[_Cell]) -> list[_Cell]:
    merged: list[_Cell] = []
    open_cell: _Cell | None = None
    for cell in cells:
        open_cell = cell if open_cell is None else open_cell + cell
        if open_cell.answers >= SMALLEST_CELL:
            merged.append(open_cell)
            open_cell = None
    if open_cell is not None:
        merged.append(merged.pop() + open_cell if merged else open_cell)
    return merged


def _factors(totals: Totals, merged: list[_Cell]) -> tuple[Floats, Integers]:
    weighted = np.bincount(totals.cell_of_row, totals.respondents * totals.base_weight)
    places = {label: place for place, label in enumerate(totals.cells)}
    factors, poststratum = np.ones(len(places)), np.full(len(places), -1)
    for number, cell in enumerate(merged):
        if cell.population < cell.answers:
            raise CalibrationError(
                f"cell {' + '.join(map(repr, cell.labels))} has {cell.answers:.0f} answers but a "
                f"population of {cell.population:g}: correct its population total, "
                "or the field of its answers"
            )
        members = [places[label] for label in cell.labels if label in places]
        factors[members] = cell.population / weighted[members].sum()
        poststratum[members] = number
    return factors, poststratum
