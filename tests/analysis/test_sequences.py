"""Bounds for open waves: by their definition, by counting, and by looking every day."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gammaln

from analysis import Estimate, Interval, MethodError, TotalsError, verdict
from analysis.sequences import (
    confidence_sequence,
    list_sequence,
    list_verdict,
    log_e_value,
    open_verdict,
    sequence_limits,
)


def share(value: float, answers: int, **changes: Any) -> Estimate:
    """A share as of a simple random sample with many degrees of freedom."""
    known = {"variance": value * (1 - value) / answers, "df": answers - 1, **changes}
    return Estimate(value=value, answers=answers, **known)


def density(p: float) -> float:
    """Of the prior Beta(9, 1)."""
    return 9 * p**8


def log_e_by_quadrature(satisfied: int, answers: int, target: float) -> float:
    """The e-value by its definition: the mean likelihood ratio over the prior above the target."""

    def ratio(p: float) -> float:
        others = answers - satisfied
        return (p / target) ** satisfied * ((1 - p) / (1 - target)) ** others * density(p)

    above = quad(ratio, target, 1, epsabs=0, epsrel=1e-11, limit=400)[0]
    return math.log(above / quad(density, target, 1)[0])


@pytest.mark.parametrize(("satisfied", "answers"), [(29, 29), (95, 100), (80, 100), (0, 7)])
@pytest.mark.parametrize("target", [0.5, 0.9])
def test_the_e_value_is_the_mean_likelihood_ratio(
    satisfied: int, answers: int, target: float
) -> None:
    known = log_e_by_quadrature(satisfied, answers, target)
    assert log_e_value(satisfied, answers, target) == pytest.approx(known, rel=1e-8)


def test_the_other_side_is_the_mirror_image() -> None:
    mirrored = log_e_value(40, 100, 0.1, prior=(1, 9))
    assert log_e_value(60, 100, 0.9, side="below") == pytest.approx(mirrored, rel=1e-12)


def test_a_hopeless_e_value_is_still_a_number() -> None:
    """All its weight lies at the target: the prior's density there over the likelihood's slope."""
    slope = 9_900 / 0.1 - 100 / 0.9
    known = math.log(density(0.9) / (1 - 0.9**9) / slope)
    assert log_e_value(100, 10_000, 0.9) == pytest.approx(known, rel=1e-4)


def test_the_e_value_falls_as_the_target_rises() -> None:
    values = [log_e_value(90, 100, target) for target in np.linspace(0.5, 0.899, 60)]
    assert all(high > low for high, low in pairwise(values))


@pytest.mark.parametrize(("satisfied", "answers"), [(29, 29), (47.5, 50.0), (0, 12), (3, 12)])
def test_at_a_limit_the_e_value_is_twenty(satisfied: float, answers: float) -> None:
    limits = sequence_limits(satisfied, answers)
    if satisfied > 0:
        assert log_e_value(satisfied, answers, limits.low) == pytest.approx(math.log(20))
    if satisfied < answers:
        below = log_e_value(satisfied, answers, limits.high, side="below")
        assert below == pytest.approx(math.log(20))


def test_before_the_first_answer_everything_is_possible() -> None:
    assert confidence_sequence(0, 0) == Interval(0, 1)
    assert sequence_limits(0, 0) == Interval(0, 1)
    assert list_sequence(0, 0, 10) == Interval(0, 1)


def test_the_sequence_pays_with_width() -> None:
    ordinary = share(0.9, 500).confidence_interval().width
    assert 1.4 < confidence_sequence(450, 500).width / ordinary < 1.8


def test_a_sliver_of_an_answer_says_nothing() -> None:
    assert confidence_sequence(1e-14, 1e-14) == Interval(0, 1)
    assert confidence_sequence(1e-3, 1.0).low == 0


@pytest.mark.parametrize(
    ("value", "answers", "status"),
    [(1.0, 40, "met"), (1.0, 39, "not_shown"), (0.8, 200, "not_met"), (0.95, 150, "not_shown")],
)
def test_an_open_wave_asks_for_more(value: float, answers: int, status: str) -> None:
    found = open_verdict(share(value, answers), 0.9)
    assert found.status == status
    assert found.low <= value <= found.high


@pytest.mark.parametrize(("value", "df"), [(0.97, 1), (0.97, 2), (0.98, 3), (0.5, 2), (0.8, 1)])
def test_a_few_days_settle_nothing_that_the_closed_wave_would_not(value: float, df: int) -> None:
    now = Estimate(value=value, variance=value * (1 - value) / 150, df=df, answers=150)
    opened, closed = open_verdict(now, 0.9), verdict(now, 0.9)
    assert opened.low <= closed.low
    assert opened.high >= closed.high


def test_the_answers_needed_settle_an_open_wave() -> None:
    now = open_verdict(share(1.0, 30, pooled_deff=2.0), 0.9)
    assert (now.effective_answers_needed, now.answers_needed) == (25, 50)
    assert open_verdict(share(1.0, 80, pooled_deff=2.0), 0.9).status == "met"
    assert open_verdict(share(1.0, 78, pooled_deff=2.0), 0.9).status == "not_shown"


def test_a_share_on_its_target_is_never_shown() -> None:
    found = open_verdict(share(0.9, 1000), 0.9)
    assert (found.status, found.answers_needed) == ("not_shown", None)


def test_the_own_design_effect_counts_where_it_is_larger() -> None:
    clustered = share(0.95, 600, variance=3 * 0.95 * 0.05 / 600)
    assert open_verdict(share(0.95, 600), 0.9).status == "met"
    assert open_verdict(clustered, 0.9).status == "not_shown"


def test_a_census_has_nothing_to_wait_for() -> None:
    census = share(0.91, 100, variance=0, sampling_fraction=1)
    assert open_verdict(census, 0.9) == verdict(census, 0.9)


def chance_of(satisfied: int, others: int, k: int, visitors: int) -> float:
    """The log chance of answers in order, drawn one by one from k of the visitors."""
    logs = [math.log((k - i) / (visitors - i)) for i in range(satisfied)]
    logs += [
        math.log((visitors - k - i) / (visitors - satisfied - i)) if visitors - k > i else -math.inf
        for i in range(others)
    ]
    return sum(logs)


@pytest.mark.parametrize(("satisfied", "answers"), [(18, 20), (40, 40), (3, 10), (0, 5)])
def test_a_list_is_counted_through(satisfied: int, answers: int) -> None:
    visitors, others = 60, answers - satisfied
    mixture = float(
        gammaln(9 + satisfied) + gammaln(1 + others) - gammaln(10 + answers)
        - gammaln(9) - gammaln(1) + gammaln(10)
    )  # fmt: skip
    possible = [
        k
        for k in range(satisfied, visitors - others + 1)
        if mixture - chance_of(satisfied, others, k, visitors) < math.log(20)
    ]
    found = list_sequence(satisfied, answers, visitors)
    assert found == Interval(min(possible) / visitors, max(possible) / visitors)


def test_a_list_ends_in_certainty_and_is_never_wider() -> None:
    assert list_sequence(54, 60, 60) == Interval(0.9, 0.9)
    endless, finite = confidence_sequence(90, 100), list_sequence(90, 100, 150)
    assert endless.low < finite.low
    assert finite.high < endless.high


def test_a_list_of_answers_is_judged_while_it_grows() -> None:
    assert list_verdict(60, 60, 100, target=0.9).status == "met"
    early = list_verdict(45, 50, 100, target=0.8)
    assert early.status == "not_shown"
    needed = early.answers_needed or 0
    later = list_verdict(round(0.9 * (50 + needed)), 50 + needed, 100, target=0.8)
    assert (needed > 0, later.status) == (True, "met")
    assert list_verdict(0, 0, 40, target=0.8).answers_needed


def test_whoever_is_wrong_is_wrong_rarely() -> None:
    """2,000 lists of 200, looked at after every fifth answer: 5 % at most ever lose the truth."""
    rng = np.random.default_rng(20)
    lists = np.argsort(rng.random((2_000, 200)), axis=1) < 180
    counts = lists.cumsum(axis=1)
    lost = np.zeros(2_000, dtype=bool)
    for t in range(5, 201, 5):
        limits = {s: list_sequence(s, t, 200) for s in set(counts[:, t - 1].tolist())}
        lost |= [not limits[s].low <= 0.9 <= limits[s].high for s in counts[:, t - 1].tolist()]
    assert 0 < lost.mean() <= 0.05


@pytest.mark.parametrize(
    "call",
    [
        lambda: confidence_sequence(5, 10, level=1),
        lambda: confidence_sequence(5, 10, prior=(0, 1)),
        lambda: log_e_value(5, 10, 1),
        lambda: log_e_value(5, 10, 0.9, side="beside"),  # type: ignore[arg-type]
        lambda: sequence_limits(5, 10, error=0),
        lambda: open_verdict(share(0.9, 10), 1.5),
        lambda: list_sequence(5, 10, 9),
        lambda: list_sequence(5, 10, 10.5),  # type: ignore[arg-type]
        lambda: list_verdict(5, 10, 10, target=0),
    ],
)
def test_what_cannot_be_is_refused(call: Any) -> None:
    with pytest.raises(MethodError):
        call()


def test_more_satisfied_than_answers_is_refused() -> None:
    with pytest.raises(TotalsError, match="11 of 10"):
        confidence_sequence(11, 10)
