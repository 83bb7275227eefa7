"""Weighting plans: what a text may say, and everything that is wrong with it at once."""

from __future__ import annotations

import json

import pytest

from surveys.fieldwork import plans
from surveys.fieldwork.plans import Plan, PlanError

RAKE = '{"method": "rake", "keys": ["age_band", "field", "sex"]}'


def test_without_words_answers_are_weighted_to_fields() -> None:
    assert plans.loads("") == plans.loads("{}") == Plan("poststratify", ("field",), None, 5)


def test_keys_come_in_one_order_and_bounds_are_the_usual_ones() -> None:
    assert plans.loads(RAKE) == Plan("rake", ("field", "sex", "age_band"), (0.3, 3.0), 5)
    assert plans.loads(RAKE).personal == ("sex", "age_band")


@pytest.mark.parametrize(
    "text",
    ["{}", RAKE, '{"method": "rake", "bounds": null}', '{"method": "linear", "smallest": 9}',
     '{"keys": ["sex", "age_band"]}', '{"method": "linear", "keys": ["sex"], "bounds": [0, 9]}'],
)  # fmt: skip
def test_a_plan_is_read_back_as_it_was_kept(text: str) -> None:
    assert plans.problems(text) == ()
    assert plans.loads(plans.loads(text).dumps()) == plans.loads(text)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"method": "trim"}, "method"),
        ({"method": ["rake"]}, "method"),
        ({"keys": []}, "keys"),
        ({"keys": "field"}, "keys"),
        ({"keys": ["weather"]}, "keys"),
        ({"keys": [["sex"]]}, "keys"),
        ({"method": "rake", "keys": ["sex", "sex"]}, "keys"),
        ({"keys": ["field", "sex"]}, "keys"),
        ({"bounds": [0.3, 3]}, "bounds"),
        ({"method": "rake", "bounds": [1.5, 3]}, "bounds"),
        ({"method": "rake", "bounds": [0.3]}, "bounds"),
        ({"method": "rake", "bounds": [-1, 3]}, "bounds"),
        ({"method": "rake", "bounds": ["0", "3"]}, "bounds"),
        ({"method": "linear", "bounds": None}, "bounds"),
        ({"smallest": 0}, "smallest"),
        ({"smallest": True}, "smallest"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_each_fault_is_named_with_its_place(said: dict[str, object], place: str) -> None:
    (problem,) = plans.problems(json.dumps(said))
    assert problem.startswith(f"{place}: ")


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(PlanError) as caught:
        plans.loads('{"method": "x", "keys": [], "smallest": "5", "more": 1}')
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize("text", ["rake", "[]", "5", "null", "{"])
def test_what_is_no_object_is_shown_an_example(text: str) -> None:
    (problem,) = plans.problems(text)
    assert '"method":"rake"' in problem
