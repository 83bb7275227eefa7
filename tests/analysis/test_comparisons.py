"""Lists of units: adjusted p-values, and how often chance alone makes a list."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis import MethodError
from analysis.comparisons import benjamini_hochberg, fall_p_value, holm, listed

#: R 4.2: p.adjust(c(.01, .04, .03, .005), "BH") and "holm".
RAW = [0.01, 0.04, 0.03, 0.005]


def test_both_adjustments_as_r_has_them() -> None:
    assert benjamini_hochberg(RAW).tolist() == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert holm(RAW).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_nothing_to_compare_is_no_list() -> None:
    assert benjamini_hochberg([]).size == holm([]).size == 0
    assert listed({}) == {}


def test_adjusted_values_end_at_one_and_keep_their_order() -> None:
    assert holm([0.6, 0.7, 0.8]).tolist() == [1, 1, 1]
    assert benjamini_hochberg([0.9, 0.95]).tolist() == [0.95, 0.95]


def test_a_list_starts_with_the_most_striking() -> None:
    p = {"a": 0.03, "b": 0.002, "c": 0.5}
    assert list(listed(p)) == ["b", "a"]
    assert list(listed(p, level=0.05, adjustment="holm")) == ["b"]


@pytest.mark.parametrize(
    ("change", "error", "df", "p"),
    [(-2.0, 1.0, 10, 0.036694017), (0.0, 1.0, 10, 0.5), (-0.1, 0.0, 10, 1.0), (-0.1, 0.05, 0, 1.0)],
)
def test_a_fall_is_judged_by_student(change: float, error: float, df: float, p: float) -> None:
    assert fall_p_value(change, error, df) == pytest.approx(p)


def test_a_list_of_nothing_but_chance_is_mostly_empty() -> None:
    """Benjamini–Hochberg at 10 %: of 1,000 lists of 50 true nulls about 10 % have an entry."""
    rng = np.random.default_rng(5)
    entries = [bool((benjamini_hochberg(p) <= 0.10).any()) for p in rng.random((1000, 50))]
    assert 0.07 < np.mean(entries) < 0.13


@pytest.mark.parametrize(
    "call",
    [
        lambda: benjamini_hochberg([0.1, float("nan")]),
        lambda: holm([1.2]),
        lambda: listed({"a": 0.1}, level=0),
        lambda: listed({"a": 0.1}, adjustment="bonferroni"),  # type: ignore[arg-type]
        lambda: fall_p_value(float("nan"), 1, 5),
        lambda: fall_p_value(-1, -1, 5),
    ],
)
def test_what_cannot_be_is_refused(call: Any) -> None:
    with pytest.raises(MethodError):
        call()
