"""The sums that everything is computed from: never people, only counts per (stratum, PSU, cell)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.arrays import Booleans, Floats, Integers, encode
from analysis.design import Design
from analysis.errors import TotalsError
from analysis.rows import checked_column, checked_weights, rows_of

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Items:
    """The K items of one questionnaire and what each of the L answer values means.

    `satisfied` (K, L) marks the values that count as satisfied; `scores` (K, L) gives each
    value's points, NaN where an item's scale does not have the value.
    """

    codes: tuple[str, ...]
    satisfied: Booleans
    scores: Floats
    #: The smallest and the largest score of each item.
    scales: tuple[tuple[float, float], ...]

    def __init__(self, codes: Sequence[str], satisfied: ArrayLike, scores: ArrayLike) -> None:
        object.__setattr__(self, "codes", tuple(codes))
        object.__setattr__(self, "satisfied", np.asarray(satisfied, dtype=bool))
        object.__setattr__(self, "scores", np.asarray(scores, dtype=float))
        if len(set(self.codes)) != len(self.codes):
            raise TotalsError(f"item codes {self.codes}: each code once")
        if self.satisfied.shape != self.scores.shape or self.scores.shape[:1] != (len(self.codes),):
            raise TotalsError(
                f"{len(self.codes)} items, satisfied {self.satisfied.shape}, "
                f"scores {self.scores.shape}: give both as (items, values)"
            )
        if self.scores.ndim != 2 or np.isnan(self.scores).all(axis=1).any():
            raise TotalsError("scores: give (items, values) with at least one value per item")
        ends = zip(np.nanmin(self.scores, axis=1), np.nanmax(self.scores, axis=1), strict=True)
        object.__setattr__(self, "scales", tuple((float(low), float(high)) for low, high in ends))


@dataclass(frozen=True, slots=True)
class Extra:
    """Sums of one more variable per row: Σx, the number of people who have it, and if known Σx².

    A flag has scale (0, 1) and becomes a share; any other scale makes a mean.
    """

    numerator: ArrayLike
    denominator: ArrayLike
    squares: ArrayLike | None = None
    scale: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Totals:
    """Rows of sums with their design; made by `from_rows`.

    `counts` (R, K, L) holds answers by row, item and value; `respondents` (R,) all people of the
    row, answered or not; `base_weight` (R,) the design weight, constant inside a row; `asked`
    (R, K) the chance that a person of the row was asked the item, None where everybody was.
    """

    design: Design
    cells: tuple[Hashable, ...]
    cell_of_row: Integers
    respondents: Floats
    counts: NDArray[np.integer]
    items: Items
    base_weight: Floats
    extras: Mapping[str, Extra] = field(default_factory=dict)
    asked: Floats | None = None

    @classmethod
    def from_rows(
        cls,
        design: Design,
        *,
        cell: Sequence[Hashable],
        respondents: ArrayLike,
        counts: ArrayLike,
        items: Items,
        extras: Mapping[str, Extra] | None = None,
        base_weight: ArrayLike | None = None,
        asked: ArrayLike | None = None,
    ) -> Totals:
        """The checked sums; `cell` labels each row's calibration cell. Raises TotalsError."""
        cells, cell_of_row = encode(cell)
        rows = design.psu_of_row.size
        people = checked_column("respondents", respondents, rows)
        weights = checked_weights(np.ones(rows) if base_weight is None else base_weight, rows)
        columns = {
            name: Extra(
                checked_column(f"{name}: numerator", extra.numerator, rows, minimum=-np.inf),
                checked_column(f"{name}: denominator", extra.denominator, rows),
                None
                if extra.squares is None
                else checked_column(f"{name}: squares", extra.squares, rows),
                extra.scale,
            )
            for name, extra in (extras or {}).items()
        }
        chances = None if asked is None else _checked_chances(asked, (rows, len(items.codes)))
        totals = cls(
            design, cells, cell_of_row, people, np.asarray(counts), items, weights, columns, chances
        )
        _check_counts(totals)
        _check_extras(totals)
        return totals

    def everything(self) -> Integers:
        """The domain of all rows."""
        return np.arange(self.respondents.size)

    def by_label(self, labels: Sequence[Name]) -> dict[Name, Integers]:
        """One domain per distinct label, in order of first appearance: label → row indices."""
        if len(labels) != self.respondents.size:
            raise TotalsError(
                f"{len(labels)} labels for {self.respondents.size} rows: one label per row"
            )
        _, codes = encode(labels)
        parts = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
        return dict(zip(dict.fromkeys(labels), parts, strict=True))

    def rows_of(self, domain: ArrayLike) -> Integers:
        """The row indices of a domain given as indices or as a mask. Raises TotalsError."""
        return rows_of(domain, self.respondents.size)


def _checked_chances(asked: ArrayLike, shape: tuple[int, int]) -> Floats:
    chances = np.asarray(asked, dtype=float)
    if chances.shape != shape:
        raise TotalsError(f"asked has shape {chances.shape}: give (rows, items) = {shape}")
    wrong = ~((chances > 0) & (chances <= 1))
    if wrong.any():
        raise TotalsError(
            f"a chance to be asked is {chances[wrong][0]}: give numbers above 0, 1 for everybody"
        )
    return chances


def _check_counts(totals: Totals) -> None:
    rows, (items, values) = totals.respondents.size, totals.items.scores.shape
    if totals.cell_of_row.shape != (rows,):
        raise TotalsError(
            f"{totals.cell_of_row.size} cell labels for {rows} rows: one label per row"
        )
    if totals.counts.shape != (rows, items, values):
        raise TotalsError(
            f"counts have shape {totals.counts.shape}: "
            f"give (rows, items, values) = {(rows, items, values)}"
        )
    if totals.counts.dtype.kind not in "iu":
        raise TotalsError(f"counts are of type {totals.counts.dtype}: give whole numbers")
    if totals.counts.size and totals.counts.min() < 0:
        raise TotalsError(f"a count is {totals.counts.min()}: counts are 0 or more")
    if totals.counts[:, np.isnan(totals.items.scores)].any():
        raise TotalsError(
            "an item has answers at a value without a score: give the score or drop the answers"
        )
    _check_people(
        totals, "item answers", totals.counts.sum(axis=2).max(axis=1, initial=0).astype(float)
    )


def _check_extras(totals: Totals) -> None:
    for name, extra in totals.extras.items():
        low, high = extra.scale
        numerator, denominator = np.asarray(extra.numerator), np.asarray(extra.denominator)
        _check_people(totals, name, denominator)
        slack = 1e-9 * (1 + np.abs(numerator))
        outside = (numerator < low * denominator - slack) | (numerator > high * denominator + slack)
        if outside.any():
            row = int(np.flatnonzero(outside)[0])
            raise TotalsError(
                f"{name}: the sum {numerator[row]} of {denominator[row]:.0f} people in row {row} "
                f"is outside the scale {low}–{high}: widen the scale or check the sum"
            )


def _check_people(totals: Totals, name: str, answered: Floats) -> None:
    more = np.flatnonzero(answered > totals.respondents)
    if more.size:
        row = int(more[0])
        raise TotalsError(
            f"{name}: {answered[row]:.0f} answers from {totals.respondents[row]:.0f} people in row "
            f"{row}: respondents must count everybody of the row"
        )
