"""Confidence intervals: one function per method, and a table from name to function.

Every method takes an estimate and a level and gives an Interval that lies on the estimate's
scale and holds its value. METHODS.md has the formulas, references and worked examples.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
from scipy.special import betaincinv, expit, stdtrit
from scipy.special import logit as log_odds

from analysis.roots import root

#: Shares closer than this to 0 or 1 are 0 or 1 that lost their last bits in a sum.
ROUNDING = 1e-12


class Evidence(Protocol):
    """What a method needs to know of an estimate; `Estimate` has it all."""

    @property
    def value(self) -> float:
        """The estimate itself."""

    @property
    def variance(self) -> float:
        """Its sampling variance."""

    @property
    def df(self) -> float:
        """The degrees of freedom of the variance."""

    @property
    def answers(self) -> int:
        """n, the answers it rests on."""

    @property
    def scale(self) -> tuple[float, float]:
        """The smallest and the largest possible value."""

    @property
    def sampling_fraction(self) -> float:
        """f, the share of the population that answered; 0 if unknown."""

    @property
    def pooled_deff(self) -> float:
        """The design effect that is usual for this figure."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Both limits, in the units of the estimate."""

    low: float
    high: float

    @property
    def width(self) -> float:
        """High less low."""
        return self.high - self.low


def at_an_end(evidence: Evidence) -> bool:
    """Whether the value is the smallest or the largest possible one (0 % or 100 %)."""
    low, high = evidence.scale
    slack = ROUNDING * (high - low)
    return evidence.value <= low + slack or evidence.value >= high - slack


def answers_cap(evidence: Evidence) -> float:
    """n/(1 − f): the answers of an infinite population that would say as much; inf for a census."""
    rest = 1 - evidence.sampling_fraction
    return evidence.answers / rest if rest > 0 else math.inf


def pooled_answers(evidence: Evidence) -> float:
    """The cap divided by the pooled design effect (never by less than 1)."""
    return answers_cap(evidence) / max(1.0, evidence.pooled_deff)


def own_answers(evidence: Evidence) -> float:
    """p(1 − p)/V: the simple random sample with the same variance; inf where V is 0."""
    spread = evidence.value * (1 - evidence.value)
    return spread / evidence.variance if evidence.variance > 0 else math.inf


def student_factor(evidence: Evidence, level: float) -> float:
    """(t_{n−1}/t_df)²: what few degrees of freedom take from the effective answers."""
    tail = (1 + level) / 2
    plain, design = stdtrit(max(evidence.answers - 1, 1), tail), stdtrit(max(evidence.df, 1), tail)
    return float(plain / design) ** 2


def korn_graubard_answers(evidence: Evidence, level: float) -> float:
    """The effective answers of the default interval.

        min( n/(1−f), n_own (t_{n−1}/t_df)², n/(1−f)/max(1, deff_pooled) ),
        at 0 % and 100 %: n/(1−f)/max(1, deff_pooled)

    With no degree of freedom the own variance is not known: the pooled answers stand in for
    n_own and pay as one degree of freedom does.
    """
    floor = pooled_answers(evidence)
    if at_an_end(evidence):
        return floor
    own = own_answers(evidence) if evidence.df >= 1 else floor
    return min(answers_cap(evidence), own * student_factor(evidence, level), floor)


def korn_graubard(evidence: Evidence, level: float) -> Interval:
    """The default for a share: Clopper–Pearson at the effective answers, with the pooled floor.

    Korn & Graubard (1998); Parker et al., NCHS Series 2 No. 175 (2017).
    """
    return _clopper_pearson(evidence, korn_graubard_answers(evidence, level), level)


def korn_graubard_nchs(evidence: Evidence, level: float) -> Interval:
    """The same without the pooled floor; at 0 % and 100 % n_own is n and pays the t factor too."""
    own = answers_cap(evidence) if at_an_end(evidence) else own_answers(evidence)
    n_eff = min(answers_cap(evidence), own * student_factor(evidence, level))
    return _clopper_pearson(evidence, n_eff, level)


def beta(evidence: Evidence, level: float) -> Interval:
    """R `svyciprop(method="beta")`: Korn–Graubard uncapped; the default where it has no answer."""
    if _without_variance(evidence):
        return korn_graubard(evidence, level)
    return _clopper_pearson(
        evidence, own_answers(evidence) * student_factor(evidence, level), level
    )


def wilson(evidence: Evidence, level: float) -> Interval:
    """Wilson (1927) at n_own with t in place of z, as R; the default where V is not known."""
    if _without_variance(evidence):
        return korn_graubard(evidence, level)
    n_eff, p = own_answers(evidence), evidence.value
    z = float(stdtrit(evidence.df, (1 + level) / 2))
    middle = (p + z * z / (2 * n_eff)) / (1 + z * z / n_eff)
    half = z / (1 + z * z / n_eff) * math.sqrt(p * (1 - p) / n_eff + z * z / (4 * n_eff * n_eff))
    return _holding(evidence, middle - half, middle + half)


def logit(evidence: Evidence, level: float) -> Interval:
    """Student on the log-odds, R's `xlogit`, and its `logit` to the end of its iterations.

    The default at 0 and 100 %.
    """
    if _without_variance(evidence):
        return korn_graubard(evidence, level)
    p = evidence.value
    half = (
        float(stdtrit(evidence.df, (1 + level) / 2)) * math.sqrt(evidence.variance) / (p * (1 - p))
    )
    return _holding(evidence, float(expit(log_odds(p) - half)), float(expit(log_odds(p) + half)))


