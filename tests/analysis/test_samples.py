"""Sample sizes and allocations: the official table, powers, and sums that add up."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from analysis import Estimate, MethodError, verdict
from analysis.samples import (
    Missing,
    allocate,
    design_effect,
    official_sample_size,
    sample_size_precision,
    sample_size_target,
    still_missing,
)


@pytest.mark.parametrize(
    ("population", "answers"), [(300, 172), (1000, 286), (5000, 371), (400, 200), (1, 1)]
)
def test_the_official_table_is_met(population: int, answers: int) -> None:
    assert official_sample_size(population) == answers


def test_a_precision_costs_step_by_step() -> None:
    """z = 1.96, p = 0.5, e = 0.05: 384.1; doubled 768.3; of 1,000 people 434.7; 70 % answer."""
    found = sample_size_precision(0.5, 0.05, population=1000, deff=2.0, response_rate=0.7)
    steps = (found.simple, found.with_deff, found.with_population)
    assert steps == pytest.approx((384.1459, 768.2918, 434.7283), rel=1e-6)
    assert (found.answers, found.invitations, found.reachable) == (435, 622, True)


def test_more_invitations_than_people_are_out_of_reach() -> None:
    assert not sample_size_precision(0.5, 0.05, population=500, response_rate=0.3).reachable
    endless = sample_size_precision(0.5, 0.05)
    assert endless.with_population == endless.with_deff


def test_a_target_is_shown_with_the_power_asked_for() -> None:
    """184 answers, 95 % satisfied, against 90 %: by the normal limit 80 % of samples show it."""
    size = sample_size_target(0.90, 0.95)
    assert (size.answers, sample_size_target(0.90, 0.95, deff=2.0).answers) == (184, 367)
    shares = np.random.default_rng(11).binomial(size.answers, 0.95, 20_000) / size.answers
    bar = 0.9 + 1.6449 * math.sqrt(0.09 / size.answers)
    assert (shares > bar).mean() == pytest.approx(0.80, abs=0.03)


def test_the_product_s_own_verdict_needs_somewhat_more() -> None:
    """The exact limits of a verdict are more careful than the normal ones of the formula."""
    n = 184
    met = {
        s: verdict(Estimate(s / n, s / n * (1 - s / n) / n, n - 1, n), 0.9).status == "met"
        for s in range(150, n + 1)
    }
    drawn = np.random.default_rng(12).binomial(n, 0.95, 5_000).tolist()
    assert 0.6 < np.mean([met[s] for s in drawn]) < 0.8


def test_clusters_and_weights_multiply() -> None:
    assert design_effect(21, 0.05) == pytest.approx(2.0)
    assert design_effect(21, 0.05, weight_cv=0.5) == pytest.approx(2.5)
    assert design_effect(1, 0.9) == 1


STRATA = {"land": 1000, "build": 100, "civil": 10}


@pytest.mark.parametrize(
    ("rule", "floor", "expected"),
    [
        ("proportional", 0, [90, 9, 1]),
        ("proportional", 15, [75, 15, 10]),
        ("equal", 0, [45, 45, 10]),
        ("equal", 40, [45, 45, 10]),
    ],
)
def test_an_allocation_adds_up_within_its_bounds(
    rule: Any, floor: int, expected: list[int]
) -> None:
    found = allocate(100, STRATA, rule=rule, floor=floor)
    assert list(found.values()) == expected


def test_neyman_asks_where_people_differ() -> None:
    """N·√(p(1 − p)): 1,000·0.1 to 1,000·0.3 to 1,000·0.5."""
    strata = dict.fromkeys("abc", 1000)
    shares = {"a": 0.5 + math.sqrt(0.24), "b": 0.9, "c": 0.5}
    assert list(allocate(90, strata, rule="neyman", shares=shares).values()) == [10, 30, 50]


def test_neyman_asks_where_all_agree_too() -> None:
    found = allocate(50, {"a": 100, "b": 100}, rule="neyman", shares={"a": 1.0, "b": 0.5})
    assert found["a"] >= 1


def test_neyman_is_the_best_of_all_allocations() -> None:
    people, shares = {"a": 500, "b": 300, "c": 200}, {"a": 0.97, "b": 0.8, "c": 0.5}

    def variance(sizes: dict[str, int]) -> float:
        return sum(people[h] ** 2 * shares[h] * (1 - shares[h]) / sizes[h] for h in people)

    rules: list[Any] = ["neyman", "proportional", "equal"]
    found = [variance(allocate(60, people, rule=rule, shares=shares)) for rule in rules]
    assert found[0] < min(found[1:])


@pytest.mark.parametrize("answers", [0, 1, 7, 1109, 1110])
def test_every_number_can_be_allocated(answers: int) -> None:
    for rule in ("proportional", "equal", "neyman"):
        found = allocate(answers, STRATA, rule=rule)  # type: ignore[arg-type]
        assert sum(found.values()) == answers
        assert all(0 <= found[h] <= STRATA[h] for h in STRATA)


def test_no_strata_take_no_answers() -> None:
    assert allocate(0, {}) == {}


def test_what_is_missing_comes_first() -> None:
    planned = {("u1", "land"): 40, ("u1", "build"): 20, ("u2", "land"): 30}
    received = {("u1", "land"): 38, ("u1", "build"): 25, ("u9", "land"): 4}
    assert still_missing(planned, received) == {
        ("u2", "land"): Missing(30, 0, 30),
        ("u1", "land"): Missing(40, 38, 2),
        ("u1", "build"): Missing(20, 25, 0),
    }
    assert next(iter(still_missing(planned, received))) == ("u2", "land")


@pytest.mark.parametrize(
    "call",
    [
        lambda: official_sample_size(0),
        lambda: official_sample_size(100, margin=0),
        lambda: sample_size_precision(1.0, 0.05),
        lambda: sample_size_precision(0.9, 0.05, population=0),
        lambda: sample_size_precision(0.9, 0.05, response_rate=0),
        lambda: sample_size_precision(0.9, 0.05, deff=0),
        lambda: sample_size_precision(0.9, 1e-7),
        lambda: sample_size_precision(0.9, 0.05, response_rate=1e-9),
        lambda: sample_size_target(0.9, 0.9 + 1e-9),
        lambda: sample_size_target(0.9, 0.9),
        lambda: sample_size_target(0.9, 0.95, power=1),
        lambda: design_effect(0.5, 0.1),
        lambda: design_effect(5, 1.1),
        lambda: design_effect(5, 0.1, weight_cv=-1),
        lambda: allocate(1111, STRATA),
        lambda: allocate(20, STRATA, floor=50),
        lambda: allocate(20, STRATA, rule="fair"),  # type: ignore[arg-type]
        lambda: allocate(20, {"a": -1}),
        lambda: still_missing({"a": -1}, {}),
        lambda: still_missing({"a": 1}, {"a": -1}),
    ],
)
def test_what_cannot_be_is_refused(call: Any) -> None:
    with pytest.raises(MethodError):
        call()
