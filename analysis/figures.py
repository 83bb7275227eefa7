"""All figures of many domains in one call: items, dimensions, parts, index, mean scores, extras."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import Booleans, Floats, Integers, sum_by
from analysis.calibration import Calibration, uncalibrated
from analysis.design import Design
from analysis.domains import DomainSums, domain_sums
from analysis.errors import TotalsError
from analysis.estimate import EstimateSet, Figure, Kind, Label
from analysis.estimators import Linearised, mean, ratio, share, stacked
from analysis.indices import BoundRule, IndexRule
from analysis.intervals import ROUNDING
from analysis.totals import Extra, Totals
from analysis.variance import deviations
from analysis.weighted import WeightedRows

Name = TypeVar("Name", bound=Hashable)

#: An extra on this scale is a share.
SHARE = (0.0, 1.0)
#: A number of people that lacks less than this lost it in a division.
_WHOLE = 1e-6


def estimate_figures(
    totals: Totals,
    rule: IndexRule,
    *,
    domains: Mapping[Name, ArrayLike],
    calibration: Calibration | None = None,
    pool_over: Iterable[Name] = (),
    floors: Mapping[Label, float] | None = None,
) -> dict[Name, EstimateSet]:
    """One EstimateSet per domain; a figure that nobody answered is absent from its set.

    A domain is row indices or a mask and keeps the full design. `pool_over` names the domains
    (units) whose median design effect is the floor of every figure's interval; `floors` are such
    medians by label that are known already, instead. Raises RuleError, TotalsError,
    SinglePsuError.
    """
    units = list(pool_over)
    unknown = [name for name in units if name not in domains]
    if unknown:
        raise TotalsError(f"pool_over names {unknown[0]!r}, which is not among the domains")
    bound = BoundRule.of(rule, totals.items.codes)
    rows = WeightedRows.of(totals, calibration or uncalibrated(totals))
    sets = {
        name: _domain(totals, rows, bound, totals.rows_of(domain))
        for name, domain in domains.items()
    }
    return _with_floors(sets, _medians(sets, units) if floors is None else floors)


@dataclass(frozen=True, slots=True)
class _Family:
    """Some figures, their estimates, and each one's column in the table of who answered."""

    figures: list[Figure]
    estimates: Linearised
    columns: Integers


def _domain(
    totals: Totals, weighted_rows: WeightedRows, bound: BoundRule, rows: Integers
) -> EstimateSet:
    """The figures of one domain with their joint deviations."""
    rows = rows[totals.respondents[rows] > 0]
    if not rows.size:
        none = np.zeros(0, dtype=np.int64)
        empty = np.zeros(0)
        return EstimateSet((), empty, np.zeros((0, 0)), empty, none, none, 0.0, empty)
    sums = domain_sums(totals, weighted_rows, rows)
    answered = sums.answered.values > 0
    families = [
        _nodes(sums, bound, answered),
        _items(sums, totals, np.flatnonzero(answered)),
        _mean_scores(sums, totals, np.flatnonzero(answered)),
        _overall_mean_score(sums, bound, totals),
        _extras(sums, totals),
    ]
    figures = tuple(figure for family in families for figure in family.figures)
    estimates = stacked(*[family.estimates for family in families])
    columns = np.concatenate([family.columns for family in families])
    spread = deviations(estimates.scores, sums.units, totals.design)
    answers, df = _behind(sums, bound, totals.design)
    return EstimateSet(
        figures=figures,
        values=_on_scale(estimates.values, figures),
        deviations=spread,
        variances=(spread**2).sum(axis=0),
        df=df[columns],
        answers=answers[columns],
        sampling_fraction=sums.sampling_fraction,
        pooled_deffs=np.ones(len(figures)),
    )


def _nodes(sums: DomainSums, bound: BoundRule, answered: Booleans) -> _Family:
    heard = np.flatnonzero(bound.heard(answered))
    left_out = bound.left_out(answered)
    figures = [
        Figure((bound.nodes[g].kind, bound.nodes[g].code), left_out=left_out[g]) for g in heard
    ]
    if not figures:
        return _Family([], sums.answered[:0], heard)
    return _Family(
        figures, bound.evaluate(sums.satisfied, sums.answered), sums.counts.shape[1] + heard
    )


def _items(sums: DomainSums, totals: Totals, answered: Integers) -> _Family:
    figures = [Figure(("item", totals.items.codes[k])) for k in answered]
    return _Family(figures, share(sums.satisfied[answered], sums.answered[answered]), answered)


