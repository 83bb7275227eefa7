"""The three array types of this package, and sums of rows by a code."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


def encode(labels: Iterable[Hashable]) -> tuple[tuple[Hashable, ...], Integers]:
    """The distinct labels in order of first appearance, and each row's place among them."""
    places: dict[Hashable, int] = {}
    codes = [places.setdefault(label, len(places)) for label in labels]
    return tuple(places), np.asarray(codes, dtype=np.int64)


def sum_by(codes: Integers, values: Floats) -> tuple[Integers, Floats]:
    """The distinct codes, ascending, and the sum of `values` (rows, columns) over each.

    Every column goes through the same additions in the same order, so equal columns have
    equal sums to the last bit: a share of exactly 1 gets a standard error of exactly 0.
    """
    if np.any(codes[1:] < codes[:-1]):
        order = np.argsort(codes, kind="stable")
        codes, values = codes[order], values[order]
    starts = np.flatnonzero(np.diff(codes, prepend=codes[0] - 1))
    return codes[starts], np.add.reduceat(values, starts, axis=0)
