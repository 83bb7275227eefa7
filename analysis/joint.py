"""Several estimates of one sample with their covariance, and what is tested on them."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import stdtr, stdtrit

from analysis.arrays import Floats
from analysis.errors import MethodError
from analysis.estimate import Estimate, Kind
from analysis.intervals import ROUNDING, Interval


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """F estimates: `values` (F,), their covariance, and the design degrees of freedom `df`.

    `deviations` (J, F) is what the covariance is made of; `answers` are the people behind the
    estimates. `simple_variances` (F,) are those of a simple random sample with replacement and
    `size` the estimated number of people, for design effects (None where they are not known).
    """

    labels: tuple[Hashable, ...]
    values: Floats
    deviations: Floats
    df: int
    answers: int
    simple_variances: Floats | None = None
    size: float = math.inf

    @property
    def covariance(self) -> Floats:
        """The (F, F) covariance."""
        joint: Floats = self.deviations.T @ self.deviations
        return joint

    @property
    def standard_errors(self) -> Floats:
        """(F,) square roots of the variances."""
        errors: Floats = np.sqrt((self.deviations**2).sum(axis=0))
        return errors

    @property
    def value(self) -> float:
        """The first (or only) estimate."""
        return float(self.values[0])

    @property
    def standard_error(self) -> float:
        """The standard error of the first (or only) estimate."""
        return float(self.standard_errors[0])

    def with_spread(self, variances: Floats | None, size: float) -> Joint:
        """The same with the variance S² between people of each estimate, of `size` people."""
        simple = None if variances is None else variances / self.answers
        return replace(self, simple_variances=simple, size=size)

    def design_effects(self, *, with_replacement: bool = False) -> Floats:
        """(F,) the variance over that of a simple random sample of as many people.

        R `deff=TRUE`, and `deff="replace"` with replacement. Raises MethodError where the
        variance between people is not known or is 0, or (without replacement) everybody was asked.
        """
        if self.simple_variances is None:
            raise MethodError("design effect: give the sums of squares with the variable")
        left = 1.0 if with_replacement else 1 - self.answers / self.size
        if left <= 0 or not (self.simple_variances > 0).all():
            raise MethodError(
                f"design effect: {self.answers} of {self.size:g} people asked, variances "
                f"{self.simple_variances.tolist()}: a simple random sample has no error to compare"
            )
        effects: Floats = self.standard_errors**2 / (self.simple_variances * left)
        return effects

    def contrast(self, coefficients: Mapping[Any, float]) -> Joint:
        """Σ a·estimate over the labels named, e.g. {"2025": 1, "2024": -1}. Raises MethodError."""
        unknown = [label for label in coefficients if label not in self.labels]
        if unknown:
            raise MethodError(f"no estimate {unknown[0]!r}: there are {list(self.labels)}")
        weights = np.array([float(coefficients.get(label, 0.0)) for label in self.labels])
        return Joint(
            ("contrast",),
            np.array([self.values @ weights]),
            (self.deviations @ weights)[:, None],
            self.df,
            self.answers,
        )

    def estimate(
        self, label: Hashable, *, kind: Kind = "share", scale: tuple[float, float] = (0.0, 1.0)
    ) -> Estimate:
        """One of them as an Estimate, with its intervals, verdict and presentation.

        Raises AnalysisError for a value outside the scale, which negative weights may lead to.
        """
        if label not in self.labels:
            raise MethodError(f"no estimate {label!r}: there are {list(self.labels)}")
        place = self.labels.index(label)
        variance = float((self.deviations[:, place] ** 2).sum())
        value, (low, high) = float(self.values[place]), scale
        on_scale = min(max(value, low), high)
        if abs(value - on_scale) <= ROUNDING * (high - low):
            value = on_scale
        return Estimate(value, variance, self.df, self.answers, kind, scale)

    def t_interval(self, level: float = 0.95) -> Interval:
        """Value ± t·SE of the first estimate: for totals and differences, which have no scale."""
        if not 0 < level < 1:
            raise MethodError(f"level {level}: give a number between 0 and 1, e.g. 0.95")
        half = _quantile(self.df, (1 + level) / 2) * self.standard_error
        return Interval(self.value - half, self.value + half)

    def t_test(self, null: float = 0.0, *, fewer_df: int = 0) -> TTest:
        """Student's test of the first estimate against `null`.

        `fewer_df` takes degrees of freedom away: 1 for a regression slope, as R `svyttest`.
        Raises MethodError without a degree of freedom or without variance.
        """
        df = self.df - fewer_df
        if df < 1 or self.standard_error == 0:
            raise MethodError(
                f"test with {df} degrees of freedom and a standard error of "
                f"{self.standard_error:g}: neither may be 0"
            )
        t = (self.value - null) / self.standard_error
        return TTest(self.value, self.standard_error, df, t, null)


@dataclass(frozen=True, slots=True)
class TTest:
    """Student's test: the value, its standard error, t and the degrees of freedom."""

    value: float
    standard_error: float
    df: int
    t: float
    null: float

    @property
    def p_two_sided(self) -> float:
        """The chance of a |t| as large as this where the null holds."""
        return 2 * float(stdtr(self.df, -abs(self.t)))

    @property
    def p_greater(self) -> float:
        """The chance of a t as large as this: small speaks for a value above the null."""
        return float(stdtr(self.df, -self.t))

    @property
    def p_less(self) -> float:
        """The chance of a t as small as this: small speaks for a value below the null."""
        return float(stdtr(self.df, self.t))


def _quantile(df: int, probability: float) -> float:
    return float(stdtrit(df, probability)) if df >= 1 else math.inf
