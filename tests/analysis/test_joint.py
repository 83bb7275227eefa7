"""Estimates of several waves or domains at once, with their joint covariance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis import AnalysisError, Joint, MethodError

#: Two estimates with variances 0.04 and 0.09 and covariance 0.03.
SPREAD = np.linalg.cholesky(np.array([[0.04, 0.03], [0.03, 0.09]])).T
BOTH = Joint(("a", "b"), np.array([0.9, 0.5]), SPREAD, df=10, answers=50)


def test_a_contrast_uses_the_covariance() -> None:
    found = BOTH.contrast({"a": 1, "b": -1})
    assert found.value == pytest.approx(0.4)
    assert found.standard_error**2 == pytest.approx(0.04 + 0.09 - 2 * 0.03)
    assert BOTH.contrast({"b": 2}).standard_error == pytest.approx(0.6)


def test_one_of_them_is_an_estimate_with_its_intervals() -> None:
    share = BOTH.estimate("b")
    assert (share.value, share.standard_error, share.df) == pytest.approx((0.5, 0.3, 10))
    mean = BOTH.estimate("a", kind="mean", scale=(0, 5))
    assert mean.confidence_interval().low == pytest.approx(0.9 - 2.228139 * 0.2, abs=1e-6)


def test_a_share_beyond_its_scale_is_an_error_unless_rounding_made_it() -> None:
    rounded = Joint(("a",), np.array([1 + 1e-15]), np.array([[0.1]]), df=5, answers=5)
    assert rounded.estimate("a").value == 1
    negative = Joint(("a",), np.array([1.2]), np.array([[0.1]]), df=5, answers=5)
    with pytest.raises(AnalysisError, match=r"value 1\.2 is outside its scale"):
        negative.estimate("a")


def test_a_t_interval_and_test_by_hand() -> None:
    # The 97.5 % quantile of Student's t with 10 degrees of freedom is 2.228139.
    interval = BOTH.t_interval()
    assert (interval.low, interval.high) == pytest.approx((0.454372, 1.345628), abs=1e-6)
    test = BOTH.t_test(null=0.9 - 2.2281388519649385 * 0.2)
    assert test.p_two_sided == pytest.approx(0.05)
    assert test.p_greater == pytest.approx(0.025)
    assert test.p_less == pytest.approx(0.975)
    assert BOTH.t_test(fewer_df=1).df == 9


def test_without_degrees_of_freedom_nothing_is_excluded() -> None:
    lonely = Joint(("a",), np.array([0.9]), np.array([[0.1]]), df=0, answers=5)
    interval = lonely.t_interval()
    assert (interval.low, interval.high) == (-np.inf, np.inf)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: BOTH.contrast({"c": 1}), r"no estimate 'c': there are \['a', 'b'\]"),
        (lambda: BOTH.estimate("c"), "no estimate 'c'"),
        (lambda: BOTH.t_interval(95), "level 95"),
        (lambda: BOTH.t_test(fewer_df=10), "test with 0 degrees of freedom"),
        (BOTH.design_effects, "give the sums of squares"),
        (lambda: BOTH.with_spread(np.zeros(2), 100).design_effects(), "no error to compare"),
        (lambda: BOTH.with_spread(np.ones(2), 50).design_effects(), "50 of 50 people asked"),
    ],
)
def test_what_has_no_answer_is_refused(ask: Any, message: str) -> None:
    with pytest.raises(MethodError, match=message):
        ask()
