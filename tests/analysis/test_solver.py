"""Calibration solved by Newton steps: where it arrives, and what it says where it cannot."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.auxiliaries import Auxiliaries
from analysis.distances import Bounds, distance
from analysis.solver import TOLERANCE, Equations, named, solve


def equations(spread: float, unit: float = 1.0, bounds: Bounds = None) -> Equations:
    """Three variables of 20 cells, the second as good as the first, met by known factors."""
    draw = np.random.default_rng(3)
    matrix = draw.normal(size=(20, 3)) * unit
    matrix[:, 1] = matrix[:, 0] + draw.normal(size=20) * unit * spread
    design = np.exp(5 * draw.normal(size=20))
    totals = (design * draw.uniform(0.5, 2, size=20)) @ matrix
    return Equations(Auxiliaries.of_matrix(("a", "b", "c"), matrix), design, totals, bounds)


@pytest.mark.parametrize(
    ("name", "bounds"),
    [("linear", None), ("raking", None), ("linear", (0.3, 3)), ("logit", (0.3, 3))],
)
@pytest.mark.parametrize("unit", [1e-100, 1e-12, 1.0, 1e9, 1e100])
@pytest.mark.parametrize("spread", [1.0, 1e-6, 1e-9])
def test_neither_units_nor_twins_among_the_variables_do_harm(
    name: str, bounds: Bounds, unit: float, spread: float
) -> None:
    asked = equations(spread, unit, bounds)
    factors, steps = solve(asked, distance(name, bounds))
    assert asked.worst(factors) <= TOLERANCE
    assert 1 <= steps < 60


def test_totals_that_are_met_already_leave_everything_as_it_is() -> None:
    known = Auxiliaries.of_matrix(("one",), np.ones((3, 1)))
    asked = Equations(known, np.ones(3), np.array([3.0]))
    factors, _ = solve(asked, distance("raking", None))
    assert factors.tolist() == [1, 1, 1]


def test_a_total_is_named_as_a_margin_and_level_where_it_is_one() -> None:
    assert named(("sex", "F")) == "margin 'sex', level 'F'"
    assert named("income") == "total 'income'"
