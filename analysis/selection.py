"""What people who did not answer could change: for answers that choose themselves (open posters).

No model is needed: the bounds hold whatever the others think, and the break-even says how far the
others would have to differ before a conclusion turned. Shares are 0–1.
"""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike

from analysis.errors import MethodError
from analysis.guards import checked_amount, checked_numbers
from analysis.intervals import ROUNDING, Interval


@dataclass(frozen=True, slots=True)
class BreakEven:
    """How much the share of those who did not answer must differ to turn a conclusion.

    `difference` is that of the respondents less theirs: above 0 the others must be *less*
    satisfied by so much, below 0 *more*; 0 where nothing is shown yet; None where everybody
    answered. `possible` is False where even 0 % or 100 % among the others is not enough.
    """

    difference: float | None
    possible: bool


def manski_bounds(share: float, nonresponse: float) -> Interval:
    """The smallest and largest share of all when a part `nonresponse` (0–1) did not answer.

    [p(1 − r), p(1 − r) + r]: nobody or everybody of the others satisfied (Manski 1989; 2003,
    ch. 1). Raises MethodError.
    """
    return manski_interval(Interval(share, share), nonresponse)


def manski_bounds_over(shares: ArrayLike, answered: ArrayLike, people: float) -> Interval:
    """The same over several units: `answered` (u,) people of each with its share, of all `people`.

    Bounds of disjoint parts add up with their shares of the people (Manski 2003, ch. 1), so
    Σ n_u·p_u/N is the smallest, and 1 − Σ n_u/N more the largest: units where fewer answered do
    not lend their share to more people than they heard. Raises MethodError.
    """
    p, n = checked_numbers("shares", shares, 1), checked_numbers("answered", answered)
    if p.shape != n.shape or not n.sum() <= checked_amount("people", people):
        raise MethodError(
            f"{p.size} shares, answered {n.tolist()} of {people} people: one each, and together "
            "no more than there are people"
        )
    low = float(p @ n) / people
    return Interval(low, min(1.0, low + 1 - float(n.sum()) / people))


def manski_interval(limits: Interval, nonresponse: float) -> Interval:
    """The bounds of all when the respondents' share is only known within `limits`.

    [L(1 − r), H(1 − r) + r] covers the bounds at least as often as the limits cover the
    respondents' share (Horowitz & Manski 2000). Raises MethodError.
    """
    low, high = _checked(limits)
    (r,) = checked_numbers("nonresponse", [nonresponse], 1).tolist()
    return Interval(low * (1 - r), min(1.0, high * (1 - r) + r))


def break_even(limits: Interval, target: float, nonresponse: float) -> BreakEven:
    """The difference δ* at which the others turn a conclusion from `limits` against `target`.

    The share of all is p − r·δ, δ the respondents' share less that of the others. Above the
    target (L > T) the conclusion holds while δ < (L − T)/r; below it (H < T) while
    δ > (H − T)/r. Raises MethodError.
    """
    low, high = _checked(limits)
    (r,) = checked_numbers("nonresponse", [nonresponse], 1).tolist()
    checked_numbers("target", [target], 1)
    if low <= target <= high:
        return BreakEven(0.0, possible=True)
    if r <= ROUNDING:
        return BreakEven(None, possible=False)
    if low > target:
        return BreakEven((low - target) / r, possible=low * (1 - r) <= target)
    return BreakEven((high - target) / r, possible=high * (1 - r) + r >= target)


def _checked(limits: Interval) -> tuple[float, float]:
    low, high = checked_numbers("limits", [limits.low, limits.high], 1).tolist()
    if low > high:
        raise MethodError(f"limits {low}–{high}: give the lower one first")
    return low, high
