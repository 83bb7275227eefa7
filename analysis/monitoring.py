"""Is something changing, and who stands out? Charts whose limits are exact for shares near 100 %.

Answers are effective answers (n divided by the design effect) and need not be whole: the binomial
distribution is continued by the incomplete beta function. Shares are 0–1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincc

from analysis.arrays import Booleans, Floats
from analysis.errors import MethodError, TotalsError
from analysis.guards import checked_counts, checked_numbers, checked_share

Place = Literal["inside", "low", "high"]
Zone = Literal["inside", "low_95", "high_95", "low_998", "high_998"]

#: The chance beyond either limit of a p-chart: that of three standard deviations.
THREE_SIGMA = 0.00135
#: The share of units at either end whose z-scores are pulled in before over-dispersion is judged.
WINSORISED = 0.10
#: Dissatisfied shares between which the CUSUM decides, and the height at which it signals.
ACCEPTABLE, UNACCEPTABLE, HEIGHT = 0.10, 0.20, 4.0


@dataclass(frozen=True, slots=True)
class Chart:
    """A p-chart: per period the share, its limits, and where the share lies."""

    centre: float
    shares: Floats
    lows: Floats
    highs: Floats
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class FunnelLimits:
    """Limits (U,) of a funnel plot around its target, 95 % and 99.8 %, each array per unit."""

    low_95: Floats
    high_95: Floats
    low_998: Floats
    high_998: Floats


@dataclass(frozen=True, slots=True)
class Funnel:
    """A funnel plot: `dispersion` is φ, by which effective answers were divided (1 if none)."""

    target: float
    dispersion: float
    limits: FunnelLimits
    zones: tuple[Zone, ...]


@dataclass(frozen=True, slots=True)
class Cusum:
    """A CUSUM's path: its height after each step, and the steps at which it signalled."""

    heights: Floats
    signals: tuple[int, ...]


def binomial_quantile(chance: float, answers: ArrayLike, share: float) -> Floats:
    """The smallest whole k (U,) with P(X ≤ k) ≥ `chance`, X binomial of `answers` and `share`.

    R `qbinom`, continued to answers that are not whole. Raises MethodError.
    """
    checked_share("chance", chance)
    checked_share("share", share)
    n = checked_numbers("answers", answers)
    low, high = np.full(n.shape, -1.0), np.ceil(n)
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        enough = _at_most(middle, n, share) >= chance
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high


def p_chart(
    satisfied: ArrayLike, answers: ArrayLike, *, centre: float | None = None, deff: float = 1.0
) -> Chart:
    """The chart of satisfied shares by week, or whatever period the counts (W,) belong to.

    Limits are the exact binomial quantiles at 0.135 % and 99.865 % at n/deff (Montgomery 2013,
    sec. 7.3, without the normal approximation); a share outside is a signal. The centre is the
    share of all periods unless given. Raises MethodError, TotalsError.
    """
    s, t = checked_counts(satisfied, answers)
    if not t.size or (t == 0).any():
        raise TotalsError("a period without answers has no share: leave it out of the chart")
    if not 1 <= deff < math.inf:
        raise MethodError(f"deff {deff}: give a finite number, 1 or more")
    middle = _common(s, t) if centre is None else checked_share("centre", centre)
    n = t / deff
    lows = np.minimum(binomial_quantile(THREE_SIGMA, n, middle) / n, middle)
    highs = np.clip(binomial_quantile(1 - THREE_SIGMA, n, middle) / n, middle, 1.0)
    shares = s / t
    places = [_place(low, high) for low, high in zip(shares < lows, shares > highs, strict=True)]
    return Chart(middle, shares, lows, highs, tuple(places))


def funnel_limits(target: float, answers: ArrayLike) -> FunnelLimits:
    """The 95 % and 99.8 % limits around `target` for units with so many effective answers (U,).

    Interpolated binomial quantiles (Spiegelhalter 2005, appendix A.1.1): with r the quantile at
    `chance`, (r − α)/n, α = (P(X ≤ r) − chance)/P(X = r); kept on the scale and around the
    target. Raises MethodError.
    """
    checked_share("target", target)
    n = checked_numbers("answers", answers)
    if (n <= 0).any():
        raise MethodError("answers: a unit without any has no place in the funnel, leave it out")
    low_998, low_95, high_95, high_998 = (
        _interpolated(chance, n, target) for chance in (0.001, 0.025, 0.975, 0.999)
    )
    return FunnelLimits(
        low_95=np.clip(low_95, 0.0, target),
        high_95=np.clip(high_95, target, 1.0),
        low_998=np.clip(low_998, 0.0, target),
        high_998=np.clip(high_998, target, 1.0),
    )


def funnel(shares: ArrayLike, answers: ArrayLike, *, target: float | None = None) -> Funnel:
    """The funnel plot of units with these shares and effective answers (U,).

    The target is the share of all units unless given. Where units differ by more than chance,
    limits are those of n/φ, φ from `over_dispersion`. Raises MethodError, TotalsError.
    """
    n = checked_numbers("answers", answers)
    values = checked_numbers("shares", shares, 1)
    if values.shape != n.shape or not n.size:
        raise TotalsError(f"{values.size} shares, {n.size} answers: give one of each per unit")
    goal = _common(values * n, n) if target is None else checked_share("target", target)
    dispersion = over_dispersion(values, n, target=goal)
    limits = funnel_limits(goal, n / dispersion)
    beyond: list[tuple[Zone, Booleans]] = [
        ("low_998", values < limits.low_998),
        ("high_998", values > limits.high_998),
        ("low_95", values < limits.low_95),
        ("high_95", values > limits.high_95),
    ]
    inside: Zone = "inside"
    zones = tuple(next((zone for zone, out in beyond if out[u]), inside) for u in range(n.size))
    return Funnel(goal, dispersion, limits, zones)


