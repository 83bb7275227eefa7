"""Partial pooling and ranks: by hand, and against a truth that is known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit

from analysis import Estimate, MethodError
from analysis.small_areas import RankInterval, fit_prior, pool_units, rank_intervals


def unit(satisfied: int, answers: int, **changes: Any) -> Estimate:
    """One unit of a simple random sample."""
    value = satisfied / answers
    known = {"variance": value * (1 - value) / answers, "df": answers - 1, **changes}
    return Estimate(value=value, answers=answers, **known)


UNITS = {"small": unit(8, 8), "middle": unit(36, 40), "large": unit(320, 400), "poor": unit(50, 80)}
PEOPLE = dict.fromkeys(UNITS, 100.0)


def test_a_unit_with_few_answers_leans_on_the_others() -> None:
    pooling = pool_units(UNITS, population=PEOPLE, total=0.83)
    units, (a, b) = pooling.units, pooling.prior
    assert units["small"].value < 1
    assert units["small"].own_weight == pytest.approx(8 / (8 + a + b))
    assert units["small"].own_weight < units["middle"].own_weight < units["large"].own_weight
    assert all(found.basis == "model" for found in units.values())
    assert units["large"].direct == 0.8


def test_the_units_make_up_the_direct_total() -> None:
    people = {"small": 10.0, "middle": 500.0, "large": 3000.0, "poor": 40.0}
    pooling = pool_units(UNITS, population=people, total=0.83)
    whole = sum(people[name] * found.value for name, found in pooling.units.items())
    assert whole / sum(people.values()) == pytest.approx(0.83, abs=1e-10)


def test_before_the_benchmark_a_value_is_the_posterior_mean() -> None:
    pooling = pool_units(UNITS, population=PEOPLE, total=0.83)
    (a, b), found = pooling.prior, pooling.units["middle"]
    assert pooling.shift is not None
    plain = expit(logit(found.value) - pooling.shift)
    assert plain == pytest.approx((36 + a) / (40 + a + b))
    posterior = math.sqrt(plain * (1 - plain) / (40 + a + b + 1))
    slope = found.value * (1 - found.value) / (plain * (1 - plain))
    assert found.standard_error == pytest.approx(posterior * slope)


def test_a_design_effect_is_worth_fewer_answers() -> None:
    plain = pool_units(UNITS, population=PEOPLE, total=0.83).units["middle"]
    clustered = {**UNITS, "middle": unit(36, 40, pooled_deff=4.0)}
    assert (
        pool_units(clustered, population=PEOPLE, total=0.83).units["middle"].own_weight
        < plain.own_weight
    )


@pytest.mark.parametrize("total", [0.0, 1.0])
def test_a_total_at_an_end_cannot_be_a_benchmark(total: float) -> None:
    pooling = pool_units({"a": unit(5, 5)}, population={"a": 1}, total=total)
    assert pooling.shift is None
    assert 0.5 < pooling.units["a"].value < 1


def test_one_unit_is_the_total() -> None:
    pooling = pool_units({"a": unit(4, 5)}, population={"a": 7}, total=0.75)
    assert pooling.units["a"].value == pytest.approx(0.75)


def test_the_prior_is_found_again() -> None:
    rng = np.random.default_rng(3)
    answers = np.full(3000, 40.0)
    satisfied = rng.binomial(40, rng.beta(18, 2, 3000)).astype(float)
    assert fit_prior(satisfied, answers) == pytest.approx((18, 2), rel=0.1)


def test_pooling_is_nearer_to_the_truth() -> None:
    """80 units of 8 to 80 answers: the mean squared error falls by a third or more."""
    rng = np.random.default_rng(4)
    truth, answers = rng.beta(45, 5, 80), rng.integers(8, 81, 80)
    satisfied = rng.binomial(answers, truth)
    units = {u: unit(int(s), int(n)) for u, (s, n) in enumerate(zip(satisfied, answers))}  # noqa: B905
    pooling = pool_units(units, population=dict.fromkeys(units, 1.0), total=float(truth.mean()))
    model = np.array([found.value for found in pooling.units.values()])
    direct = satisfied / answers
    assert ((model - truth) ** 2).mean() < 0.67 * ((direct - truth) ** 2).mean()
    low = np.array([found.low for found in pooling.units.values()])
    high = np.array([found.high for found in pooling.units.values()])
    assert ((low <= truth) & (truth <= high)).mean() > 0.88


@pytest.mark.parametrize(
    ("units", "people", "total"),
    [
        ({}, {}, 0.8),
        ({"a": unit(4, 5)}, {}, 0.8),
        ({"a": unit(4, 5)}, {"a": math.nan}, 0.8),
        ({"a": unit(4, 5)}, {"a": 1.0}, 1.2),
        (
            {"a": Estimate(value=4, variance=1, df=3, answers=9, kind="mean", scale=(1, 5))},
            {"a": 1.0},
            0.8,
        ),
    ],
)
def test_what_cannot_be_pooled_is_refused(units: Any, people: Any, total: float) -> None:
    with pytest.raises(MethodError):
        pool_units(units, population=people, total=total)


def test_ranks_are_as_sure_as_the_shares() -> None:
    far_apart = {"a": unit(990, 1000), "b": unit(800, 1000), "c": unit(500, 1000)}
    assert rank_intervals(far_apart) == {
        "a": RankInterval(1, 1),
        "b": RankInterval(2, 2),
        "c": RankInterval(3, 3),
    }
    alike = {"a": unit(9, 10), "b": unit(8, 10), "c": unit(500, 1000)}
    assert rank_intervals(alike)["a"] == RankInterval(1, 3)
    assert rank_intervals({}) == {}


def test_all_true_ranks_are_inside_together() -> None:
    """200 leagues of 12 units: in 95 % of them no true rank is left out."""
    rng = np.random.default_rng(6)
    kept = []
    for _ in range(200):
        truth = rng.beta(18, 2, 12)
        found = rank_intervals(
            {u: unit(int(rng.binomial(150, p)), 150) for u, p in enumerate(truth)}
        )
        ranks = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
        kept.append(all(found[u].best <= ranks[u] <= found[u].worst for u in range(12)))
    assert np.mean(kept) >= 0.95


def test_huge_units_at_both_ends_leave_the_likelihood_finite() -> None:
    a, b = fit_prior(np.array([0.0, 0, 0, 80121, 136389]), np.array([1.0, 1, 91, 80121, 136389]))
    assert 0 < a < 1
    assert 0 < b < 1
