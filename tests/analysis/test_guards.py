"""Numbers that cannot be are refused at the door, with their place."""

from __future__ import annotations

import math
from typing import Any

import pytest

from analysis import MethodError, TotalsError
from analysis.guards import checked_amount, checked_counts, checked_numbers, checked_share


@pytest.mark.parametrize("share", [0, 1, -0.1, math.nan, math.inf])
def test_a_share_lies_between_the_ends(share: float) -> None:
    with pytest.raises(MethodError, match="target"):
        checked_share("target", share)


@pytest.mark.parametrize("amount", [0, -1, math.nan, math.inf])
def test_an_amount_is_above_zero(amount: float) -> None:
    with pytest.raises(MethodError, match="deff"):
        checked_amount("deff", amount)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([0.5, 2], r"p\[1\] is 2.0: give finite numbers, from 0 to 1"),
        ([math.nan], r"p\[0\] is nan"),
        ([[1]], "give one list"),
    ],
)
def test_bad_numbers_are_named_with_their_place(numbers: Any, words: str) -> None:
    with pytest.raises(MethodError, match=words):
        checked_numbers("p", numbers, 1)


def test_numbers_without_a_top_may_be_large() -> None:
    assert checked_numbers("n", [0, 1e12]).tolist() == [0, 1e12]
    with pytest.raises(MethodError, match="0 or more"):
        checked_numbers("n", [-1])


@pytest.mark.parametrize(
    ("part", "whole"), [([3], [2]), ([-1], [2]), ([math.nan], [2]), ([1], [math.inf])]
)
def test_a_part_is_no_larger_than_its_whole(part: Any, whole: Any) -> None:
    with pytest.raises(TotalsError, match="place 0"):
        checked_counts(part, whole)


def test_counts_come_in_pairs() -> None:
    with pytest.raises(TotalsError, match="one of each"):
        checked_counts([1], [1, 2])
