"""Rows of sums and their weights: the part of the totals that calibration and variance need."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import Floats, Integers, encode
from analysis.design import Design
from analysis.errors import TotalsError


class WeightedPeople(Protocol):
    """Rows of people with their calibration cell and design weight: all that calibration needs."""

    @property
    def cells(self) -> tuple[Hashable, ...]:
        """The labels of the calibration cells."""

    @property
    def cell_of_row(self) -> Integers:
        """(R,) each row's place in `cells`."""

    @property
    def respondents(self) -> Floats:
        """(R,) the people of each row."""

    @property
    def base_weight(self) -> Floats:
        """(R,) the design weight d of each of its people."""


class SampledRows(WeightedPeople, Protocol):
    """Rows of people whose design is known, too, so that errors are; `Totals` are some."""

    @property
    def design(self) -> Design:
        """Where each row was drawn."""


@dataclass(frozen=True, slots=True)
class PeopleByCell:
    """One row for each cell, where the people of a cell have one design weight."""

    cells: tuple[Hashable, ...]
    respondents: Floats
    base_weight: Floats

    @property
    def cell_of_row(self) -> Integers:
        """(C,) each cell is its own row."""
        return np.arange(len(self.cells))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows without items, for estimates of any variable; made by `from_rows`."""

    design: Design
    cells: tuple[Hashable, ...]
    cell_of_row: Integers
    respondents: Floats
    base_weight: Floats

    @classmethod
    def from_rows(
        cls,
        design: Design,
        *,
        cell: Sequence[Hashable] | None = None,
        respondents: ArrayLike | None = None,
        base_weight: ArrayLike | None = None,
    ) -> Rows:
        """The checked rows; each is one person, of weight 1, in one cell where nothing is said.

        Raises TotalsError.
        """
        size = design.psu_of_row.size
        cells, cell_of_row = encode([None] * size if cell is None else cell)
        if cell_of_row.size != size:
            raise TotalsError(f"{cell_of_row.size} cell labels for {size} rows: one label per row")
        people = np.ones(size) if respondents is None else respondents
        weight = np.ones(size) if base_weight is None else base_weight
        return cls(
            design,
            cells,
            cell_of_row,
            checked_column("respondents", people, size),
            checked_weights(weight, size),
        )


def checked_column(name: str, values: ArrayLike, rows: int, minimum: float = 0.0) -> Floats:
    """The values as one finite number per row, `minimum` or more. Raises TotalsError."""
    column = np.asarray(values, dtype=float)
    if column.shape != (rows,):
        raise TotalsError(
            f"{name} has shape {column.shape}: give one number for each of {rows} rows"
        )
    wrong = ~(np.isfinite(column) & (column >= minimum))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise TotalsError(
            f"{name} is {column[row]} in row {row}: give a finite number, {minimum} or more"
        )
    return column


def checked_weights(values: ArrayLike, rows: int) -> Floats:
    """The base weights as one number above 0 per row. Raises TotalsError."""
    weights = checked_column("base_weight", values, rows)
    if not weights.all():
        raise TotalsError("base_weight is 0 in a row: leave such rows out")
    return weights


def rows_of(domain: ArrayLike, rows: int) -> Integers:
    """The row indices of a domain given as indices or as a mask. Raises TotalsError."""
    given = np.asarray(domain)
    if given.dtype == np.bool_:
        if given.shape != (rows,):
            raise TotalsError(f"a mask of shape {given.shape} for {rows} rows: one mark per row")
        return np.flatnonzero(given)
    chosen = given.astype(np.int64)
    if chosen.size and not 0 <= chosen.min() <= chosen.max() < rows:
        raise TotalsError(f"row {chosen.max()} or {chosen.min()} is outside the {rows} rows")
    return np.unique(chosen)
