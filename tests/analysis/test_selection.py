"""Bounds and break-even for answers that choose themselves."""

from __future__ import annotations

import math

import pytest

from analysis import Interval, MethodError
from analysis.selection import (
    BreakEven,
    break_even,
    manski_bounds,
    manski_bounds_over,
    manski_interval,
)


def test_the_bounds_are_those_of_nobody_and_everybody() -> None:
    """100 of 1,000 answer and 95 are satisfied: 95 to 995 of all can be."""
    bounds = manski_bounds(0.95, 0.9)
    assert (bounds.low, bounds.high) == pytest.approx((0.095, 0.995))
    assert manski_bounds(0.95, 0.0) == Interval(0.95, 0.95)
    assert manski_bounds(0.95, 1.0) == Interval(0.0, 1.0)


def test_the_bounds_of_units_add_up_with_their_people() -> None:
    """90 of 100 and 10 of 900 people answer: 81 and 10 are satisfied, 90 and 900 − 10 may be."""
    found = manski_bounds_over([0.9, 1.0], [90, 10], 1000)
    parts = [manski_bounds(0.9, 0.1), manski_bounds(1.0, 890 / 900)]
    assert found.low == pytest.approx(0.1 * parts[0].low + 0.9 * parts[1].low) == 0.091
    assert found.high == pytest.approx(0.1 * parts[0].high + 0.9 * parts[1].high) == 0.991


@pytest.mark.parametrize(
    ("shares", "answered", "people"),
    [([0.5], [5, 5], 20), ([0.5], [30], 20), ([1.5], [5], 20), ([0.5], [-1], 20), ([0.5], [5], 0)],
)
def test_units_that_cannot_be_are_refused(
    shares: list[float], answered: list[float], people: float
) -> None:
    with pytest.raises(MethodError):
        manski_bounds_over(shares, answered, people)


def test_limits_widen_the_bounds() -> None:
    bounds = manski_interval(Interval(0.9, 0.98), 0.5)
    assert (bounds.low, bounds.high) == pytest.approx((0.45, 0.99))


@pytest.mark.parametrize(
    ("limits", "rest", "difference", "possible"),
    [
        ((0.92, 0.98), 0.5, 0.04, True),
        ((0.99, 1.0), 0.05, 1.8, False),
        ((0.80, 0.86), 0.5, -0.08, True),
        ((0.20, 0.30), 0.5, -1.2, False),
        ((0.88, 0.95), 0.5, 0.0, True),
        ((0.92, 0.98), 0.0, None, False),
    ],
)
def test_how_far_the_others_must_differ(
    limits: tuple[float, float], rest: float, difference: float | None, possible: bool
) -> None:
    found = break_even(Interval(*limits), 0.9, rest)
    assert found == BreakEven(pytest.approx(difference), possible)


def test_at_the_break_even_the_share_of_all_is_the_target() -> None:
    delta = break_even(Interval(0.92, 0.98), 0.9, 0.4).difference
    assert delta is not None
    assert 0.6 * 0.92 + 0.4 * (0.92 - delta) == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("limits", "rest", "target"),
    [
        ((0.9, 0.8), 0.5, 0.9),
        ((0.9, 1.1), 0.5, 0.9),
        ((0.9, 1.0), 1.5, 0.9),
        ((0.9, 1.0), math.nan, 0.9),
        ((0.9, 1.0), 0.5, 2),
    ],
)
def test_what_cannot_be_is_refused(limits: tuple[float, float], rest: float, target: float) -> None:
    with pytest.raises(MethodError):
        break_even(Interval(*limits), target, rest)