def over_dispersion(shares: ArrayLike, answers: ArrayLike, *, target: float) -> float:
    """The factor φ by which units vary more around `target` than chance explains; at least 1.

    The mean square of the z-scores after the outer tenths are pulled in to the 10 % and 90 %
    quantiles; it counts only above 1 + 2·√(2/U), as else chance explains it (Spiegelhalter
    2005, sec. 3.2). Raises MethodError.
    """
    n, values = checked_numbers("answers", answers), checked_numbers("shares", shares, 1)
    spread = checked_share("target", target) * (1 - target)
    z = (values - target) * np.sqrt(n / spread)
    pulled = np.clip(z, np.quantile(z, WINSORISED), np.quantile(z, 1 - WINSORISED))
    phi = float(np.mean(pulled**2))
    return phi if phi > 1 + 2 * math.sqrt(2 / z.size) else 1.0


def cusum(
    dissatisfied: ArrayLike,
    answers: ArrayLike,
    *,
    acceptable: float = ACCEPTABLE,
    unacceptable: float = UNACCEPTABLE,
    height: float = HEIGHT,
) -> Cusum:
    """The Bernoulli CUSUM of dissatisfied answers in the order they came.

    A step is one answer (0 or 1 of 1), or several whose order is not known (d of n, looked at
    once, which finds a change later). S ← max(0, S + d·ln(p₁/p₀) + (n − d)·ln((1 − p₁)/(1 − p₀)));
    at S ≥ `height` it signals and starts again from 0 (Reynolds & Stoumbos 1999). Raises
    MethodError, TotalsError.
    """
    d, n = checked_counts(dissatisfied, answers)
    up, down = _weights(acceptable, unacceptable, height)
    heights, signals, now = np.zeros(d.size), [], 0.0
    for step, gain in enumerate((d * up + (n - d) * down).tolist()):
        now = max(0.0, now + gain)
        heights[step] = now
        if now >= height:
            signals.append(step)
            now = 0.0
    return Cusum(heights, tuple(signals))


def average_run_length(
    share: float,
    *,
    acceptable: float = ACCEPTABLE,
    unacceptable: float = UNACCEPTABLE,
    height: float = HEIGHT,
    states: int = 800,
) -> float:
    """How many answers pass on average until the CUSUM signals at this dissatisfied share.

    The Markov chain of Brook & Evans (1972) on `states` heights, a step between two of them
    shared out in proportion; to about 1 % with the default. With 10 → 20 % and height 4:
    1,900 answers to a false alarm, 75 to find 20 %. Raises MethodError.
    """
    checked_share("share", share)
    up, down = _weights(acceptable, unacceptable, height)
    if states < 2:
        raise MethodError(f"states {states}: give 2 or more")
    grid = np.arange(states) * (height / states)
    chain = np.zeros((states, states))
    for chance, gain in ((share, up), (1 - share, down)):
        place = np.maximum(grid + gain, 0.0) * (states / height)
        left = np.floor(place).astype(np.int64)
        for column, part in ((left, left + 1 - place), (left + 1, place - left)):
            kept = column < states
            np.add.at(chain, (np.flatnonzero(kept), column[kept]), chance * part[kept])
    lengths = np.linalg.solve(np.eye(states) - chain, np.ones(states))
    return float(lengths[0])


def _weights(acceptable: float, unacceptable: float, height: float) -> tuple[float, float]:
    """What a dissatisfied and a satisfied answer add."""
    if not (0 < acceptable < unacceptable < 1 and 0 < height < math.inf):
        raise MethodError(
            f"CUSUM from {acceptable} to {unacceptable} with height {height}: "
            "give 0 < acceptable < unacceptable < 1 and a height above 0"
        )
    return math.log(unacceptable / acceptable), math.log((1 - unacceptable) / (1 - acceptable))


def _common(part: Floats, whole: Floats) -> float:
    """The share of all; half an answer from the ends where all or none are satisfied."""
    total = float(whole.sum())
    if total <= 0:
        raise TotalsError("no answers in any unit: nothing to plot")
    return min(max(float(part.sum()) / total, 0.5 / (total + 1)), 1 - 0.5 / (total + 1))


def _place(low: bool, high: bool) -> Place:
    if low:
        return "low"
    return "high" if high else "inside"


def _at_most(k: Floats, n: Floats, share: float) -> Floats:
    """P(X ≤ k); 0 below 0, 1 from n on."""
    rest = np.where(k < n, n - k, 1.0)
    inner = betaincc(np.maximum(k, 0) + 1, rest, share)
    chance: Floats = np.where(k < 0, 0.0, np.where(k < n, inner, 1.0))
    return chance


def _interpolated(chance: float, n: Floats, share: float) -> Floats:
    r = binomial_quantile(chance, n, share)
    reached, before = _at_most(r, n, share), _at_most(r - 1, n, share)
    return (r - (reached - chance) / (reached - before)) / n
