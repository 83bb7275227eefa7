"""An estimate that owns its uncertainty, and a set of estimates with their covariance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from analysis.arrays import Floats, Integers
from analysis.errors import AnalysisError, MethodError
from analysis.intervals import (
    INTERVAL_METHODS,
    ROUNDING,
    Interval,
    answers_cap,
    at_an_end,
    pooled_answers,
)

Kind = Literal["share", "mean"]
#: What a figure is called inside a set: kind and code, e.g. ("item", "II.A1"), ("index", "").
Label = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure: value, variance, degrees of freedom and what its interval needs.

    `answers` is n; `scale` the smallest and largest possible value; `element_variance` the
    variance between people (None where sums do not tell it; p(1 − p) for a share);
    `pooled_deff` the design effect that is usual for this figure; `left_out` the items of an
    index that nobody answered.
    """

    value: float
    variance: float
    df: float
    answers: int
    kind: Kind = "share"
    scale: tuple[float, float] = (0.0, 1.0)
    sampling_fraction: float = 0.0
    element_variance: float | None = None
    pooled_deff: float = 1.0
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        low, high = self.scale
        if not low <= self.value <= high:
            raise AnalysisError(f"value {self.value} is outside its scale {low}–{high}")
        if not (self.variance >= 0 and math.isfinite(self.variance)):
            raise AnalysisError(f"variance {self.variance}: give a finite number, 0 or more")
        if self.answers < 1 or self.df < 0:
            raise AnalysisError(
                f"{self.answers} answers, df {self.df}: an estimate needs answers ≥ 1 and df ≥ 0"
            )
        if not 0 <= self.sampling_fraction <= 1:
            raise AnalysisError(
                f"sampling fraction {self.sampling_fraction}: give a number from 0 to 1"
            )
        if self.kind == "share":
            object.__setattr__(self, "element_variance", self.value * (1 - self.value))

    @property
    def standard_error(self) -> float:
        """The square root of the variance."""
        return math.sqrt(self.variance)

    @property
    def census(self) -> bool:
        """Whether everybody was asked, so that there is no sampling error."""
        return self.sampling_fraction >= 1

    @property
    def deff(self) -> float | None:
        """The design effect: V over that of a simple random sample of n from this population.

        None where it has no meaning: at 0 % and 100 %, in a census, without degrees of freedom,
        or where the variance between people is not known.
        """
        low, high = self.scale
        # What rounding left of a variance of 0 would give any design effect.
        spread = self.element_variance or 0.0
        alike = spread <= ROUNDING * (high - low) ** 2
        if self.census or self.df < 1 or alike or at_an_end(self):
            return None
        return self.variance * answers_cap(self) / spread

    @property
    def effective_answers(self) -> float:
        """How many answers of a simple random sample would say as much; inf for a census.

        The smallest of n/(1 − f), n/(1 − f)/deff and n/(1 − f)/max(1, pooled deff).
        """
        own = answers_cap(self) / self.deff if self.deff else math.inf
        return min(answers_cap(self), own, pooled_answers(self))

    def confidence_interval(self, level: float = 0.95, method: str | None = None) -> Interval:
        """The interval at `level`; by default Korn–Graubard for a share, Student for a mean.

        Raises MethodError for an unknown method or a level outside 0–1, and for a method
        other than "student" on a mean.
        """
        name = method or ("korn_graubard" if self.kind == "share" else "student")
        if name not in INTERVAL_METHODS or (self.kind == "mean" and name != "student"):
            allowed = "student" if self.kind == "mean" else ", ".join(INTERVAL_METHODS)
            raise MethodError(f"method {name!r} for a {self.kind}: use one of {allowed}")
        if not 0 < level < 1:
            raise MethodError(f"level {level}: give a number between 0 and 1, e.g. 0.95")
        return INTERVAL_METHODS[name](self, level)


