"""Answers weighted to the people served, and small cells merged."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import CalibrationError, PeopleByCell, merge_thin, post_stratify
from tests.analysis.samples import sums, whole


def cells(*sizes: tuple[str, int]) -> list[tuple[str, int, str, int, int]]:
    """One row of one PSU per cell, all satisfied."""
    return [("u", 1, cell, people, people) for cell, people in sizes]


def test_weighted_answers_meet_the_population() -> None:
    totals = sums(cells(("land", 10), ("other", 10)))
    calibration = post_stratify(totals, {"land": 30, "other": 70})
    assert calibration.factors.tolist() == [3, 7]
    assert calibration.merges == ()


def test_the_factor_stands_on_the_design_weight() -> None:
    totals = sums(cells(("land", 10)), base_weight=[2.0])
    assert post_stratify(totals, {"land": 30}).factors.tolist() == [1.5]


def test_calibration_needs_no_more_than_the_people_of_each_cell() -> None:
    people = PeopleByCell(("land", "other"), np.array([10.0, 10.0]), np.array([2.0, 1.0]))
    assert post_stratify(people, {"land": 30, "other": 70}).factors.tolist() == [1.5, 7]


def test_small_cells_take_in_their_successors_in_the_given_order() -> None:
    totals = sums(cells(("d", 3), ("c", 30), ("b", 2), ("a", 10)))
    calibration = post_stratify(totals, {"a": 20, "b": 8, "c": 60, "d": 7})
    assert calibration.merges == (("b", "c", "d"),)
    assert calibration.factors.tolist() == [75 / 35, 75 / 35, 75 / 35, 2]


def test_a_group_of_few_answers_becomes_one_cell() -> None:
    calibration = post_stratify(sums(cells(("a", 1), ("b", 2))), {"a": 4, "b": 5})
    assert calibration.merges == (("a", "b"),)
    assert calibration.factors.tolist() == [3, 3]


def test_an_empty_cell_with_population_is_merged_and_a_cell_without_population_too() -> None:
    totals = sums(cells(("a", 9), ("stray", 2)))
    calibration = post_stratify(totals, {"empty": 10, "a": 45})
    assert calibration.merges == (("empty", "a", "stray"),)
    assert calibration.factors.tolist() == [5, 5]


def test_groups_are_calibrated_apart_and_reported_where_they_cannot_be() -> None:
    rows = [("u", 1, ("u", "land"), 5, 5), ("v", 1, ("v", "land"), 5, 0)]
    population = {("u", "land"): 50, ("w", "land"): 9}
    calibration = post_stratify(sums(rows), population, group=lambda cell: cell[0])
    assert calibration.factors.tolist() == [10, 1]
    assert calibration.poststratum.tolist() == [0, -1]
    assert calibration.unweighted == ("v",)
    assert calibration.unsampled == ("w",)


def test_an_unweighted_group_keeps_its_weight_and_its_variance() -> None:
    rows = [("u", 1, "c", 4, 4), ("u", 2, "c", 4, 2)]
    plain = whole(sums(rows))["item", "A1"]
    assert whole(sums(rows), calibration=post_stratify(sums(rows), {}))["item", "A1"] == plain


@pytest.mark.parametrize(
    ("population", "message"),
    [
        ({"land": 9}, "cell 'land' has 10 answers but a population of 9"),
        ({"land": 30, "other": -1}, "population of cell 'other' is -1"),
        ({"land": float("inf")}, "is inf"),
    ],
)
def test_a_population_that_cannot_be_is_refused_by_name(
    population: dict[str, float], message: str
) -> None:
    with pytest.raises(CalibrationError, match=message):
        post_stratify(sums(cells(("land", 10))), population)


def test_a_merged_cell_is_named_by_all_its_members() -> None:
    totals = sums(cells(("land", 10), ("other", 2)))
    with pytest.raises(CalibrationError, match="'land' \\+ 'other' has 12 answers"):
        post_stratify(totals, {"land": 9, "other": 2})


def test_a_large_cell_without_a_total_beside_cells_with_one_is_refused() -> None:
    with pytest.raises(CalibrationError, match="'other' has 7 answers but a population of 0"):
        post_stratify(sums(cells(("land", 10), ("other", 7))), {"land": 30})


def test_thin_levels_are_merged_in_order_without_fitting() -> None:
    answers = {"a": 5.0, "b": 1.0, "c": 4.0, "d": 2.0}
    assert merge_thin(answers) == [("a",), ("b", "c", "d")]
    assert merge_thin(answers, smallest=20) == [("a", "b", "c", "d")]
    assert merge_thin(answers, smallest=1) == [("a",), ("b",), ("c",), ("d",)]
