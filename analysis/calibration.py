"""Calibration: one factor g per cell, so that weighted answers meet the population.

Here are its result, its report and post-stratification; `margins` has raking and regression.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.arrays import Floats, Integers
from analysis.auxiliaries import Auxiliaries
from analysis.errors import CalibrationError
from analysis.rows import WeightedPeople
from analysis.weighting import Kish, unequal

#: Cells with fewer answers than this are merged with a neighbour.
SMALLEST_CELL = 5


@dataclass(frozen=True, slots=True)
class Report:
    """How a calibration went: iterations, the range of g, and the worth of the answers (Kish)."""

    iterations: int
    smallest: float
    largest: float
    before: Kish
    after: Kish


@dataclass(frozen=True, slots=True)
class Calibration:
    """The factor g of each cell of the totals, and how it came about.

    `poststratum` gives each cell's merged cell, −1 where it stayed unweighted (g = 1);
    `merges` lists the cells that were put together; `unweighted` the groups without
    population totals; `unsampled` the groups with population but without an answer.
    `auxiliaries` take the place of post-strata after raking or regression.
    """

    factors: Floats
    poststratum: Integers
    merges: tuple[tuple[Hashable, ...], ...] = ()
    unweighted: tuple[Hashable, ...] = ()
    unsampled: tuple[Hashable, ...] = ()
    auxiliaries: Auxiliaries | None = None
    report: Report | None = None


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


def reported(rows: WeightedPeople, factors: Floats, iterations: int) -> Report:
    """The report on these factors of the cells."""
    g = factors[rows.cell_of_row]
    there = rows.respondents > 0
    return Report(
        iterations,
        float(g[there].min()),
        float(g[there].max()),
        unequal(rows.base_weight, rows.respondents),
        unequal(rows.base_weight * g, rows.respondents),
    )


def uncalibrated(totals: WeightedPeople) -> Calibration:
    """The calibration that changes nothing: g = 1 in every cell."""
    cells = len(totals.cells)
    return Calibration(np.ones(cells), np.full(cells, -1))


def post_stratify(
    totals: WeightedPeople,
    population: Mapping[Any, float],
    *,
    group: Callable[[Any], Hashable] = lambda _: None,
    by: Callable[[Any], Hashable] = lambda cell: cell,
    smallest: int = SMALLEST_CELL,
) -> Calibration:
    """The factors g = N_c / Σ d·n that weight every cell up to its population total.

    `by` says which post-stratum a cell of the totals belongs to (itself, if left out), e.g.
    `lambda cell: cell[:2]` for sex × age where cells are finer; `population` and `group` go by
    post-strata, which messages and results call cells.

    Cells of the same `group` with fewer than `smallest` (five) answers are merged in the order
    of `population`, then of the totals: a cell takes in its successors until it has enough,
    and what is left over at the end joins the last one. A group of which no cell has a total
    stays at weight 1. Raises CalibrationError for a total that is no count, or (after merging)
    is smaller than the number of answers.
    """
    _check_population(population)
    strata = [by(cell) for cell in totals.cells]
    groups = _groups(totals, population, strata, group)
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
        cell
        for name, cells in groups.items()
        if name not in left_alone
        for cell in _merge(cells, smallest)
    ]
    factors, poststratum = _factors(totals, merged, strata)
    merges = tuple(cell.labels for cell in merged if len(cell.labels) > 1)
    return Calibration(
        factors,
        poststratum,
        merges,
        unweighted,
        unsampled,
        report=reported(totals, factors, 1) if totals.respondents.any() else None,
    )


def merge_thin(
    answers: Mapping[Any, float], *, smallest: int = SMALLEST_CELL
) -> list[tuple[Hashable, ...]]:
    """The levels in groups of `smallest` answers or more, by the rule of `post_stratify`.

    The order of `answers` decides which are neighbours; with fewer answers in all, one group.
    """
    cells = [_Cell((label,), number, 0.0) for label, number in answers.items()]
    return [cell.labels for cell in _merge(cells, smallest)]


def _groups(
    totals: WeightedPeople,
    population: Mapping[Any, float],
    strata: Sequence[Hashable],
    group: Callable[[Any], Hashable],
) -> dict[Hashable, list[_Cell]]:
    """The post-strata by group, in the order of the population, then of the totals."""
    answers: dict[Hashable, float] = {}
    people = np.bincount(totals.cell_of_row, totals.respondents).tolist()
    for label, number in zip(strata, people, strict=True):
        answers[label] = answers.get(label, 0.0) + number
    groups: dict[Hashable, list[_Cell]] = {}
    for label in dict.fromkeys([*population, *strata]):
        cell = _Cell((label,), answers.get(label, 0.0), float(population.get(label, 0.0)))
        groups.setdefault(group(label), []).append(cell)
    return groups


def _check_population(population: Mapping[Any, float]) -> None:
    for label, total in population.items():
        if not (math.isfinite(total) and total >= 0):
            raise CalibrationError(
                f"population of cell {label!r} is {total}: give a number, 0 or more"
            )


def _merge(cells: list[_Cell], smallest: int) -> list[_Cell]:
    merged: list[_Cell] = []
    open_cell: _Cell | None = None
    for cell in cells:
        open_cell = cell if open_cell is None else open_cell + cell
        if open_cell.answers >= smallest:
            merged.append(open_cell)
            open_cell = None
    if open_cell is not None:
        merged.append(merged.pop() + open_cell if merged else open_cell)
    return merged


def _factors(
    totals: WeightedPeople, merged: list[_Cell], strata: list[Hashable]
) -> tuple[Floats, Integers]:
    weighted = np.bincount(totals.cell_of_row, totals.respondents * totals.base_weight)
    places: dict[Hashable, list[int]] = {}
    for place, label in enumerate(strata):
        places.setdefault(label, []).append(place)
    factors, poststratum = np.ones(len(strata)), np.full(len(strata), -1)
    for number, cell in enumerate(merged):
        if cell.population < cell.answers:
            raise CalibrationError(
                f"cell {' + '.join(map(repr, cell.labels))} has {cell.answers:.0f} answers but a "
                f"population of {cell.population:g}: correct its population total, "
                "or the field of its answers"
            )
        members = [place for label in cell.labels for place in places.get(label, [])]
        factors[members] = cell.population / weighted[members].sum()
        poststratum[members] = number
    return factors, poststratum
