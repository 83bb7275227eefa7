"""The weighted sums of one domain, with the residuals of each sampling unit for their variance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats, Integers, sum_by
from analysis.estimate import pooled_fraction
from analysis.estimators import Linearised
from analysis.totals import Totals
from analysis.weighted import WeightedRows


@dataclass(frozen=True, slots=True)
class DomainSums:
    """The totals of a domain, K items and E extras, and the counts behind them.

    `answered`, `satisfied`, `points` are per item, `numerators`, `denominators` per extra, all
    weighted, with one score per last-stage unit of `units`. `counts` (r, K + E) are the unweighted
    answers per row, whose PSU is `psu_of_row`; `squares` the weighted Σx² per item and extra.
    `people` (r,) and `asked` (r, K) are as in `Totals`.
    """

    answered: Linearised
    satisfied: Linearised
    points: Linearised
    numerators: Linearised
    denominators: Linearised
    units: Integers
    psu_of_row: Integers
    counts: Floats
    squares: Floats
    people: Floats
    asked: Floats | None
    sampling_fraction: float


def domain_sums(totals: Totals, weighted_rows: WeightedRows, rows: Integers) -> DomainSums:
    """The sums of the domain made of `rows`, with the calibrated residuals per sampling unit."""
    plain = variables(totals, rows)
    units, both = weighted_rows.linearised(plain, rows)
    items, extras = len(totals.items.codes), len(totals.extras)
    edges = np.cumsum([0, items, items, items, extras, extras])
    answers = totals.counts[rows].sum(axis=2).astype(float)
    counts = np.hstack([answers, plain[:, edges[4] :]])
    del plain, answers  # of a whole sector ten megabytes
    return DomainSums(
        answered=both[: edges[1]],
        satisfied=both[edges[1] : edges[2]],
        points=both[edges[2] : edges[3]],
        numerators=both[edges[3] : edges[4]],
        denominators=both[edges[4] :],
        units=units,
        psu_of_row=totals.design.psu_of_row[rows],
        counts=counts,
        squares=_squares(totals, rows, weighted_rows.weight[rows]),
        people=totals.respondents[rows],
        asked=None if totals.asked is None else totals.asked[rows],
        sampling_fraction=_fraction(totals, rows),
    )


def variables(totals: Totals, rows: Integers) -> Floats:
    """Each row's sums: answers, satisfied answers and points per item, then Σx and n per extra.

    Answers to an item that only some were asked stand for all: each counts one over the chance.
    """
    levels = totals.counts[rows].astype(float)
    points = np.nan_to_num(totals.items.scores)
    coding = np.stack([np.ones_like(points), totals.items.satisfied, points], axis=2)
    sums = levels.transpose(1, 0, 2) @ coding
    if totals.asked is not None:
        sums /= totals.asked[rows].T[:, :, None]
    del levels
    items, extras = sums.shape[0], list(totals.extras.values())
    made = np.empty((rows.size, 3 * items + 2 * len(extras)))
    for number in range(3):
        made[:, number * items : (number + 1) * items] = sums[:, :, number].T
    sides = [extra.numerator for extra in extras] + [extra.denominator for extra in extras]
    for column, side in enumerate(sides, 3 * items):
        made[:, column] = np.asarray(side)[rows]
    return made


def _squares(totals: Totals, rows: Integers, weight: Floats) -> Floats:
    points = np.nan_to_num(totals.items.scores)
    counts = totals.counts[rows].astype(float)
    if totals.asked is not None:
        counts /= totals.asked[rows][:, :, None]
    by_level = weight @ counts.reshape(rows.size, -1)
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