def asin(evidence: Evidence, level: float) -> Interval:
    """Student on asin √p, which has the same variance for every p; the default at 0 and 100 %."""
    if _without_variance(evidence):
        return korn_graubard(evidence, level)
    p = evidence.value
    error = math.sqrt(evidence.variance / (p * (1 - p))) / 2
    half = float(stdtrit(evidence.df, (1 + level) / 2)) * error
    angle = math.asin(math.sqrt(p))
    low, high = max(angle - half, 0.0), min(angle + half, math.pi / 2)
    return _holding(evidence, math.sin(low) ** 2, math.sin(high) ** 2)


def likelihood(evidence: Evidence, level: float) -> Interval:
    """The shares that a scaled binomial likelihood does not exclude; the default at 0 and 100 %.

        2·n_own·(n − 1)/n·(p log(p/θ) + (1 − p) log((1 − p)/(1 − θ))) ≤ t²

    Rao & Scott (1984); R `svyciprop(method="likelihood")`, which interpolates between a few
    shares where this finds the root.
    """
    if _without_variance(evidence) or evidence.answers < 2:
        return korn_graubard(evidence, level)
    p, n = evidence.value, evidence.answers
    quantile = float(stdtrit(evidence.df, (1 + level) / 2))
    most = quantile**2 / (2 * own_answers(evidence) * (n - 1) / n)

    def excess(odds: float) -> float:
        # −log expit(x) = softplus(−x): exact however close θ comes to 0 or 1.
        there = p * np.logaddexp(0, -odds) + (1 - p) * np.logaddexp(0, odds)
        return float(there - entropy) - most

    start = float(log_odds(p))
    entropy = p * np.logaddexp(0, -start) + (1 - p) * np.logaddexp(0, start)
    ends = min(start, 0.0) - (most + 1) / p, max(start, 0.0) + (most + 1) / (1 - p)
    low = root(excess, ends[0], start, absolute=1e-14, relative=1e-14)
    high = root(excess, start, ends[1], absolute=1e-14, relative=1e-14)
    return _holding(evidence, float(expit(low)), float(expit(high)))


def mean(evidence: Evidence, level: float) -> Interval:
    """Value ± t·SE cut to 0–1, R's `mean`: for comparison, never for a page; else the default."""
    if _without_variance(evidence):
        return korn_graubard(evidence, level)
    half = float(stdtrit(evidence.df, (1 + level) / 2)) * math.sqrt(evidence.variance)
    return _holding(evidence, evidence.value - half, evidence.value + half)


def clopper_pearson(evidence: Evidence, level: float) -> Interval:
    """The exact binomial interval at n answers (Clopper & Pearson 1934): it ignores the design."""
    return _clopper_pearson(evidence, float(evidence.answers), level)


def student(evidence: Evidence, level: float) -> Interval:
    """The default for a mean: value ± t·SE, clipped to the scale.

    At an end of the scale, where every answer is the same extreme one, the value's place on the
    scale is treated as a share; with no degree of freedom the whole scale is possible.
    """
    low, high = evidence.scale
    if evidence.sampling_fraction >= 1:
        return Interval(evidence.value, evidence.value)
    if at_an_end(evidence):
        n_eff, at_top = pooled_answers(evidence), evidence.value > (low + high) / 2
        reach = (high - low) * (1 - ((1 - level) / 2) ** (1 / n_eff))
        return (
            Interval(max(low, evidence.value - reach), evidence.value)
            if at_top
            else Interval(evidence.value, min(high, evidence.value + reach))
        )
    if evidence.df < 1:
        return Interval(low, high)
    half = float(stdtrit(evidence.df, (1 + level) / 2)) * math.sqrt(evidence.variance)
    return _holding(evidence, evidence.value - half, evidence.value + half)


INTERVAL_METHODS: Mapping[str, Callable[[Evidence, float], Interval]] = MappingProxyType(
    {
        "korn_graubard": korn_graubard,
        "korn_graubard_nchs": korn_graubard_nchs,
        "beta": beta,
        "wilson": wilson,
        "logit": logit,
        "xlogit": logit,
        "asin": asin,
        "likelihood": likelihood,
        "mean": mean,
        "clopper_pearson": clopper_pearson,
        "student": student,
    }
)


def _without_variance(evidence: Evidence) -> bool:
    return at_an_end(evidence) or evidence.variance == 0 or evidence.df < 1


def _clopper_pearson(evidence: Evidence, n_eff: float, level: float) -> Interval:
    """Both limits by the beta distribution; a census (n_eff = inf) has no error."""
    if math.isinf(n_eff):
        return Interval(evidence.value, evidence.value)
    low, high = beta_limits(evidence.value, n_eff, (1 - level) / 2)
    return _holding(evidence, low, high)


def beta_limits(share: float, n_eff: float, tail: float) -> tuple[float, float]:
    """The one-sided Clopper–Pearson limits of a share at n_eff answers, `tail` on either side."""
    satisfied, others = n_eff * share, n_eff * (1 - share)
    low = 0.0 if share <= ROUNDING else float(betaincinv(satisfied, others + 1, tail))
    high = 1.0 if share >= 1 - ROUNDING else float(betaincinv(satisfied + 1, others, 1 - tail))
    return low, high


def _holding(evidence: Evidence, low: float, high: float) -> Interval:
    """The limits kept on the scale and around the value, whatever rounding did to them."""
    bottom, top = evidence.scale
    return Interval(max(bottom, min(low, evidence.value)), min(top, max(high, evidence.value)))
