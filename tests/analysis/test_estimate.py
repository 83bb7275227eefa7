"""An estimate owns its uncertainty: its value, variance, degrees of freedom and interval."""

from __future__ import annotations

import math
from typing import Any

import pytest

from analysis import AnalysisError, Estimate, MethodError, combine
from analysis.estimate import pooled_fraction
from tests.analysis.samples import THREE_DAYS, sums, whole

ONE = Estimate(value=0.9, variance=0.0004, df=10, answers=225)
TWO = Estimate(value=0.8, variance=0.0016, df=20, answers=100)


def test_an_estimate_owns_its_uncertainty() -> None:
    share = whole(sums(THREE_DAYS))["item", "A1"]
    assert share.value == 0.75
    assert share.standard_error == pytest.approx(math.sqrt(1 / 48))
    assert share.df == 2
    assert share.answers == 12
    assert share.deff == pytest.approx(4 / 3)
    assert share.effective_answers == pytest.approx(9)


@pytest.mark.parametrize(
    "changes",
    [{"value": 1.0}, {"df": 0}, {"sampling_fraction": 1}, {"kind": "mean", "scale": (0, 100)}],
)
def test_a_design_effect_without_meaning_is_none(changes: dict[str, Any]) -> None:
    known = {"value": 0.9, "variance": 0.001, "df": 5, "answers": 40, **changes}
    assert Estimate(**known).deff is None


def test_what_rounding_left_of_a_variance_makes_no_design_effect() -> None:
    # Everybody said 90 %: Σx²/n − x̄² is some 1e-16 and says nothing.
    same = Estimate(
        value=0.9, variance=1e-33, df=5, answers=40, kind="mean", scale=(0, 9.99),
        element_variance=1e-16,
    )  # fmt: skip
    assert same.deff is None


def test_effective_answers_keep_to_the_pooled_floor_and_a_census_has_no_end() -> None:
    floor = Estimate(value=1, variance=0, df=5, answers=40, pooled_deff=2)
    assert floor.effective_answers == 20
    census = Estimate(value=1, variance=0, df=5, answers=40, sampling_fraction=1)
    assert census.census
    assert census.effective_answers == math.inf


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": 1.2}, "value 1.2 is outside its scale"),
        ({"value": float("nan")}, "value nan"),
        ({"variance": -1.0}, "variance -1.0"),
        ({"variance": float("inf")}, "variance inf"),
        ({"answers": 0}, "0 answers"),
        ({"df": -1}, "df -1"),
        ({"sampling_fraction": 2}, "sampling fraction 2"),
    ],
)
def test_numbers_that_are_no_estimate_are_refused(changes: dict[str, Any], message: str) -> None:
    known = {"value": 0.9, "variance": 0.001, "df": 5, "answers": 40, **changes}
    with pytest.raises(AnalysisError, match=message):
        Estimate(**known)


@pytest.mark.parametrize(
    ("kind", "level", "method", "message"),
    [
        ("share", 0.95, "wald", "method 'wald' for a share: use one of korn_graubard"),
        ("mean", 0.95, "beta", "method 'beta' for a mean: use one of student"),
        ("share", 95, None, "level 95: give a number between 0 and 1"),
    ],
)
def test_an_unknown_method_or_level_is_refused(
    kind: Any, level: float, method: str | None, message: str
) -> None:
    estimate = Estimate(value=0.9, variance=0.001, df=5, answers=40, kind=kind)
    with pytest.raises(MethodError, match=message):
        estimate.confidence_interval(level, method)


def test_a_set_is_asked_by_label() -> None:
    figures = whole(sums(THREE_DAYS))
    assert "index" in figures
    assert ("item", "A1") in figures
    assert figures.labels[:2] == (("index", ""), ("item", "A1"))
    assert figures.get("item", "A1") == figures["item", "A1"]
    assert figures.get("item", "Z9") is None
    assert set(figures.estimates()) == set(figures.labels)
    with pytest.raises(KeyError, match="Z9"):
        figures["item", "Z9"]


def test_forms_of_a_sector_combine_by_hand() -> None:
    both = combine([ONE, TWO], weights=[100, 300])
    assert both.value == pytest.approx(0.825)
    assert both.variance == pytest.approx(0.000925)
    assert both.df == pytest.approx(21.09, abs=0.01)
    assert both.answers == 325
    # 1/(0.25²/225 + 0.75²/100) = 169.41: three quarters rest on 100 answers
    assert both.effective_answers <= 169.42


def test_forms_without_variance_add_their_degrees_of_freedom() -> None:
    sure = Estimate(value=1, variance=0, df=10, answers=50)
    both = combine([sure, sure], weights=[1, 1])
    assert (both.value, both.variance, both.df) == (1, 0, 20)
    assert both.effective_answers == pytest.approx(100)


def test_a_form_whose_variance_is_not_known_brings_a_planned_one() -> None:
    single = Estimate(value=0.8, variance=0, df=0, answers=16, pooled_deff=2)
    assert combine([single], weights=[1]).variance == pytest.approx(0.16 / 8)
    unknown = Estimate(value=4, variance=0, df=0, answers=16, kind="mean", scale=(1, 5))
    assert combine([unknown], weights=[1]).df == 1


def test_census_forms_make_a_census() -> None:
    census = Estimate(value=0.8, variance=0, df=0, answers=16, sampling_fraction=1)
    assert combine([census, census], weights=[1, 2]).census


@pytest.mark.parametrize(
    ("estimates", "weights", "message"),
    [
        ([], [], "0 estimates with 0 weights"),
        ([ONE], [1, 2], "1 estimates with 2 weights"),
        ([ONE, TWO], [1, 0], "above 0"),
        ([ONE, TWO], [1, float("nan")], "above 0"),
        (
            [ONE, Estimate(value=4, variance=0, df=1, answers=5, kind="mean", scale=(1, 5))],
            [1, 1],
            "different kinds",
        ),
    ],
)
def test_what_cannot_be_combined_is_refused(
    estimates: list[Estimate], weights: list[float], message: str
) -> None:
    with pytest.raises(MethodError, match=message):
        combine(estimates, weights)


def test_the_fraction_of_parts_is_that_of_their_populations() -> None:
    assert pooled_fraction([10, 30], [0.1, 0.5]) == pytest.approx(40 / 160)
    assert pooled_fraction([10, 30], [0.1, 0]) == 0
    assert pooled_fraction([10, 0], [0.1, 0]) == pytest.approx(0.1)
