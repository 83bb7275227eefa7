"""Distances of calibration: how the factor g grows with the score u = x'λ, one class per distance.

Deville & Särndal (1992), table 1. `factor` is F(u) with F(0) = 1 and F'(0) = 1, `slope` is F'(u),
`potential` an integral of F: the calibration equations say where Σ d·potential(x'λ) − T'λ, which is
convex, is smallest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
from scipy.special import expit

from analysis.arrays import Floats
from analysis.errors import MethodError

#: Scores beyond this are not raised to the power of e: the step that led there is too long.
STEEPEST = 700.0

Bounds = tuple[float, float] | None


class Distance(Protocol):
    """The factor as a function of the score, with its slope and its integral."""

    def factor(self, score: Floats) -> Floats:
        """F(u), inside the bounds."""

    def slope(self, score: Floats) -> Floats:
        """F'(u), 0 or more."""

    def potential(self, score: Floats) -> Floats:
        """∫F, from any point on."""


@dataclass(frozen=True, slots=True)
class Linear:
    """F(u) = 1 + u (regression), cut off at the bounds."""

    low: float = -math.inf
    high: float = math.inf

    def factor(self, score: Floats) -> Floats:
        """1 + u, inside the bounds."""
        return np.clip(1 + score, self.low, self.high)

    def slope(self, score: Floats) -> Floats:
        """1 between the bounds, 0 beyond them."""
        return ((1 + score >= self.low) & (1 + score <= self.high)).astype(float)

    def potential(self, score: Floats) -> Floats:
        """u + u²/2 between the bounds, a straight line beyond them."""
        inside = np.clip(score, self.low - 1, self.high - 1)
        return inside + inside**2 / 2 + self.factor(score) * (score - inside)


@dataclass(frozen=True, slots=True)
class Raking:
    """F(u) = exp(u), cut off at the bounds."""

    low: float = 0.0
    high: float = math.inf

    def factor(self, score: Floats) -> Floats:
        """exp(u), inside the bounds."""
        return np.clip(np.exp(np.clip(score, -STEEPEST, STEEPEST)), self.low, self.high)

    def slope(self, score: Floats) -> Floats:
        """exp(u) between the bounds, 0 beyond them."""
        raw = np.exp(np.clip(score, -STEEPEST, STEEPEST))
        return np.where((raw >= self.low) & (raw <= self.high), raw, 0.0)

    def potential(self, score: Floats) -> Floats:
        """exp(u) between the bounds, a straight line beyond them."""
        factor = self.factor(score)
        turn = np.log(np.maximum(factor, np.finfo(float).tiny))
        return factor * (1 + score - turn)


@dataclass(frozen=True, slots=True)
class Logit:
    """F runs from L to U in an S: L + (U − L)·expit(A·u + log((1 − L)/(U − 1)))."""

    low: float
    high: float

    def factor(self, score: Floats) -> Floats:
        """The factor, strictly inside the bounds."""
        return self.low + (self.high - self.low) * self._place(score)

    def slope(self, score: Floats) -> Floats:
        """Its slope, A(U − L)·s(1 − s)."""
        place = self._place(score)
        return self._steepness * (self.high - self.low) * place * (1 - place)

    def potential(self, score: Floats) -> Floats:
        """L·u + (U − L)·log(1 + exp(A·u + …))/A."""
        place = self._steepness * score + self._start
        rise = (self.high - self.low) / self._steepness
        return self.low * score + rise * np.logaddexp(0, place)

    @property
    def _start(self) -> float:
        return math.log((1 - self.low) / (self.high - 1))

    @property
    def _steepness(self) -> float:
        return (self.high - self.low) / ((1 - self.low) * (self.high - 1))

    def _place(self, score: Floats) -> Floats:
        place: Floats = expit(self._steepness * score + self._start)
        return place


DISTANCES: Mapping[str, Callable[[float, float], Distance]] = MappingProxyType(
    {"linear": Linear, "raking": Raking, "logit": Logit}
)


def distance(name: str, bounds: Bounds) -> Distance:
    """The distance of that name with g kept inside the bounds. Raises MethodError."""
    if name not in DISTANCES:
        raise MethodError(f"distance {name!r}: use one of {', '.join(DISTANCES)}")
    if bounds is None:
        if name == "logit":
            raise MethodError("distance 'logit' needs bounds, e.g. (0.3, 3)")
        return Linear() if name == "linear" else Raking()
    low, high = bounds
    if not (0 <= low < 1 < high and math.isfinite(high)):
        raise MethodError(f"bounds {bounds}: give 0 ≤ lower < 1 < upper, e.g. (0.3, 3)")
    return DISTANCES[name](low, high)
