"""Design weights, nonresponse classes and trimming, by examples small enough for hands."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from analysis import WeightError, design_weights, kish, nonresponse, trim_weights
from tests.analysis.parity import FILES

CLOSED_FORMS = [
    case
    for case in json.loads((FILES / "aux.json").read_text(encoding="utf-8"))["cases"]
    if case["fun"] == "kish"
]


@pytest.mark.parametrize("case", CLOSED_FORMS, ids=[case["id"] for case in CLOSED_FORMS])
def test_kish_agrees_with_its_closed_form(case: dict[str, Any]) -> None:
    found = kish(case["args"]["w"])
    assert found.effective == pytest.approx(case["expected"]["n_eff"], rel=1e-12)
    assert found.deff == pytest.approx(case["expected"]["deff"], rel=1e-12)


def test_equal_weights_cost_nothing_whatever_their_size() -> None:
    assert kish([3.0, 3.0], people=[10, 30]).deff == 1
    assert kish([3.0, 3.0], people=[10, 30]).effective == 40


def test_a_row_of_people_counts_as_so_many_weights() -> None:
    assert kish([1.0, 2.0], people=[2, 1]) == kish([1.0, 1.0, 2.0])


def test_design_weights_are_the_inverse_of_the_chance_to_be_drawn() -> None:
    weights = design_weights({"a": 100, "b": 7}, {"a": 10, "b": 7})
    assert weights == {"a": 10, "b": 1}


@pytest.mark.parametrize(
    ("population", "sampled", "message"),
    [
        ({}, {"a": 3}, "stratum 'a': 3 drawn from a population of nan"),
        ({"a": 2}, {"a": 3}, "3 drawn from a population of 2"),
        ({"a": 2}, {"a": 0}, "0 drawn"),
    ],
)
def test_a_sample_larger_than_its_population_is_refused(
    population: dict[str, float], sampled: dict[str, float], message: str
) -> None:
    with pytest.raises(WeightError, match=message):
        design_weights(population, sampled)


def test_those_who_answer_stand_for_those_of_their_class_who_do_not() -> None:
    found = nonresponse({"paper": 40, "qr": 60, "none": 0}, {"paper": 10, "qr": 60})
    assert found["paper"].factor == 4
    assert found["paper"].rate == 0.25
    assert found["qr"].factor == 1
    assert "none" not in found
    assert 10 * found["paper"].factor + 60 * found["qr"].factor == 100


@pytest.mark.parametrize(
    ("issued", "answered", "message"),
    [
        ({"a": 5}, {"b": 1}, "class 'b' has answers but no tickets"),
        ({"a": 5}, {"a": 6}, "class 'a': 6 answers to 5 tickets"),
        ({"a": math.inf}, {"a": 6}, "to inf tickets"),
        ({"a": 5}, {}, "none of 5 tickets was answered: merge"),
    ],
)
def test_tickets_that_cannot_be_are_refused(
    issued: dict[str, float], answered: dict[str, float], message: str
) -> None:
    with pytest.raises(WeightError, match=message):
        nonresponse(issued, answered)


def test_what_is_cut_goes_to_the_others() -> None:
    trimmed = trim_weights([1.0, 2.0, 9.0], upper=5)
    assert trimmed.weights.tolist() == [3, 4, 5]
    assert trimmed.lost == 0


def test_the_sum_is_kept_over_people() -> None:
    trimmed = trim_weights([1.0, 9.0], upper=5, people=[4, 1])
    assert trimmed.weights.tolist() == [2, 5]


def test_once_is_not_always_enough() -> None:
    once = trim_weights([1.0, 4.5, 9.0], upper=5)
    assert once.weights.tolist() == [3, 6.5, 5]
    strict = trim_weights([1.0, 4.5, 9.0], upper=5, strict=True)
    assert strict.weights.tolist() == [4.5, 5, 5]
    assert strict.lost == pytest.approx(0)


def test_what_nobody_can_take_is_reported() -> None:
    trimmed = trim_weights([9.0, 9.0], upper=5)
    assert trimmed.weights.tolist() == [5, 5]
    assert trimmed.lost == 8


def test_weights_inside_stay() -> None:
    assert trim_weights([1.0, 2.0], lower=1, upper=2).weights.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([], "at least one row"),
        ([[1.0]], "shape"),
        ([1.0, -1.0], "weight -1.0 in row 1"),
        ([math.nan], "weight nan in row 0"),
        ([0.0], "sum to 0"),
    ],
)
def test_weights_that_are_none_are_refused(weights: Any, message: str) -> None:
    with pytest.raises(WeightError, match=message):
        kish(np.array(weights))


def test_limits_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(WeightError, match="limits 5–2"):
        trim_weights([1.0], lower=5, upper=2)