def _mean_scores(sums: DomainSums, totals: Totals, answered: Integers) -> _Family:
    estimates = mean(sums.points[answered], sums.answered[answered])
    spread = _spread(sums.squares[answered], sums.answered.values[answered], estimates.values)
    figures = [
        Figure(
            ("mean_score", totals.items.codes[k]), "mean", totals.items.scales[k], float(variance)
        )
        for k, variance in zip(answered.tolist(), spread, strict=True)
    ]
    return _Family(figures, estimates, answered)


def _overall_mean_score(sums: DomainSums, bound: BoundRule, totals: Totals) -> _Family:
    """The index rule applied to points instead of satisfied answers, if all items share a scale."""
    scales = {totals.items.scales[k] for k in np.flatnonzero(bound.held[0]).tolist()}
    if len(scales) > 1 or not (sums.answered.values[bound.held[0]] > 0).any():
        return _Family([], sums.answered[:0], np.zeros(0, dtype=np.int64))
    left_out = bound.left_out(sums.answered.values > 0)[0]
    figure = Figure(("mean_score", ""), "mean", scales.pop(), left_out=left_out)
    estimate = bound.evaluate(sums.points, sums.answered)[:1]
    return _Family([figure], estimate, np.array([sums.counts.shape[1]]))


def _extras(sums: DomainSums, totals: Totals) -> _Family:
    items = len(totals.items.codes)
    present = np.flatnonzero(sums.denominators.values > 0)
    estimates = ratio(sums.numerators[present], sums.denominators[present])
    spread = _spread(
        sums.squares[items + present], sums.denominators.values[present], estimates.values
    )
    named = list(totals.extras.items())
    figures = [
        _extra_figure(*named[place], float(variance))
        for place, variance in zip(present.tolist(), spread, strict=True)
    ]
    return _Family(figures, estimates, items + present)


def _extra_figure(name: str, extra: Extra, variance: float) -> Figure:
    known = None if math.isnan(variance) else variance
    kind: Kind = "share" if extra.scale == SHARE else "mean"
    return Figure(("extra", name), kind, extra.scale, known)


def _spread(squares: Floats, weights: Floats, means: Floats) -> Floats:
    """The variance between people, Σw·x²/Σw − x̄²; NaN where the squares are not known."""
    return np.maximum(squares / weights - means**2, 0.0)


def _behind(sums: DomainSums, bound: BoundRule, design: Design) -> tuple[Integers, Integers]:
    """Answers and degrees of freedom per column: items, extras, then the nodes of the rule.

    The degrees of freedom are PSUs less strata, counting those with an answer (R's `degf` of the
    domain).
    """
    counts = np.column_stack([sums.counts, *(_people(sums, held) for held in bound.held)])
    psus, heard = sum_by(sums.psu_of_row, (counts > 0).astype(float))
    _, strata = sum_by(design.stratum_of_psu[psus], (heard > 0).astype(float))
    df = (heard > 0).sum(axis=0) - (strata > 0).sum(axis=0)
    return np.floor(counts.sum(axis=0) + _WHOLE).astype(np.int64), df.astype(np.int64)


def _people(sums: DomainSums, held: Booleans) -> Floats:
    """The people of each row who answered at least one of some items.

    Sums tell a lower bound, the largest count of an item. Where each person is asked only some,
    a balanced share of every node, the answers over the items that one is asked tell more.
    """
    answers = sums.counts[:, : held.size][:, held]
    most: Floats = answers.max(axis=1)
    if sums.asked is None:
        return most
    each = np.maximum(sums.asked[:, held].sum(axis=1), 1.0)
    told: Floats = np.minimum(answers.sum(axis=1) / each, sums.people)
    return np.maximum(most, told, out=told)


def _on_scale(values: Floats, figures: tuple[Figure, ...]) -> Floats:
    """The values without what rounding added beyond, or took from, the ends of their scales."""
    low, high = np.array([figure.scale for figure in figures]).reshape(-1, 2).T
    slack = ROUNDING * (high - low)
    values = np.where(values > high - slack, high, values)
    return np.where(values < low + slack, low, values)


def _medians(sets: dict[Name, EstimateSet], units: list[Name]) -> dict[Label, float]:
    """Each figure's median design effect over the units that have one."""
    known: dict[Label, list[float]] = {}
    for name in units:
        for label, estimate in sets[name].estimates().items():
            if estimate.deff is not None:
                known.setdefault(label, []).append(estimate.deff)
    return {label: float(np.median(deffs)) for label, deffs in known.items()}


def _with_floors(
    sets: dict[Name, EstimateSet], floors: Mapping[Label, float]
) -> dict[Name, EstimateSet]:
    """The sets with the floor of each figure's interval; 1 where nothing is known of it."""
    return {
        name: replace(one, pooled_deffs=np.array([floors.get(label, 1.0) for label in one.labels]))
        for name, one in sets.items()
    }
