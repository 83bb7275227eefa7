"""Sums from rows: counted once, added up the same way whatever the order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis import Design, Extra, Items, Totals, TotalsError
from tests.analysis.samples import THREE_DAYS, sums, two_values

DESIGN = Design.from_rows(["u", "u"], [1, 2])
GOOD: dict[str, Any] = {
    "cell": ["c", "c"],
    "respondents": [3, 2],
    "counts": [[[1, 2]], [[0, 2]]],
    "items": two_values(["A1"]),
}


def test_good_sums_are_kept_as_they_are() -> None:
    totals = Totals.from_rows(DESIGN, **GOOD)
    assert totals.counts.tolist() == GOOD["counts"]
    assert totals.base_weight.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cell": ["c"]}, "1 cell labels for 2 rows"),
        ({"respondents": [3]}, "respondents has shape"),
        ({"respondents": [3, -1]}, "respondents is -1.0 in row 1"),
        ({"respondents": [2, 2]}, "3 answers from 2 people in row 0"),
        ({"counts": [[[1, 2]]]}, "counts have shape"),
        ({"counts": [[[1, -2]], [[0, 0]]]}, "a count is -2"),
        ({"counts": [[[1.0, 2.0]], [[0.0, 0.5]]]}, "whole numbers"),
        ({"items": Items(["A1"], [[0, 1]], [[np.nan, 5]])}, "a value without a score"),
        ({"asked": [1, 1]}, r"asked has shape \(2,\): give \(rows, items\) = \(2, 1\)"),
        ({"asked": [[0.5], [0]]}, "a chance to be asked is 0.0"),
        ({"asked": [[0.5], [1.5]]}, "a chance to be asked is 1.5"),
        ({"asked": [[0.5], [np.nan]]}, "a chance to be asked is nan"),
        ({"base_weight": [1, 0]}, "base_weight is 0"),
        ({"base_weight": [1, np.inf]}, "base_weight is inf"),
        ({"extras": {"flag": Extra([1, 3], [1, 2])}}, "flag: the sum 3.0 of 2 people in row 1"),
        ({"extras": {"flag": Extra([1, 1], [9, 2])}}, "flag: 9 answers from 3 people"),
        ({"extras": {"x": Extra([1, 1], [1, 1], squares=[-1, 0])}}, "x: squares is -1"),
    ],
)
def test_sums_that_cannot_be_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(TotalsError, match=message):
        Totals.from_rows(DESIGN, **{**GOOD, **change})


@pytest.mark.parametrize(
    ("codes", "satisfied", "scores", "message"),
    [
        (["A", "A"], [[0, 1]] * 2, [[1, 5]] * 2, "each code once"),
        (["A"], [[0, 1]] * 2, [[1, 5]] * 2, "1 items"),
        (["A"], [[0, 1]], [[1, 5, 6]], "give both as"),
        (["A"], [1], [1], "scores: give"),
        (["A"], [[0, 1]], [[np.nan, np.nan]], "at least one value"),
    ],
)
def test_items_must_fit_their_tables(
    codes: list[str], satisfied: Any, scores: Any, message: str
) -> None:
    with pytest.raises(TotalsError, match=message):
        Items(codes, satisfied, scores)


def test_the_scale_of_an_item_leaves_out_values_it_does_not_have() -> None:
    assert Items(["A"], [[0, 0, 1]], [[np.nan, 1, 3]]).scales == ((1.0, 3.0),)


def test_domains_by_label_come_in_order_of_appearance() -> None:
    totals = sums(THREE_DAYS)
    domains = totals.by_label(["y", "x", "y"])
    assert {label: rows.tolist() for label, rows in domains.items()} == {"y": [0, 2], "x": [1]}
    assert list(domains) == ["y", "x"]
    with pytest.raises(TotalsError, match="2 labels for 3 rows"):
        totals.by_label(["x", "y"])


def test_a_domain_is_a_mask_or_row_indices() -> None:
    totals = sums(THREE_DAYS)
    assert totals.rows_of([True, False, True]).tolist() == [0, 2]
    assert totals.rows_of([2, 0, 2]).tolist() == [0, 2]
    assert totals.rows_of([]).size == 0
    with pytest.raises(TotalsError, match="one mark per row"):
        totals.rows_of([True])
    with pytest.raises(TotalsError, match="outside the 3 rows"):
        totals.rows_of([3])
