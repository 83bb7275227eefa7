"""A change between two waves: their scores put together by the sampling units that both share."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import Booleans, Floats, sum_by
from analysis.calibration import Calibration
from analysis.design import Design
from analysis.domains import domain_sums
from analysis.errors import MethodError, TotalsError
from analysis.estimate import Estimate
from analysis.indices import BoundRule, IndexRule
from analysis.intervals import Interval
from analysis.joint import Joint
from analysis.totals import Totals
from analysis.variance import deviations
from analysis.weighted import WeightedRows

#: The stratum of a sampling unit, and the unit inside it.
Place = tuple[Hashable, Hashable]


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """An estimate with the score of each sampling unit: what a change is made of.

    `places` (U) name stratum and PSU of each of `scores` (U,); `heard` marks those with answers of
    the domain, which give the degrees of freedom, among others that only helped to calibrate.
    """

    value: float
    places: tuple[Place, ...]
    scores: Floats
    heard: Booleans
    answers: int

    def placed(self, place: Callable[[Place], Place]) -> Scored:
        """The same with its sampling units called otherwise, e.g. a point and its day the point."""
        return replace(self, places=tuple(place(each) for each in self.places))


def scored_index(
    totals: Totals,
    rule: IndexRule,
    *,
    domain: ArrayLike,
    calibration: Calibration | None = None,
) -> Scored:
    """The index of a domain, as `estimate_figures` has it, with its scores by sampling unit.

    Raises RuleError, and TotalsError where nobody answered an item of the index.
    """
    rows = totals.rows_of(domain)
    rows = rows[totals.respondents[rows] > 0]
    bound = BoundRule.of(rule, totals.items.codes)
    if not totals.counts[rows][:, bound.held[0]].any():
        raise TotalsError("nobody of the domain answered an item of the index")
    sums = domain_sums(totals, WeightedRows.of(totals, calibration), rows)
    index = bound.evaluate(sums.satisfied, sums.answered)[:1]
    design = totals.design
    counted = sums.counts[:, : len(totals.items.codes)][:, bound.held[0]].max(axis=1)
    labels = cast("list[tuple[int, Hashable]]", [design.psus[u] for u in sums.units.tolist()])
    return Scored(
        value=float(index.values[0]),
        places=tuple((design.strata[stratum], psu) for stratum, psu in labels),
        scores=index.scores[:, 0],
        heard=np.isin(sums.units, sums.psu_of_row[counted > 0]),
        answers=int(counted.sum()),
    )


def blended(parts: Sequence[Scored], weights: Sequence[float]) -> Scored:
    """The weighted mean of several estimates, by known numbers. Raises MethodError."""
    if not parts or len(parts) != len(weights) or not all(0 < w < math.inf for w in weights):
        raise MethodError(f"{len(parts)} estimates with weights {list(weights)}: one above 0 each")
    shares = [weight / math.fsum(weights) for weight in weights]
    return Scored(
        value=math.fsum(a * part.value for a, part in zip(shares, parts, strict=True)),
        places=tuple(place for part in parts for place in part.places),
        scores=np.concatenate([a * part.scores for a, part in zip(shares, parts, strict=True)]),
        heard=np.concatenate([part.heard for part in parts]),
        answers=sum(part.answers for part in parts),
    )


def change(
    before: Scored, after: Scored, *, sampling_fraction: Mapping[Hashable, float] | None = None
) -> Joint:
    """The estimates "before" and "after" with the covariance of the sampling units in both.

    A PSU that both name has one score for each, so `.contrast({"after": 1, "before": -1})` has
    V = Σ_h (1 − f_h) n_h/(n_h − 1) Σ_j (z_hj − z̄_h)², z the score after less the one before; the
    degrees of freedom are PSUs less strata, heard in either. Raises DesignError.
    """
    places = [*before.places, *after.places]
    design = Design.from_rows(
        [stratum for stratum, _ in places],
        [psu for _, psu in places],
        sampling_fraction=sampling_fraction,
        single_psu="adjust",
    )
    columns = np.zeros((len(places), 2))
    columns[: len(before.places), 0] = before.scores
    columns[len(before.places) :, 1] = after.scores
    units, scores = sum_by(design.psu_of_row, columns)
    heard = np.unique(design.psu_of_row[np.concatenate([before.heard, after.heard])])
    return Joint(
        ("before", "after"),
        np.array([before.value, after.value]),
        deviations(scores, units, design),
        heard.size - np.unique(design.stratum_of_psu[heard]).size,
        before.answers + after.answers,
    )


def change_interval(
    joint: Joint, before: Estimate, after: Estimate, level: float = 0.95
) -> Interval:
    """The limits of after less before: Student's, or MOVER's where these lie further out.

    MOVER (Zou 2007; Zou & Donner 2008) puts both waves' own intervals together with the
    correlation of `joint`, so a change from 100 % to 100 % has limits, too, where Student's has
    none. Never beyond what the scale allows. Raises MethodError.
    """
    difference = joint.contrast({"after": 1.0, "before": -1.0})
    errors = joint.standard_errors
    rho = float(joint.covariance[0, 1] / errors.prod()) if errors.all() else 0.0
    first, second = (each.confidence_interval(level) for each in (before, after))
    down = _reach(after.value - second.low, first.high - before.value, rho)
    up = _reach(second.high - after.value, before.value - first.low, rho)
    if difference.standard_error:
        student = difference.t_interval(level)
        down = max(down, difference.value - student.low)
        up = max(up, student.high - difference.value)
    most = after.scale[1] - after.scale[0]
    return Interval(max(difference.value - down, -most), min(difference.value + up, most))


def _reach(own: float, other: float, rho: float) -> float:
    return math.sqrt(max(own**2 - 2 * rho * own * other + other**2, 0.0))
