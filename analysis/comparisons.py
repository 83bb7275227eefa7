"""Many comparisons at once: for lists of units, never for one unit's own verdict.

One verdict carries its own 5 %. A list ("units that fell") picks the most striking of many, so its
p-values are adjusted: Benjamini–Hochberg bounds the share of wrong entries, Holm the chance of any.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from types import MappingProxyType
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from analysis.arrays import Floats
from analysis.errors import MethodError
from analysis.guards import checked_numbers, checked_share

Name = TypeVar("Name", bound=Hashable)
Adjustment = Literal["benjamini_hochberg", "holm"]

#: The share of entries of a list that may be wrong.
WRONG_ENTRIES = 0.10


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """The adjusted p-values (m,), in the order given: a list of all up to q is q wrong at most.

    min over ranks j ≥ i of p_(j)·m/j, up to 1 (Benjamini & Hochberg 1995): bounds the expected
    share of wrong entries for independent or positively dependent tests. R
    `p.adjust(method="BH")`. Raises MethodError.
    """
    p = checked_numbers("p_values", p_values, 1)
    falling = np.argsort(-p, kind="stable")
    grown = p[falling] * (p.size / np.arange(p.size, 0, -1))
    return _in_place(np.minimum.accumulate(grown), falling)


def holm(p_values: ArrayLike) -> Floats:
    """The adjusted p-values (m,): a list of all up to α has any wrong entry with chance α at most.

    max over ranks j ≤ i of p_(j)·(m − j + 1), up to 1 (Holm 1979), under any dependence. R
    `p.adjust(method="holm")`. Raises MethodError.
    """
    p = checked_numbers("p_values", p_values, 1)
    rising = np.argsort(p, kind="stable")
    grown = p[rising] * np.arange(p.size, 0, -1)
    return _in_place(np.maximum.accumulate(grown), rising)


ADJUSTMENTS: Mapping[str, Callable[[ArrayLike], Floats]] = MappingProxyType(
    {"benjamini_hochberg": benjamini_hochberg, "holm": holm}
)


def fall_p_value(change: float, standard_error: float, df: float) -> float:
    """The one-sided p-value of "it fell": P(t_df ≤ change/SE) were there no change; 0–1.

    Give −change for "it rose". Without a standard error or degree of freedom there is no
    evidence of chance at all, so the answer is 1. Raises MethodError.
    """
    if not (math.isfinite(change) and math.isfinite(df) and 0 <= standard_error < math.inf):
        raise MethodError(
            f"change {change}, SE {standard_error}, df {df}: give finite numbers, SE 0 or more"
        )
    if standard_error == 0 or df < 1:
        return 1.0
    return float(stdtr(df, change / standard_error))


def listed(
    p_values: Mapping[Name, float],
    level: float = WRONG_ENTRIES,
    adjustment: Adjustment = "benjamini_hochberg",
) -> dict[Name, float]:
    """The units that belong on the list with their adjusted p-values, the most striking first.

    `level` is the share of wrong entries (Benjamini–Hochberg) or the chance of any (Holm).
    Raises MethodError.
    """
    if adjustment not in ADJUSTMENTS:
        raise MethodError(f"adjustment {adjustment!r}: use one of {', '.join(ADJUSTMENTS)}")
    checked_share("level", level)
    adjusted = ADJUSTMENTS[adjustment](list(p_values.values())).tolist()
    entries = sorted(zip(p_values, adjusted, p_values.values(), strict=True), key=lambda e: e[1:])
    return {name: value for name, value, _ in entries if value <= level}


def _in_place(ranked: Floats, order: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Floats:
    """Ranked values back in the order they came in, at most 1."""
    adjusted = np.empty_like(ranked)
    adjusted[order] = np.minimum(ranked, 1)
    return adjusted
