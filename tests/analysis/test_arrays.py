"""Small rules for arrays that everything rests on."""

from __future__ import annotations

import numpy as np

from analysis.arrays import encode, sum_by


def test_labels_get_their_place_in_order_of_first_appearance() -> None:
    labels, codes = encode(["b", "a", "b"])
    assert labels == ("b", "a")
    assert codes.tolist() == [0, 1, 0]


def test_rows_are_summed_by_code_also_by_negative_codes() -> None:
    codes, totals = sum_by(np.array([2, -1, 2]), np.array([[1.0], [5.0], [3.0]]))
    assert codes.tolist() == [-1, 2]
    assert totals.tolist() == [[5.0], [4.0]]
