"""Charts, funnels and CUSUM: exact chances, and alarms counted in simulations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from analysis import MethodError, TotalsError
from analysis.monitoring import (
    average_run_length,
    binomial_quantile,
    cusum,
    funnel,
    funnel_limits,
    over_dispersion,
    p_chart,
)


def binomial_sum(k: int, n: int, p: float) -> float:
    """P(X ≤ k) term by term."""
    return sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1))


@pytest.mark.parametrize("n", [1, 7, 40])
@pytest.mark.parametrize("p", [0.1, 0.9, 0.995])
@pytest.mark.parametrize("chance", [0.00135, 0.5, 0.999])
def test_a_quantile_is_the_first_to_reach_its_chance(n: int, p: float, chance: float) -> None:
    k = int(binomial_quantile(chance, [n], p)[0])
    assert binomial_sum(k, n, p) >= chance
    assert k == 0 or binomial_sum(k - 1, n, p) < chance


def test_a_week_outside_its_limits_is_a_signal() -> None:
    chart = p_chart([45, 46, 44, 33, 50], [50] * 5, centre=0.9)
    assert chart.places == ("inside", "inside", "inside", "low", "inside")
    assert chart.lows[0] == binomial_quantile(0.00135, [50], 0.9)[0] / 50
    assert chart.highs[0] == 1
    assert chart.shares.tolist() == [0.9, 0.92, 0.88, 0.66, 1.0]


def test_a_week_can_be_too_good() -> None:
    assert p_chart([5, 5, 20], [20, 20, 20], centre=0.25).places == ("inside", "inside", "high")


def test_a_design_effect_widens_the_chart() -> None:
    weeks = [90, 91, 79, 89], [100] * 4
    assert p_chart(*weeks, centre=0.9).places[2] == "low"
    assert p_chart(*weeks, centre=0.9, deff=3.0).places[2] == "inside"


@pytest.mark.parametrize(("satisfied", "centre"), [(30, 1 - 0.5 / 31), (0, 0.5 / 31)])
def test_the_centre_is_never_at_an_end(satisfied: int, centre: float) -> None:
    chart = p_chart([satisfied], [30])
    assert chart.centre == pytest.approx(centre)
    assert chart.places == ("inside",)


def test_false_alarms_of_the_chart_are_rare() -> None:
    weeks = np.random.default_rng(7).binomial(60, 0.9, 20_000)
    places = p_chart(weeks, np.full(20_000, 60), centre=0.9).places
    assert 0 < sum(place != "inside" for place in places) / 20_000 < 2 * 0.00135


def test_the_funnel_narrows_and_holds_its_target() -> None:
    limits = funnel_limits(0.9, [1, 10, 100, 1000])
    for low, high in ((limits.low_95, limits.high_95), (limits.low_998, limits.high_998)):
        assert (np.diff(high - low) < 0).all()
        assert ((low >= 0) & (low <= 0.9) & (high >= 0.9) & (high <= 1)).all()
    assert (limits.low_998 < limits.low_95)[1:].all()


def test_units_stand_in_their_zones() -> None:
    shares = [*[0.89, 0.90, 0.91] * 12, 0.84, 0.70, 0.94, 1.0]
    found = funnel(shares, [200] * 40, target=0.9)
    assert found.dispersion == 1
    assert found.zones == (*["inside"] * 36, "low_95", "low_998", "high_95", "high_998")


def test_the_target_of_a_funnel_is_the_common_share() -> None:
    assert funnel([0.8, 1.0], [300, 100]).target == pytest.approx(0.85)


def test_where_units_differ_anyway_the_funnel_widens() -> None:
    rng = np.random.default_rng(8)
    answers = np.full(200, 300)
    shares = rng.binomial(300, rng.beta(45, 5, 200)) / 300
    found = funnel(shares, answers, target=0.9)
    assert 2 < found.dispersion < 1 + 299 / 51
    assert found.limits.low_95[0] < funnel_limits(0.9, [300]).low_95[0]


def test_two_extreme_units_are_no_over_dispersion() -> None:
    """Winsorising: who stands out does not widen the limits that show it."""
    shares = np.random.default_rng(9).binomial(300, 0.9, 60) / 300
    shares[:2] = 0.5
    assert over_dispersion(shares, np.full(60, 300), target=0.9) == 1
    z = (shares - 0.9) * np.sqrt(300 / 0.09)
    assert (z**2).mean() > 1 + 2 * math.sqrt(2 / 60)


def test_dissatisfied_answers_raise_the_cusum_and_satisfied_ones_lower_it() -> None:
    found = cusum([0, 1, 0, 1], [1] * 4)
    up, down = math.log(2), math.log(0.8 / 0.9)
    assert found.heights.tolist() == pytest.approx([0, up, up + down, 2 * up + down])
    assert found.signals == ()


def test_the_cusum_signals_and_starts_again() -> None:
    found = cusum([1] * 12, [1] * 12)
    assert found.signals == (5, 11)
    assert found.heights[6] == pytest.approx(math.log(2))


def test_a_day_is_one_step() -> None:
    found = cusum([2, 6], [10, 10])
    up, down = math.log(2), math.log(0.8 / 0.9)
    assert found.heights.tolist() == pytest.approx([2 * up + 8 * down, 8 * up + 12 * down])


def run_lengths(share: float, runs: int, seed: int) -> tuple[float, float]:
    """The mean answers to a signal and its standard error, one answer at a time."""
    rng = np.random.default_rng(seed)
    height, length, going = np.zeros(runs), np.zeros(runs), np.ones(runs, dtype=bool)
    while going.any():
        length += going
        step = np.where(rng.random(runs) < share, math.log(2), math.log(0.8 / 0.9))
        height = np.maximum(0, height + step)
        going &= height < 4
    return float(length.mean()), float(length.std() / math.sqrt(runs))


@pytest.mark.parametrize(("share", "about"), [(0.10, 1870), (0.20, 75), (0.30, 31)])
def test_the_run_length_is_that_of_a_simulation(share: float, about: float) -> None:
    computed = average_run_length(share)
    mean, error = run_lengths(share, 2000, seed=10)
    assert computed == pytest.approx(about, rel=0.03)
    assert abs(computed - mean) < 3 * error + 0.02 * mean


@pytest.mark.parametrize(
    "call",
    [
        lambda: p_chart([1], [2], deff=0.5),
        lambda: p_chart([1], [2], centre=1.0),
        lambda: funnel_limits(1.0, [10]),
        lambda: funnel_limits(0.9, [0]),
        lambda: funnel([0.9], [0], target=0.9),
        lambda: funnel([1.1], [5]),
        lambda: cusum([1], [1], acceptable=0.2, unacceptable=0.1),
        lambda: cusum([1], [1], height=0),
        lambda: average_run_length(0),
        lambda: average_run_length(0.1, states=1),
        lambda: binomial_quantile(0, [5], 0.5),
    ],
)
def test_what_cannot_be_is_refused(call: Any) -> None:
    with pytest.raises(MethodError):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: p_chart([], []),
        lambda: p_chart([0, 1], [0, 2]),
        lambda: p_chart([3], [2]),
        lambda: funnel([], []),
        lambda: funnel([0.9, 0.8], [5]),
        lambda: funnel([0.9], [0]),
        lambda: cusum([2], [1]),
    ],
)
def test_sums_that_cannot_be_are_refused(call: Any) -> None:
    with pytest.raises(TotalsError):
        call()
