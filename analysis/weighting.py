"""Weights before calibration: design weights, nonresponse, trimming, and what weighting costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import Floats
from analysis.errors import WeightError

Name = TypeVar("Name")


@dataclass(frozen=True, slots=True)
class Kish:
    """What unequal weights cost: `deff` = n Σw²/(Σw)², `effective` = (Σw)²/Σw² (Kish 1965)."""

    deff: float
    effective: float


@dataclass(frozen=True, slots=True)
class Response:
    """One class of nonresponse: its rate, and the factor 1/rate for those who answered."""

    rate: float
    factor: float


def kish(weights: ArrayLike, people: ArrayLike | None = None) -> Kish:
    """Kish's design effect and effective number of answers.

    `weights` (R,) belong to each person of a row, `people` (R,) says how many there are (1).
    It is the loss to a variable that has nothing to do with the weights. Raises WeightError.
    """
    w = _weights(weights)
    n = np.ones_like(w) if people is None else np.asarray(people, dtype=float)
    if not n @ w > 0:
        raise WeightError("weights sum to 0: nobody is left to weight")
    return unequal(w, n)


def unequal(weights: Floats, people: Floats) -> Kish:
    """Kish's figures of weights that may be negative, as those of unbounded regression."""
    first, second = float(people @ weights), float(people @ weights**2)
    return Kish(float(people.sum()) * second / first**2, first**2 / second)


def design_weights(
    population: Mapping[Name, float], sampled: Mapping[Name, float]
) -> dict[Name, float]:
    """N_h/n_h for every stratum, the inverse of the chance to be drawn. Raises WeightError."""
    weights: dict[Name, float] = {}
    for name, drawn in sampled.items():
        size = population.get(name, math.nan)
        if not (math.isfinite(size) and 0 < drawn <= size):
            raise WeightError(
                f"stratum {name!r}: {drawn:g} drawn from a population of {size:g}: "
                "give a population that is not smaller than a sample of at least one"
            )
        weights[name] = size / drawn
    return weights


def nonresponse(
    issued: Mapping[Name, float], answered: Mapping[Name, float]
) -> dict[Name, Response]:
    """Each class's response rate, answered/issued, and the factor that makes up for the silent.

    Inside a class, silence is taken to be unrelated to satisfaction (Särndal et al. 1992,
    sec. 15.6.2). A class of tickets of which none was answered cannot be made up for.
    Raises WeightError.
    """
    unknown = [name for name in answered if name not in issued]
    if unknown:
        raise WeightError(f"class {unknown[0]!r} has answers but no tickets issued: add it")
    found: dict[Name, Response] = {}
    for name, tickets in issued.items():
        answers = answered.get(name, 0.0)
        if not (math.isfinite(tickets) and 0 <= answers <= tickets):
            raise WeightError(
                f"class {name!r}: {answers:g} answers to {tickets:g} tickets: "
                "give counts, answers not above tickets"
            )
        if tickets and not answers:
            raise WeightError(
                f"class {name!r}: none of {tickets:g} tickets was answered: "
                "merge it with a class that is like it"
            )
        if tickets:
            found[name] = Response(answers / tickets, tickets / answers)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Trimmed:
    """Weights (R,) after trimming, and how much of their sum could not be given to anybody."""

    weights: Floats
    lost: float


def trim_weights(
    weights: ArrayLike,
    *,
    lower: float = 0.0,
    upper: float = math.inf,
    people: ArrayLike | None = None,
    strict: bool = False,
) -> Trimmed:
    """The weights cut to `lower`–`upper`, what was cut spread evenly over those not cut.

    As R `trimWeights`: spreading may push weights out again; `strict` cuts these, too, until none
    is outside, and what was cut once stays. Where nobody is left to take the rest, it is lost
    from the sum. `people` (R,) counts those of a row (1). Raises WeightError.
    """
    w = _weights(weights)
    n = np.ones_like(w) if people is None else np.asarray(people, dtype=float)
    if not 0 <= lower < upper:
        raise WeightError(f"limits {lower:g}–{upper:g}: give 0 ≤ lower < upper")
    whole = float(n @ w)
    cut = np.zeros(w.size, dtype=bool)
    while True:
        outside = (w < lower) | (w > upper)
        if not outside.any():
            break
        cut |= outside
        inside = np.clip(w, lower, upper)
        rest = float(n[~cut].sum())
        w = np.where(cut, inside, w + float(n @ (w - inside)) / rest) if rest else inside
        if not strict or not rest:
            break
    return Trimmed(w, whole - float(n @ w))


def _weights(weights: ArrayLike) -> Floats:
    w = np.asarray(weights, dtype=float)
    if w.ndim != 1 or not w.size:
        raise WeightError(f"weights of shape {w.shape}: give one per row, and at least one row")
    wrong: Any = ~(np.isfinite(w) & (w >= 0))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise WeightError(f"weight {w[row]} in row {row}: give a finite number, 0 or more")
    return w
