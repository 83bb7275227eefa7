"""The weighted sums of one domain, with the residual totals of each PSU for their variance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats, Integers, sum_by
from analysis.calibration import Calibration
from analysis.estimate import pooled_fraction
from analysis.estimators import Linearised
from analysis.totals import Totals


@dataclass(frozen=True, slots=True)
class DomainSums:
    """The totals of a domain, K items and E extras, and the counts behind them.

    `answered`, `satisfied`, `points` are per item, `numerators`, `denominators` per extra, all
    weighted, with one score per PSU of `psus`. `counts` (r, K + E) are the unweighted answers per
    row, whose PSU is `psu_of_row`; `squares` the weighted Σx² per item and extra.
    """

    answered: Linearised
    satisfied: Linearised
    points: Linearised
    numerators: Linearised
    denominators: Linearised
    psus: Integers
    psu_of_row: Integers
    counts: Floats
    squares: Floats
    sampling_fraction: float


@dataclass(frozen=True, slots=True)
class WeightedRows:
    """Totals with their final weights, and the rows of each post-stratum side by side."""

    totals: Totals
    weight: Floats
    poststratum: Integers
    order: Integers
    bounds: Integers

    @classmethod
    def of(cls, totals: Totals, calibration: Calibration) -> WeightedRows:
        """The rows weighted with d·g and sorted by post-stratum, once for all domains."""
        poststratum = calibration.poststratum[totals.cell_of_row]
        order = np.argsort(poststratum, kind="stable")
        numbers = np.arange(poststratum.max(initial=-1) + 2)
        bounds = np.searchsorted(poststratum[order], numbers)
        weight = totals.base_weight * calibration.factors[totals.cell_of_row]
        return cls(totals, weight, poststratum, order, bounds)

    def touched_by(self, rows: Integers) -> Integers:
        """The rows of a domain and those that share a post-stratum with it, ascending."""
        used = np.unique(self.poststratum[rows])
        parts = [self.order[self.bounds[c] : self.bounds[c + 1]] for c in used[used >= 0].tolist()]
        return np.unique(np.concatenate([rows, *parts]))


def domain_sums(weighted_rows: WeightedRows, rows: Integers) -> DomainSums:
    """The sums of the domain made of `rows`, with post-stratified residuals per PSU.

    A person's residual is w(z − z̄_c), z̄_c the weighted mean of z in the post-stratum, so every
    row that shares a post-stratum with the domain takes part; PSU totals of it suffice:
    Σ_rows w·Σz − w·n·z̄_c.
    """
    totals = weighted_rows.totals
    touched = weighted_rows.touched_by(rows)
    inside = np.isin(touched, rows, assume_unique=True)
    weight = weighted_rows.weight[touched]
    plain = variables(totals, touched) * inside[:, None]
    weighted = weight[:, None] * plain
    residual = weighted - _explained(weighted_rows, touched, weighted)
    psu_of_row = totals.design.psu_of_row[touched]
    psus, scores = sum_by(psu_of_row, residual)
    both = Linearised(weighted.sum(axis=0), scores)
    items, extras = len(totals.items.codes), len(totals.extras)
    edges = np.cumsum([0, items, items, items, extras, extras])
    counts = np.hstack([plain[:, :items], plain[:, edges[4] :]])
    return DomainSums(
        answered=both[: edges[1]],
        satisfied=both[edges[1] : edges[2]],
        points=both[edges[2] : edges[3]],
        numerators=both[edges[3] : edges[4]],
        denominators=both[edges[4] :],
        psus=psus,
        psu_of_row=psu_of_row,
        counts=counts,
        squares=_squares(totals, touched, weight * inside),
        sampling_fraction=_fraction(totals, rows),
    )


def variables(totals: Totals, rows: Integers) -> Floats:
    """Each row's sums: answers, satisfied answers and points per item, then Σx and n per extra."""
    levels = totals.counts[rows].astype(float)
    points = np.nan_to_num(totals.items.scores)
    coding = np.stack([np.ones_like(points), totals.items.satisfied, points], axis=2)
    sums = levels.transpose(1, 0, 2) @ coding
    columns = [sums.transpose(1, 2, 0).reshape(rows.size, -1)]
    for part in ("numerator", "denominator"):
        columns += [
            np.asarray(getattr(extra, part))[rows, None] for extra in totals.extras.values()
        ]
    return np.hstack(columns)


def _explained(weighted_rows: WeightedRows, rows: Integers, weighted: Floats) -> Floats:
    """w·n·z̄_c of each row; zero where there is no post-stratum."""
    people = weighted_rows.weight[rows] * weighted_rows.totals.respondents[rows]
    cells = weighted_rows.poststratum[rows]
    names, sums = sum_by(cells, np.column_stack([people, weighted]))
    means = sums[:, 1:] / sums[:, :1] * (names >= 0)[:, None]
    return people[:, None] * means[np.searchsorted(names, cells)]


def _squares(totals: Totals, rows: Integers, weight: Floats) -> Floats:
    points = np.nan_to_num(totals.items.scores)
    by_level = weight @ totals.counts[rows].reshape(rows.size, -1)
    items = (by_level.reshape(points.shape) * points**2).sum(axis=1)
    extras = [
        np.nan if extra.squares is None else float(weight @ np.asarray(extra.squares)[rows])
        for extra in totals.extras.values()
    ]
    return np.concatenate([items, extras])


def _fraction(totals: Totals, rows: Integers) -> float:
    design = totals.design
    strata, people = sum_by(
        design.stratum_of_psu[design.psu_of_row[rows]], totals.respondents[rows]
    )
    return pooled_fraction(people.tolist(), design.fractions[strata].tolist())
