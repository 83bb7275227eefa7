"""How far weights may move: each distance, its slope and its bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis import MethodError
from analysis.distances import DISTANCES, distance

SCORES = np.linspace(-0.6, 0.9, 7)


@pytest.mark.parametrize("bounds", [None, (0.5, 2.0)])
@pytest.mark.parametrize("name", ["linear", "raking", "logit"])
def test_every_distance_starts_at_1_with_slope_1(name: str, bounds: Any) -> None:
    curve = distance(name, bounds or ((0.3, 3) if name == "logit" else None))
    assert curve.factor(np.zeros(1)) == pytest.approx([1])
    assert curve.slope(np.zeros(1)) == pytest.approx([1])


@pytest.mark.parametrize("name", sorted(DISTANCES))
def test_the_slope_is_the_derivative(name: str) -> None:
    curve, step = distance(name, (0.3, 3.0)), 1e-6
    by_steps = (curve.factor(SCORES + step) - curve.factor(SCORES - step)) / (2 * step)
    assert curve.slope(SCORES) == pytest.approx(by_steps, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("name", sorted(DISTANCES))
def test_the_factor_is_the_derivative_of_the_potential(name: str) -> None:
    curve, step, wide = distance(name, (0.3, 3.0)), 1e-5, np.linspace(-4, 4, 9)
    by_steps = (curve.potential(wide + step) - curve.potential(wide - step)) / (2 * step)
    assert curve.factor(wide) == pytest.approx(by_steps, rel=1e-5)


@pytest.mark.parametrize("name", sorted(DISTANCES))
def test_no_score_leads_out_of_the_bounds(name: str) -> None:
    factors = distance(name, (0.3, 3.0)).factor(np.array([-1e6, -5.0, 0.0, 5.0, 1e6]))
    assert factors.min() >= 0.3
    assert factors.max() <= 3.0
    assert (np.diff(factors) >= 0).all()


@pytest.mark.parametrize(
    ("name", "bounds", "message"),
    [
        ("chi", None, "distance 'chi': use one of linear, raking, logit"),
        ("logit", None, "needs bounds"),
        ("linear", (1.1, 2), "lower < 1 < upper"),
        ("raking", (0.5, 0.9), "lower < 1 < upper"),
        ("raking", (-1, 2), "0 ≤ lower"),
        ("logit", (0.5, float("inf")), "0 ≤ lower < 1 < upper"),
    ],
)
def test_a_distance_that_is_none_is_refused(name: str, bounds: Any, message: str) -> None:
    with pytest.raises(MethodError, match=message):
        distance(name, bounds)
