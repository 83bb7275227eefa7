"""Is the target met? Answered from one-sided 95 % limits, never from the point estimate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from analysis.errors import MethodError
from analysis.estimate import Estimate
from analysis.intervals import Interval, beta_limits, korn_graubard_answers

Operator = Literal[">", ">="]
Status = Literal["met", "not_met", "not_shown"]

#: The chance of error on either side.
ONE_SIDED = 0.05
#: More effective answers than this are not worth naming: the share sits on the target.
MOST_ANSWERS = 10_000_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a share is above its target, with its one-sided 95 % limits.

    `effective_answers_needed` and `answers_needed` say how many more there must be, at the
    present share, until the question is settled; 0 when it is, None where the share sits on the
    target or too close to it.
    """

    status: Status
    low: float
    high: float
    target: float
    operator: Operator
    effective_answers_needed: int | None
    answers_needed: int | None


def verdict(estimate: Estimate, target: float, operator: Operator = ">") -> Verdict:
    """The verdict on a share against `target` (0–1).

    met: the lower limit is above the target (or equal, for ">="); not met: the upper limit is
    below it (or equal, for ">"); else not shown. A census compares the value itself.
    Raises MethodError.
    """
    if estimate.kind != "share":
        raise MethodError(f"a verdict on a {estimate.kind}: only shares have a target")
    checked_target(target, operator)
    limits = estimate.confidence_interval(level=1 - 2 * ONE_SIDED)
    status = status_of(limits, target, operator)
    needed: int | None = 0
    answers: int | None = 0
    if status == "not_shown":
        needed, answers = _still_needed(estimate, target, operator)
    return Verdict(status, limits.low, limits.high, target, operator, needed, answers)


def checked_target(target: float, operator: Operator) -> None:
    """Nothing if there can be a verdict against this target. Raises MethodError."""
    if not 0 < target <= 1 or operator not in {">", ">="}:
        raise MethodError(
            f"target {operator} {target}: give '>' or '>=' and a share above 0, up to 1"
        )


def status_of(limits: Interval, target: float, operator: Operator) -> Status:
    """What one-sided limits say of the target, whatever they were made from."""
    if limits.low > target or (operator == ">=" and limits.low == target):
        return "met"
    if limits.high < target or (operator == ">" and limits.high == target):
        return "not_met"
    return "not_shown"


def effective_answers_for(share: float, target: float, operator: Operator = ">") -> int | None:
    """The fewest effective answers at which this share settles the question; None if none do.

    With all satisfied: 19 for 85 %, 29 for 90 %, 59 for 95 %.
    """
    if not _settles(share, target, operator, MOST_ANSWERS):
        return None
    low, high = 0, MOST_ANSWERS
    while high - low > 1:
        middle = (low + high) // 2
        if _settles(share, target, operator, middle):
            high = middle
        else:
            low = middle
    return high


def _settles(share: float, target: float, operator: Operator, n_eff: int) -> bool:
    limits = Interval(*beta_limits(share, n_eff, ONE_SIDED))
    return status_of(limits, target, operator) != "not_shown"


def _still_needed(
    estimate: Estimate, target: float, operator: Operator
) -> tuple[int | None, int | None]:
    """More effective answers, and more answers at the present worth of each."""
    whole = effective_answers_for(estimate.value, target, operator)
    if whole is None:
        return None, None
    present = korn_graubard_answers(estimate, 1 - 2 * ONE_SIDED)
    missing = max(whole - present, 0.0)
    worth = present / estimate.answers
    return math.ceil(missing), math.ceil(missing / worth)
