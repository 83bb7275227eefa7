"""Units with few answers: partial pooling, labelled as a model, and ranks with their uncertainty.

A model-based figure helps to see a small unit; it is never what a verdict rests on.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

import numpy as np
from scipy.special import betaincinv, betaln, expit
from scipy.special import logit as log_odds

from analysis.arrays import Floats
from analysis.errors import MethodError
from analysis.estimate import Estimate
from analysis.guards import checked_counts, checked_numbers, checked_share
from analysis.intervals import ROUNDING
from analysis.roots import root

Name = TypeVar("Name", bound=Hashable)

#: Log-odds and logarithms of the prior's size beyond which the likelihood is flat.
_FARTHEST = (15.0, 15.0)


@dataclass(frozen=True, slots=True)
class ModelEstimate:
    """A unit's share after pooling, with its posterior standard error and equal-tailed limits.

    `direct` is the unit's own share, `own_weight` (0–1) how much of it is in the value before
    benchmarking. `basis` is the label that goes with the figure wherever it is shown.
    """

    value: float
    standard_error: float
    low: float
    high: float
    direct: float
    own_weight: float
    basis: Literal["model"] = "model"


@dataclass(frozen=True, slots=True)
class Pooling(Generic[Name]):
    """The units' model estimates, the fitted prior Beta(a, b) and the benchmark's shift.

    `shift` is added to every unit's log-odds so that the units make up the direct total; None
    where the total is 0 or 1, which no such shift can reach.
    """

    units: dict[Name, ModelEstimate]
    prior: tuple[float, float]
    shift: float | None


@dataclass(frozen=True, slots=True)
class RankInterval:
    """The best and the worst rank a unit may have; 1 is the most satisfied."""

    best: int
    worst: int


def pool_units(
    units: Mapping[Name, Estimate],
    *,
    population: Mapping[Name, float],
    total: float,
    level: float = 0.95,
) -> Pooling[Name]:
    """Empirical Bayes estimates of all units, benchmarked to the direct `total` (0–1).

    With y/deff satisfied of n/deff answers and Beta(a, b) over the units, a unit's value is
    (y + a)/(n + a + b) (beta-binomial; Rao & Molina 2015, ch. 9). The log-odds then move
    together until the values, weighted with `population`, are the total. The limits leave out
    that a and b are estimated. Raises MethodError.
    """
    checked_share("level", level)
    weights = _weights(units, population)
    direct = np.array([unit.value for unit in units.values()])
    answers = np.array([_worth(unit) for unit in units.values()])
    a, b = fit_prior(direct * answers, answers)
    y, others = a + direct * answers, b + (1 - direct) * answers
    values = np.clip(y / (y + others), ROUNDING, 1 - ROUNDING)
    spread = np.sqrt(values * (1 - values) / (y + others + 1))
    tail = (1 - level) / 2
    low, high = betaincinv(y, others, tail), betaincinv(y, others, 1 - tail)
    checked_numbers("total", [total], 1)
    shift = _benchmark(values, weights, total)
    moved, low, high = (_moved(part, shift or 0.0) for part in (values, low, high))
    spread *= moved * (1 - moved) / (values * (1 - values))
    columns = zip(
        moved.tolist(),
        spread.tolist(),
        np.minimum(low, moved).tolist(),
        np.maximum(high, moved).tolist(),
        direct.tolist(),
        (answers / (answers + a + b)).tolist(),
        strict=True,
    )
    found = {name: ModelEstimate(*column) for name, column in zip(units, columns, strict=True)}
    return Pooling(found, (a, b), shift)


def fit_prior(satisfied: Floats, answers: Floats) -> tuple[float, float]:
    """The a and b of the Beta distribution of the units' shares, from effective counts (U,).

    They maximise the beta-binomial likelihood times a flat prior on the mean and on the weight
    the prior gets beside an average unit (Christiansen & Morris 1997), which keeps both finite
    where all units agree or there is one unit only. Raises TotalsError.
    """
    satisfied, answers = checked_counts(satisfied, answers)
    usual = float(np.mean(answers))
    from scipy.optimize import minimize  # noqa: PLC0415 - large, and rarely asked for

    mean = (float(satisfied.sum()) + 1) / (float(answers.sum()) + 2)
    start = np.array([log_odds(mean), math.log(usual)])
    bounds = [(-reach, reach) for reach in _FARTHEST]

    def badness(place: Floats) -> float:
        size = math.exp(place[1])
        a, b = size * expit(place[0]), size * expit(-place[0])
        # In this order: a tiny b is lost beside a large number of answers.
        fit = betaln(a + satisfied, b + (answers - satisfied)) - betaln(a, b)
        flat = (
            math.log(expit(place[0]) * expit(-place[0]))
            + math.log(size)
            - 2 * math.log(usual + size)
        )
        return -float(fit.sum()) - flat

    found = minimize(
        badness, start, method="Nelder-Mead", bounds=bounds, options={"xatol": 1e-9, "fatol": 1e-9}
    )
    size = math.exp(found.x[1])
    return size * float(expit(found.x[0])), size * float(expit(-found.x[0]))


def rank_intervals(units: Mapping[Name, Estimate], level: float = 0.95) -> dict[Name, RankInterval]:
    """Each unit's possible ranks; all true ranks lie within them with a chance of `level`.

    Units are independent, so each gets its own interval at level^(1/U); a unit stands behind
    those whose intervals lie wholly above its own (Klein, Wright & Wieczorek 2020). Raises
    MethodError.
    """
    checked_share("level", level)
    if not units:
        return {}
    each = level ** (1 / len(units))
    limits = [unit.confidence_interval(each) for unit in units.values()]
    low = np.array([interval.low for interval in limits])
    high = np.array([interval.high for interval in limits])
    ahead = (low[None, :] > high[:, None]).sum(axis=1)
    behind = (high[None, :] < low[:, None]).sum(axis=1)
    return {
        name: RankInterval(int(a) + 1, len(units) - int(b))
        for name, a, b in zip(units, ahead, behind, strict=True)
    }


def _weights(units: Mapping[Name, Estimate], population: Mapping[Name, float]) -> Floats:
    if not units:
        raise MethodError("no units: pooling needs at least one with answers")
    for name, unit in units.items():
        if unit.kind != "share":
            raise MethodError(f"unit {name!r} is a {unit.kind}: only shares are pooled")
        if not 0 < population.get(name, 0) < math.inf:
            raise MethodError(
                f"population of unit {name!r} is {population.get(name)}: give a number above 0"
            )
    weights = np.array([population[name] for name in units], dtype=float)
    shares: Floats = weights / weights.sum()
    return shares


def _worth(unit: Estimate) -> float:
    """n/deff with the larger of the own and the pooled design effect, never less than 1."""
    return unit.answers / max(1.0, unit.deff or 1.0, unit.pooled_deff)


def _benchmark(values: Floats, weights: Floats, total: float) -> float | None:
    if not ROUNDING < total < 1 - ROUNDING:
        return None
    odds, goal = log_odds(values), float(log_odds(total))
    lowest, highest = goal - odds.max(), goal - odds.min()
    if lowest == highest:
        return float(lowest)

    def excess(shift: float) -> float:
        return float(weights @ expit(odds + shift)) - total

    return root(excess, lowest - 1, highest + 1, absolute=1e-13)


def _moved(shares: Floats, shift: float) -> Floats:
    moved: Floats = expit(log_odds(shares) + shift)
    return moved