@dataclass(frozen=True, slots=True)
class Figure:
    """What one figure of a set is; `element_variance` and `left_out` as in Estimate."""

    label: Label
    kind: Kind = "share"
    scale: tuple[float, float] = (0.0, 1.0)
    element_variance: float | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class EstimateSet:
    """All figures of one domain with their joint covariance; `set["index"]`, `set["item", "A1"]`.

    The arrays follow `figures`; `deviations` (J, F) is what the covariance is made of.
    """

    figures: tuple[Figure, ...]
    values: Floats
    deviations: Floats
    variances: Floats
    df: Integers
    answers: Integers
    sampling_fraction: float
    pooled_deffs: Floats

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels of the figures that have an answer."""
        return tuple(figure.label for figure in self.figures)

    @property
    def covariance(self) -> Floats:
        """The (F, F) covariance of all figures."""
        joint: Floats = self.deviations.T @ self.deviations
        return joint

    def __contains__(self, label: str | Label) -> bool:
        return _label(label) in self.labels

    def __getitem__(self, label: str | Label) -> Estimate:
        if label not in self:
            raise KeyError(label)
        return self._estimate(self.labels.index(_label(label)))

    def get(self, kind: str, code: str = "") -> Estimate | None:
        """The figure of that kind and code, or None where nobody gave an answer for it."""
        if (kind, code) not in self:
            return None
        return self[kind, code]

    def estimates(self) -> dict[Label, Estimate]:
        """All figures by label."""
        return {figure.label: self._estimate(place) for place, figure in enumerate(self.figures)}

    def _estimate(self, place: int) -> Estimate:
        figure = self.figures[place]
        return Estimate(
            value=float(self.values[place]),
            variance=float(self.variances[place]),
            df=int(self.df[place]),
            answers=int(self.answers[place]),
            kind=figure.kind,
            scale=figure.scale,
            sampling_fraction=self.sampling_fraction,
            element_variance=figure.element_variance,
            pooled_deff=float(self.pooled_deffs[place]),
            left_out=figure.left_out,
        )


def combine(estimates: Sequence[Estimate], weights: Sequence[float]) -> Estimate:
    """The weighted mean of independent estimates of one kind and scale, e.g. the forms of a sector.

    `weights` are known numbers (people served), used in proportion. V = Σ a²V; the degrees of
    freedom are Satterthwaite's; the pooled answers are 1/Σ(a²/n_i), so that a large weight on
    few answers counts as few answers. Raises MethodError.
    """
    if not estimates or len(estimates) != len(weights):
        raise MethodError(
            f"{len(estimates)} estimates with {len(weights)} weights: give one weight to each"
        )
    if not all(math.isfinite(weight) and weight > 0 for weight in weights):
        raise MethodError(
            f"weights {list(weights)}: give finite numbers above 0, leave out what has none"
        )
    first = estimates[0]
    if any((e.kind, e.scale) != (first.kind, first.scale) for e in estimates):
        raise MethodError("estimates of different kinds or scales cannot be combined")
    shares = [weight / math.fsum(weights) for weight in weights]
    variances = [a * a * _planned_variance(e) for a, e in zip(shares, estimates, strict=True)]
    answers = sum(e.answers for e in estimates)
    fraction = pooled_fraction(
        [e.answers for e in estimates], [e.sampling_fraction for e in estimates]
    )
    value = math.fsum(a * e.value for a, e in zip(shares, estimates, strict=True))
    information = math.fsum(
        a * a / pooled_answers(e) for a, e in zip(shares, estimates, strict=True)
    )
    return Estimate(
        value=min(max(value, first.scale[0]), first.scale[1]),
        variance=math.fsum(variances),
        df=_satterthwaite(variances, [max(e.df, 1) for e in estimates]),
        answers=answers,
        kind=first.kind,
        scale=first.scale,
        sampling_fraction=fraction,
        pooled_deff=answers / (1 - fraction) * information if fraction < 1 else 1.0,
        left_out=tuple(code for e in estimates for code in e.left_out),
    )


def pooled_fraction(answers: Sequence[float], fractions: Sequence[float]) -> float:
    """n over the population Σ n_h/f_h behind it; 0 as soon as one part's f_h is not known."""
    parts = [(n, f) for n, f in zip(answers, fractions, strict=True) if n > 0]
    if any(f <= 0 for _, f in parts):
        return 0.0
    return min(1.0, math.fsum(n for n, _ in parts) / math.fsum(n / f for n, f in parts))


def _label(label: str | Label) -> Label:
    return (label, "") if isinstance(label, str) else label


def _planned_variance(estimate: Estimate) -> float:
    """The variance, or without a degree of freedom the one that the pooled answers suggest."""
    if estimate.df >= 1 or estimate.census:
        return estimate.variance
    return (estimate.element_variance or 0.0) / pooled_answers(estimate)


def _satterthwaite(variances: Sequence[float], df: Sequence[float]) -> float:
    """(ΣV)²/Σ(V²/df) (Satterthwaite 1946); the sum of the df where there is no variance."""
    whole = math.fsum(variances)
    if whole == 0:
        return float(sum(df))
    return 1 / math.fsum((v / whole) ** 2 / d for v, d in zip(variances, df, strict=True))
