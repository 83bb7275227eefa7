"""Whatever comes in: no NaN, no bound outside 0–1 or beside its estimate, or an AnalysisError."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import AnalysisError, Estimate, Interval, post_stratify, verdict
from analysis.comparisons import benjamini_hochberg, holm, listed
from analysis.integrity import (
    burst,
    hasty,
    sensitivity,
    straight_lines,
    turnout,
    unusual_groups,
)
from analysis.monitoring import average_run_length, cusum, funnel, funnel_limits, p_chart
from analysis.samples import allocate, sample_size_precision, sample_size_target
from analysis.selection import break_even, manski_bounds, manski_interval
from analysis.sequences import (
    confidence_sequence,
    list_sequence,
    list_verdict,
    log_e_value,
    open_verdict,
    sequence_limits,
)
from analysis.small_areas import pool_units, rank_intervals
from tests.analysis.samples import ONE_ITEM, sums

ENDS = [0.0, 1.0, 5e-324, 1e-13, 1 - 1e-13]
SHARES = st.floats(0, 1) | st.sampled_from(ENDS)
INNER = st.floats(1e-9, 1 - 1e-9)
ANYTHING = st.floats() | st.integers(-3, 3)
COUNTS = st.tuples(SHARES, st.floats(0, 1e7) | st.integers(0, 300)).map(
    lambda pair: (pair[0] * pair[1], pair[1])
)
PRIORS = st.tuples(st.floats(0.1, 50), st.floats(0.1, 50))
ESTIMATES = st.builds(
    Estimate,
    value=SHARES,
    variance=st.floats(0, 0.3) | st.sampled_from([0.0, 1e-18]),
    df=st.integers(0, 10_000),
    answers=st.integers(1, 1_000_000),
    sampling_fraction=st.floats(0, 1),
    pooled_deff=st.floats(0, 50),
)
UNITS = st.dictionaries(st.integers(0, 9), ESTIMATES, min_size=1, max_size=8)


def holds(interval: Interval, share: float) -> None:
    assert 0 <= interval.low <= share + 1e-12
    assert share - 1e-12 <= interval.high <= 1


def all_finite(*parts: Iterable[float]) -> None:
    for part in parts:
        assert np.isfinite(np.asarray(part, dtype=float)).all()


@settings(deadline=None)
@given(COUNTS, INNER, PRIORS)
def test_a_sequence_holds_its_share(
    counts: tuple[float, float], level: float, prior: tuple[float, float]
) -> None:
    satisfied, answers = counts
    share = satisfied / answers if answers else 0.5
    holds(confidence_sequence(satisfied, answers, level=level, prior=prior), share)
    holds(sequence_limits(satisfied, answers, error=level, prior=prior), share)


@settings(deadline=None)
@given(COUNTS, INNER, PRIORS, st.sampled_from(["above", "below"]))
def test_an_e_value_is_a_number(
    counts: tuple[float, float], target: float, prior: tuple[float, float], side: Any
) -> None:
    assert math.isfinite(log_e_value(*counts, target, side=side, prior=prior))


@settings(deadline=None, max_examples=60)
@given(ESTIMATES, st.floats(0.01, 1), st.sampled_from([">", ">="]))
def test_an_open_verdict_never_contradicts_the_estimate(
    estimate: Estimate, target: float, operator: Any
) -> None:
    found = open_verdict(estimate, target, operator)
    holds(Interval(found.low, found.high), estimate.value)
    assert not (found.status == "met" and estimate.value < target)
    assert not (found.status == "not_met" and estimate.value > target)
    assert found.answers_needed is None or found.answers_needed >= 0
    census = Estimate(estimate.value, 0.0, 5, 10, sampling_fraction=1.0)
    assert open_verdict(census, target, operator) == verdict(census, target, operator)


@settings(deadline=None)
@given(st.integers(1, 3000), st.data())
def test_a_list_holds_its_share_and_its_truth(visitors: int, data: st.DataObject) -> None:
    answers = data.draw(st.integers(0, visitors))
    satisfied = data.draw(st.integers(0, answers))
    found = list_sequence(satisfied, answers, visitors)
    holds(found, satisfied / answers if answers else 0.5)
    assert found.low * visitors >= satisfied - 1e-6 or answers == 0
    needed = list_verdict(satisfied, answers, visitors, target=0.9).answers_needed
    assert needed is not None
    assert 0 <= needed <= visitors - answers


@given(st.lists(SHARES, max_size=40))
def test_adjusted_p_values_are_p_values(p: list[float]) -> None:
    for adjusted in (benjamini_hochberg(p), holm(p)):
        assert ((adjusted >= np.asarray(p)) & (adjusted <= 1)).all()
    assert (benjamini_hochberg(p) <= holm(p)).all()
    assert set(listed(dict(enumerate(p)))) <= set(range(len(p)))


@settings(deadline=None)
@given(UNITS, SHARES, st.floats(0.01, 0.99), st.data())
def test_pooled_units_and_ranks_are_possible(
    units: dict[int, Estimate], total: float, level: float, data: st.DataObject
) -> None:
    people = {name: data.draw(st.floats(0.1, 1e6)) for name in units}
    for found in pool_units(units, population=people, total=total, level=level).units.values():
        holds(Interval(found.low, found.high), found.value)
        assert 0 <= found.own_weight <= 1
        assert found.standard_error >= 0
    for rank in rank_intervals(units, level).values():
        assert 1 <= rank.best <= rank.worst <= len(units)


@settings(deadline=None)
@given(st.lists(COUNTS.filter(lambda pair: pair[1] > 0), min_size=1, max_size=12), INNER)
def test_charts_stay_on_the_scale_around_their_centre(
    counts: list[tuple[float, float]], centre: float
) -> None:
    satisfied, answers = zip(*counts, strict=True)
    for given_centre in (None, centre):
        chart = p_chart(satisfied, answers, centre=given_centre)
        for low, high in zip(chart.lows, chart.highs, strict=True):
            holds(Interval(low, high), chart.centre)
    n = np.maximum(answers, 1e-3)
    limits = funnel_limits(centre, n)
    for low, high in ((limits.low_95, limits.high_95), (limits.low_998, limits.high_998)):
        assert ((low >= 0) & (low <= centre) & (centre <= high) & (high <= 1)).all()
    shares = np.asarray(satisfied) / np.asarray(answers)
    assert funnel(shares, n, target=centre).dispersion >= 1


@settings(deadline=None, max_examples=40)
@given(st.lists(COUNTS, max_size=20), st.floats(0.01, 0.5), st.floats(0.51, 0.99))
def test_a_cusum_is_a_path_of_numbers(
    counts: list[tuple[float, float]], acceptable: float, unacceptable: float
) -> None:
    dissatisfied, answers = [pair[0] for pair in counts], [pair[1] for pair in counts]
    found = cusum(dissatisfied, answers, acceptable=acceptable, unacceptable=unacceptable)
    all_finite(found.heights)
    assert (found.heights >= 0).all()
    length = average_run_length(0.9, acceptable=acceptable, unacceptable=unacceptable, states=60)
    assert 1 - 1e-9 <= length < math.inf


@given(SHARES, SHARES, SHARES, SHARES)
def test_bounds_hold_the_respondents_share(a: float, b: float, rest: float, target: float) -> None:
    limits = Interval(min(a, b), max(a, b))
    holds(manski_bounds(a, rest), a * (1 - rest))
    wide = manski_interval(limits, rest)
    assert 0 <= wide.low <= wide.high <= 1
    found = break_even(limits, target, rest)
    assert found.difference is None or math.isfinite(found.difference)


@given(
    st.dictionaries(st.integers(0, 9), st.integers(0, 500), max_size=8),
    st.integers(0, 3000),
    st.integers(0, 40),
    st.sampled_from(["proportional", "equal", "neyman"]),
    st.data(),
)
def test_an_allocation_adds_up_or_says_why(
    sizes: dict[int, int], answers: int, floor: int, rule: Any, data: st.DataObject
) -> None:
    shares = {name: data.draw(SHARES) for name in sizes}
    try:
        found = allocate(answers, sizes, rule=rule, shares=shares, floor=floor)
    except AnalysisError:
        return
    assert sum(found.values()) == answers
    assert all(min(floor, sizes[h]) <= found[h] <= sizes[h] for h in sizes)


@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING)
def test_any_plan_is_a_number_or_a_reason(a: Any, b: Any, c: Any, d: Any) -> None:
    for call in (
        lambda: sample_size_precision(a, b, population=c, deff=d).simple,
        lambda: sample_size_target(a, b, power=c, deff=d).simple,
        lambda: confidence_sequence(a, b, level=c).width,
        lambda: manski_bounds(a, b).width,
    ):
        try:
            assert math.isfinite(call())
        except AnalysisError:
            continue


@given(
    st.lists(st.floats(0, 600), min_size=1, max_size=60),
    st.floats(1, 500),
    st.dictionaries(st.integers(0, 9), st.integers(0, 50)),
)
def test_suspicion_is_a_chance(minutes: list[float], window: float, groups: dict[int, int]) -> None:
    found = burst(minutes, window=window, day=(0, 600))
    assert 0 <= found.p_value <= 1
    assert 1 <= found.answers <= len(minutes)
    people = {name: number + 5 for name, number in groups.items()}
    assert all(0 <= p <= 0.1 for p in unusual_groups(groups, people).values())
    assert all(row.excess >= 0 for row in turnout(groups, people).values())
    assert hasty(minutes, [1] * len(minutes)).size == len(minutes)
    assert straight_lines([minutes], fewest=2)[0] == (len(minutes) > 1 and len(set(minutes)) == 1)


#: Stratum, PSU, cell, people, and of the one item (answered, satisfied); flagged or not.
ITEM = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda pair: (max(pair), min(pair)))
SPOTS = [st.integers(0, 1), st.integers(0, 2), st.integers(0, 1), st.integers(9, 12), ITEM]
FLAGGED_ROWS = st.lists(st.tuples(st.tuples(*SPOTS), st.booleans()), min_size=1, max_size=10)


@settings(deadline=None)
@given(FLAGGED_ROWS, st.dictionaries(st.integers(0, 1), st.integers(20, 500)))
def test_any_group_can_be_left_out_or_there_is_a_reason(
    rows: list[Any], population: dict[int, int]
) -> None:
    try:
        totals = sums([row for row, _ in rows], single_psu="adjust")
        calibration = post_stratify(totals, population)
        flagged = np.array([flag for _, flag in rows])
        found = sensitivity(totals, ONE_ITEM, flagged=flagged, calibration=calibration)
    except AnalysisError:
        return
    interval = found.difference.confidence_interval()
    assert -1 <= interval.low <= found.difference.value <= interval.high <= 1
    all_finite([found.difference.variance, found.without.variance, found.whole.variance])
