"""Bounds that hold however often somebody looks: for waves that are still open.

A beta-binomial mixture (Robbins 1970; Howard, Ramdas, McAuliffe & Sekhon 2021) weighs every
possible share against the true one; the chance that this weight ever exceeds 1/α is at most α
(Ville 1939), after any number of looks. The price is width, 1.3 to 1.8 times the ordinary interval.
Counts may be divided by a design effect first; they need not be whole. Shares are 0–1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from scipy.special import betaincc, betaln, gammaln, xlog1py, xlogy

from analysis.errors import MethodError
from analysis.estimate import Estimate
from analysis.guards import checked_amount, checked_counts, checked_share
from analysis.intervals import Interval, korn_graubard_answers
from analysis.roots import root
from analysis.verdicts import (
    MOST_ANSWERS,
    ONE_SIDED,
    Operator,
    Verdict,
    checked_target,
    status_of,
    verdict,
)

Side = Literal["above", "below"]

#: Where a satisfied share is expected before any answer: Beta(9, 1), with mean 0.9.
PRIOR = (9.0, 1.0)
#: A limit nearer to an end of the scale than this is the end.
NEAREST = 1e-12


def confidence_sequence(
    satisfied: float,
    answers: float,
    *,
    level: float = 0.95,
    prior: tuple[float, float] = PRIOR,
) -> Interval:
    """The two-sided confidence sequence for a share after `answers`, `satisfied` of them.

    All p at which the mixture B(a + s, b + t − s)/B(a, b) is less than 1/(1 − level) times the
    likelihood p^s (1 − p)^(t − s). The whole scale before the first answer. The true share
    leaves the sequence at any time with a chance of at most 1 − level. Raises MethodError,
    TotalsError.
    """
    _check(satisfied, answers, prior)
    bar = -math.log1p(-checked_share("level", level))
    others, (a, b) = answers - satisfied, prior
    low = _lower_end(satisfied, others, (a, b), bar)
    return Interval(low, 1 - _lower_end(others, satisfied, (b, a), bar))


def log_e_value(
    satisfied: float,
    answers: float,
    target: float,
    *,
    side: Side = "above",
    prior: tuple[float, float] = PRIOR,
) -> float:
    """The natural logarithm of the e-value for a share on that side of `target` (0–1).

    The mixture is that of `confidence_sequence`, with the prior cut to the side in question: an
    e-process against all shares on the other side and the target itself. Above log 20 = 2.996
    the side is shown, with a chance of at most 5 % of ever being wrong. Raises MethodError,
    TotalsError.
    """
    _check(satisfied, answers, prior)
    checked_share("target", target)
    others, (a, b) = answers - satisfied, prior
    if side == "above":
        return _log_e_above(satisfied, others, (a, b), target)
    if side == "below":
        return _log_e_above(others, satisfied, (b, a), 1 - target)
    raise MethodError(f"side {side!r}: use 'above' or 'below'")


def sequence_limits(
    satisfied: float,
    answers: float,
    *,
    error: float = ONE_SIDED,
    prior: tuple[float, float] = PRIOR,
) -> Interval:
    """Both one-sided limits: the targets below `low` are shown exceeded, above `high` missed.

    Each is the target at which the e-value of its side is 1/error, so each side alone is ever
    wrong with a chance of at most `error`. Raises MethodError, TotalsError.
    """
    _check(satisfied, answers, prior)
    bar = -math.log(checked_share("error", error))
    others, (a, b) = answers - satisfied, prior
    low = _lower_limit(satisfied, others, (a, b), bar)
    return Interval(low, 1 - _lower_limit(others, satisfied, (b, a), bar))


def open_verdict(estimate: Estimate, target: float, operator: Operator = ">") -> Verdict:
    """The verdict on a share while answers still come in, whoever looks however often.

    Counts are s/deff and t/deff with the larger of the own and the pooled design effect, never
    less than 1, and never more than the closed wave's effective answers, which pay for a design
    effect that a few days tell badly. Only closed waves use `verdict`; a census has nothing to
    wait for and gets it here, too. Raises MethodError.
    """
    if estimate.census or estimate.kind != "share":
        return verdict(estimate, target, operator)
    checked_target(target, operator)
    plain = estimate.answers / max(1.0, estimate.deff or 1.0, estimate.pooled_deff)
    present = min(plain, korn_graubard_answers(estimate, 1 - 2 * ONE_SIDED))
    limits = _limits_at(estimate.value, present)
    status = status_of(limits, target, operator)
    needed: int | None = 0
    answers: int | None = 0
    if status == "not_shown":
        needed, answers = _still_needed(estimate, target, operator, present=present)
    return Verdict(status, limits.low, limits.high, target, operator, needed, answers)


def list_sequence(
    satisfied: int,
    answers: int,
    visitors: int,
    *,
    level: float = 0.95,
    prior: tuple[float, float] = PRIOR,
) -> Interval:
    """The confidence sequence for the satisfied share of a finite list, answers in random order.

    All whole numbers k of satisfied visitors at which the beta-binomial mixture is less than
    1/(1 − level) times the chance of these answers without replacement (Waudby-Smith & Ramdas
    2020, prior-posterior ratio), divided by the list's length. When all have answered it is the
    share itself. Raises MethodError, TotalsError.
    """
    _check(satisfied, answers, prior)
    if not answers <= visitors or any(int(n) != n for n in (satisfied, answers, visitors)):
        raise MethodError(
            f"{satisfied} of {answers} answers, {visitors} visitors: give whole numbers, "
            "no more answers than visitors"
        )
    if answers == 0:
        return Interval(0.0, 1.0)
    bar = -math.log1p(-checked_share("level", level))
    others, (a, b) = answers - satisfied, prior
    low = _fewest(satisfied, others, visitors, (a, b), bar=bar)
    high = visitors - _fewest(others, satisfied, visitors, (b, a), bar=bar)
    share = satisfied / answers
    return Interval(min(low / visitors, share), max(high / visitors, share))


def list_verdict(
    satisfied: int, answers: int, visitors: int, *, target: float, operator: Operator = ">"
) -> Verdict:
    """The verdict on a finite list while its answers come in, from the 95 % `list_sequence`.

    Both sides together are ever wrong with a chance of at most 5 %. `answers_needed` assumes
    the present share; when all have answered the question is always settled. Raises
    MethodError, TotalsError.
    """
    checked_target(target, operator)
    limits = list_sequence(satisfied, answers, visitors)
    status = status_of(limits, target, operator)
    needed = 0
    if status == "not_shown":
        low, high = answers, visitors
        while high - low > 1:
            middle = (low + high) // 2
            expected = round(satisfied / max(answers, 1) * middle)
            later = status_of(list_sequence(expected, middle, visitors), target, operator)
            low, high = (middle, high) if later == "not_shown" else (low, middle)
        needed = high - answers
    return Verdict(status, limits.low, limits.high, target, operator, needed, needed)


def _check(satisfied: float, answers: float, prior: tuple[float, float]) -> None:
    checked_counts([satisfied], [answers])
    for parameter in prior:
        checked_amount("prior", parameter)


def _log_likelihood(satisfied: float, others: float, share: float) -> float:
    return float(xlogy(satisfied, share) + xlog1py(others, -share))


def _log_mixture(satisfied: float, others: float, prior: tuple[float, float]) -> float:
    a, b = prior
    return float(betaln(a + satisfied, b + others) - betaln(a, b))


def _lower_end(satisfied: float, others: float, prior: tuple[float, float], bar: float) -> float:
    """The smallest share in the sequence; the likelihood rises from 0 to the observed share."""
    if satisfied == 0:
        return 0.0
    mixture = _log_mixture(satisfied, others, prior)
    return _root(lambda p: mixture - _log_likelihood(satisfied, others, p) - bar, satisfied, others)


def _lower_limit(satisfied: float, others: float, prior: tuple[float, float], bar: float) -> float:
    """The target that the share is shown to exceed: the e-value falls up to the observed share."""
    if satisfied == 0:
        return 0.0
    return _root(lambda p: _log_e_above(satisfied, others, prior, p) - bar, satisfied, others)


def _root(gap: Callable[[float], float], satisfied: float, others: float) -> float:
    """Where `gap` falls through 0 up to the observed share; the cautious 0 where it does not."""
    top = min(satisfied / (satisfied + others), 1 - NEAREST)
    if top <= NEAREST or not gap(NEAREST) > 0 > gap(top):
        return 0.0
    return root(gap, NEAREST, top, absolute=1e-15, relative=1e-14)


def _log_e_above(
    satisfied: float, others: float, prior: tuple[float, float], target: float
) -> float:
    a, b = prior
    mixture = _log_mixture(satisfied, others, prior) + _log_upper_tail(
        a + satisfied, b + others, target
    )
    return mixture - _log_upper_tail(a, b, target) - _log_likelihood(satisfied, others, target)


def _log_upper_tail(a: float, b: float, x: float) -> float:
    """The logarithm of P(Beta(a, b) > x), also where the chance itself is too small a number.

    There I_y(b, a) with y = 1 − x is y^b x^a/(b B(a, b)) · Σ Π (a + b + k)/(b + 1 + k) y (DLMF
    8.17.8), whose terms fall at least as fast as the first.
    """
    tail = float(betaincc(a, b, x))
    if tail > 1e-290:
        return math.log(tail)
    y = 1 - x
    first = y * (a + b) / (b + 1)
    k = np.arange(math.ceil(40 / (1 - first)))
    series = 1 + float(np.cumprod(y * (a + b + k) / (b + 1 + k)).sum())
    return float(xlogy(b, y) + xlogy(a, x) - math.log(b) - betaln(a, b)) + math.log(series)


def _limits_at(share: float, answers: float) -> Interval:
    """The one-sided limits at so many effective answers, kept around the share."""
    limits = sequence_limits(share * answers, answers)
    return Interval(min(limits.low, share), max(limits.high, share))


def _still_needed(
    estimate: Estimate, target: float, operator: Operator, *, present: float
) -> tuple[int | None, int | None]:
    """More effective answers, and more answers at the present worth of each, at this share."""

    def settled(answers: float) -> bool:
        limits = _limits_at(estimate.value, answers)
        return status_of(limits, target, operator) != "not_shown"

    low = high = max(present, 1.0)
    while not settled(high):
        low, high = high, 2 * high
        if high > MOST_ANSWERS:
            return None, None
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (low, middle) if settled(middle) else (middle, high)
    missing = high - present
    return math.ceil(missing), math.ceil(missing * estimate.answers / present)


def _fewest(
    satisfied: int, others: int, visitors: int, prior: tuple[float, float], *, bar: float
) -> int:
    """The smallest number of satisfied visitors in the sequence.

    The chance of the answers rises up to the most likely number, which is in the sequence.
    """
    mixture = _log_mixture(satisfied, others, prior)
    likeliest = satisfied * (visitors + 1) // (satisfied + others)
    low, high = satisfied - 1, min(likeliest, visitors - others)
    while high - low > 1:
        middle = (low + high) // 2
        chance = _log_chance(satisfied, others, middle, visitors)
        low, high = (low, middle) if mixture - chance < bar else (middle, high)
    return high


def _log_chance(satisfied: int, others: int, k: int, visitors: int) -> float:
    """The log chance of these answers in this order when k of the visitors are satisfied."""
    ways = gammaln(k + 1) - gammaln(k - satisfied + 1)
    ways += gammaln(visitors - k + 1) - gammaln(visitors - k - others + 1)
    return float(ways - gammaln(visitors + 1) + gammaln(visitors - satisfied - others + 1))
