"""Met, not met, not yet shown: by one-sided limits, never by the value alone."""

from __future__ import annotations

from typing import Any

import pytest

from analysis import Estimate, MethodError, effective_answers_for, verdict


def share(value: float, answers: int, **changes: Any) -> Estimate:
    """A share as of a simple random sample with many degrees of freedom."""
    known = {"variance": value * (1 - value) / answers, "df": answers - 1, **changes}
    return Estimate(value=value, answers=answers, **known)


@pytest.mark.parametrize(
    ("value", "answers", "status"),
    [
        (1.0, 29, "met"),
        (1.0, 28, "not_shown"),
        (0.95, 400, "met"),
        (0.95, 60, "not_shown"),
        (0.80, 60, "not_met"),
        (0.90, 100_000, "not_shown"),
    ],
)
def test_the_verdict_rests_on_the_limits_not_on_the_value(
    value: float, answers: int, status: str
) -> None:
    assert verdict(share(value, answers), 0.9).status == status


@pytest.mark.parametrize(("target", "answers"), [(0.85, 19), (0.90, 29), (0.95, 59)])
def test_with_all_satisfied_the_answers_needed_are_known(target: float, answers: int) -> None:
    assert effective_answers_for(1.0, target) == answers
    assert target ** (answers - 1) > 0.05 >= target**answers


@pytest.mark.parametrize(
    ("operator", "value", "status"),
    [
        (">", 0.9, "not_met"),
        (">=", 0.9, "met"),
        (">", 0.91, "met"),
        (">=", 0.89, "not_met"),
    ],
)
def test_a_census_compares_the_value_itself(operator: Any, value: float, status: str) -> None:
    census = share(value, 50, variance=0.0, sampling_fraction=1.0)
    assert verdict(census, 0.9, operator).status == status


def test_the_answers_still_needed_lead_to_a_verdict() -> None:
    now = verdict(share(0.95, 60, pooled_deff=2.0), 0.9)
    assert now.answers_needed is not None
    assert now.effective_answers_needed is not None
    assert now.answers_needed == pytest.approx(2 * now.effective_answers_needed, abs=2)
    later = share(0.95, 60 + now.answers_needed, pooled_deff=2.0)
    assert verdict(later, 0.9).status == "met"
    assert (
        verdict(share(0.95, 60 + now.answers_needed - 10, pooled_deff=2.0), 0.9).status
        == "not_shown"
    )


def test_a_settled_verdict_needs_nothing_and_a_share_on_target_is_never_settled() -> None:
    assert verdict(share(1.0, 40), 0.9).answers_needed == 0
    on_target = verdict(share(0.9, 40), 0.9)
    assert (on_target.answers_needed, on_target.effective_answers_needed) == (None, None)


@pytest.mark.parametrize(
    ("target", "operator", "message"),
    [(90, ">", "target > 90"), (0, ">", "a share above 0"), (0.9, "<", "target < 0.9")],
)
def test_a_target_that_is_none_is_refused(target: float, operator: Any, message: str) -> None:
    with pytest.raises(MethodError, match=message):
        verdict(share(0.9, 40), target, operator)


def test_a_mean_has_no_verdict() -> None:
    mean = Estimate(value=4, variance=0.1, df=5, answers=40, kind="mean", scale=(1, 5))
    with pytest.raises(MethodError, match="only shares have a target"):
        verdict(mean, 0.9)
