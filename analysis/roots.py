"""Where a function falls or rises through zero: `scipy.optimize`, fetched when somebody asks.

It is the largest part of what the analysis needs, and most processes find no root.
"""

from __future__ import annotations

from collections.abc import Callable


def root(
    gap: Callable[[float], float],
    low: float,
    high: float,
    *,
    absolute: float,
    relative: float | None = None,
) -> float:
    """Where `gap`, which has opposite signs at both ends, is 0; by Brent (1973)."""
    from scipy.optimize import brentq  # noqa: PLC0415 - see above

    precise = {} if relative is None else {"rtol": relative}
    return float(brentq(gap, low, high, xtol=absolute, **precise))
