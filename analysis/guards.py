"""Checks at the door of the public functions: each gives back usable numbers, or raises."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import Floats
from analysis.errors import MethodError, TotalsError

#: Beyond this many answers the logarithms of a likelihood lose the digits that decide.
MOST_ANSWERS = 1e9


def checked_share(name: str, share: float) -> float:
    """The share if it lies strictly between 0 and 1. Raises MethodError."""
    if not 0 < share < 1:
        raise MethodError(f"{name} {share}: give a share between 0 and 1, e.g. 0.9")
    return share


def checked_amount(name: str, amount: float) -> float:
    """The number if it is finite and above 0. Raises MethodError."""
    if not 0 < amount < np.inf:
        raise MethodError(f"{name} {amount}: give a finite number above 0")
    return amount


def checked_numbers(name: str, numbers: ArrayLike, most: float = np.inf) -> Floats:
    """A vector of finite numbers from 0 to `most`. Raises MethodError."""
    values = np.asarray(numbers, dtype=float)
    if values.ndim != 1:
        raise MethodError(f"{name} of shape {values.shape}: give one list of numbers")
    bad = ~(np.isfinite(values) & (values >= 0) & (values <= most))
    if bad.any():
        place = int(np.flatnonzero(bad)[0])
        allowed = "0 or more" if np.isinf(most) else f"from 0 to {most:g}"
        raise MethodError(f"{name}[{place}] is {values[place]}: give finite numbers, {allowed}")
    return values


def checked_counts(part: ArrayLike, whole: ArrayLike) -> tuple[Floats, Floats]:
    """Two vectors with 0 ≤ part ≤ whole; both may be fractions. Raises TotalsError."""
    parts, wholes = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    if parts.ndim != 1 or parts.shape != wholes.shape:
        raise TotalsError(f"counts of shapes {parts.shape} and {wholes.shape}: one of each")
    bad = ~((parts >= 0) & (parts <= wholes) & (wholes <= MOST_ANSWERS))
    if bad.any():
        place = int(np.flatnonzero(bad)[0])
        raise TotalsError(
            f"{parts[place]:g} of {wholes[place]:g} (place {place}): "
            f"the part lies between 0 and the whole, the whole is at most {MOST_ANSWERS:g}"
        )
    return parts, wholes
