"""Whatever comes in: a number on its scale, inside its interval, or an AnalysisError."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import (
    AnalysisError,
    Design,
    Estimate,
    IndexRule,
    Node,
    Rows,
    Sample,
    Variable,
    calibrate,
    combine,
    estimate_figures,
    post_stratify,
    presentation,
    rake,
    verdict,
)
from analysis.intervals import INTERVAL_METHODS
from tests.analysis.samples import sums

SHARES = st.floats(0, 1) | st.sampled_from([0.0, 1.0, 1e-13, 1 - 1e-13, 5e-324])
VARIANCES = st.floats(0, 0.3) | st.sampled_from([0.0, 1e-300, 1e-18])

ESTIMATES = st.builds(
    Estimate,
    value=SHARES,
    variance=VARIANCES,
    df=st.integers(0, 10_000),
    answers=st.integers(1, 1_000_000),
    sampling_fraction=st.floats(0, 1),
    pooled_deff=st.floats(0, 50),
)

MEANS = st.builds(
    Estimate,
    value=st.floats(1, 5),
    variance=st.floats(0, 10),
    df=st.integers(0, 100),
    answers=st.integers(1, 1000),
    kind=st.just("mean"),
    scale=st.just((1.0, 5.0)),
    sampling_fraction=st.floats(0, 1),
)


def holds(estimate: Estimate, level: float, method: str | None) -> None:
    interval = estimate.confidence_interval(level, method)
    low, high = estimate.scale
    assert low <= interval.low <= estimate.value <= interval.high <= high


@settings(deadline=None)
@given(ESTIMATES, st.floats(0.001, 0.9999), st.sampled_from(sorted(INTERVAL_METHODS)))
def test_every_interval_holds_its_estimate_and_stays_on_the_scale(
    estimate: Estimate, level: float, method: str
) -> None:
    holds(estimate, level, method)


@settings(deadline=None)
@given(MEANS, st.floats(0.001, 0.9999))
def test_the_interval_of_a_mean_holds_it_too(estimate: Estimate, level: float) -> None:
    holds(estimate, level, None)


@settings(deadline=None)
@given(ESTIMATES, st.floats(0.01, 1), st.sampled_from([">", ">="]))
def test_a_verdict_never_contradicts_the_estimate(
    estimate: Estimate, target: float, operator: Any
) -> None:
    found = verdict(estimate, target, operator)
    assert not (found.status == "met" and estimate.value < target)
    assert not (found.status == "not_met" and estimate.value > target)
    assert presentation(estimate).status in {"shown", "footnote", "review", "not_shown"}


@settings(deadline=None)
@given(st.lists(ESTIMATES, min_size=1, max_size=4), st.data())
def test_a_combination_is_an_estimate_between_its_parts(
    parts: list[Estimate], data: st.DataObject
) -> None:
    weights = data.draw(st.lists(st.floats(0.01, 1e6), min_size=len(parts), max_size=len(parts)))
    both = combine(parts, weights)
    values = [part.value for part in parts]
    assert min(values) - 1e-9 <= both.value <= max(values) + 1e-9
    holds(both, 0.95, None)


#: One row of sums: stratum, PSU, cell, people, and of two items (answered, satisfied).
ITEM = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda pair: (max(pair), min(pair)))
ROWS = st.lists(
    st.tuples(
        st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(9, 12), ITEM, ITEM
    ),
    min_size=1,
    max_size=14,
)
RULE = IndexRule(Node("index", members=("A1", "A2")))


@settings(max_examples=200, deadline=None)
@given(
    ROWS,
    st.sampled_from(["fail", "remove", "certainty", "adjust", "average"]),
    st.dictionaries(st.integers(0, 2), st.floats(0, 1)),
    st.dictionaries(st.integers(0, 3), st.integers(0, 500)),
)
def test_any_sums_give_numbers_or_a_reason(
    rows: list[Any], rule: str, fractions: dict[int, float], population: dict[int, int]
) -> None:
    totals = sums(rows, codes=("A1", "A2"), single_psu=rule, fractions=fractions)
    domains = {"all": totals.everything(), **totals.by_label([row[2] for row in rows])}
    try:
        calibration = post_stratify(totals, population)
        sets = estimate_figures(
            totals, RULE, domains=domains, calibration=calibration, pool_over=["all"]
        )
    except AnalysisError:
        return  # its messages are tested where they are raised
    for figures in sets.values():
        for estimate in figures.estimates().values():
            assert math.isfinite(estimate.value)
            assert math.isfinite(estimate.standard_error)
            holds(estimate, 0.95, None)


#: Cells of sex × age with people, satisfied of them, a weight, a PSU and a second-stage unit.
SURVEY = st.lists(
    st.tuples(
        st.sampled_from(["F", "M"]),
        st.sampled_from(["y", "m", "o"]),
        st.integers(0, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))),
        st.floats(0.1, 100),
        st.integers(0, 3),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=20,
)
LEVELS = st.floats(0, 500) | st.sampled_from([0.0, 100.0])


@settings(max_examples=200, deadline=None)
@given(
    SURVEY,
    st.sampled_from(["fail", "remove", "certainty", "adjust", "average"]),
    st.booleans(),
    st.floats(0, 1),
    st.sampled_from(["linear", "raking", "logit", "turns"]),
    st.tuples(LEVELS, LEVELS, LEVELS),
)
def test_any_margins_and_stages_give_numbers_or_a_reason(
    rows: list[Any], rule: str, stages: bool, fraction: float, method: str, ages: Any
) -> None:
    people = [row[2][0] for row in rows]
    given: dict[str, Any] = {"single_psu": rule, "single_in_domain": stages}
    if stages:
        given["second_unit"] = [row[5] for row in rows]
        given["second_population"] = [5] * len(rows)
    whole = math.fsum(ages)
    margins = {"sex": {"F": whole / 2, "M": whole / 2}, "age": dict(zip("ymo", ages, strict=True))}
    try:
        design = Design.from_rows(
            None, [row[4] for row in rows], sampling_fraction={"all": fraction}, **given
        )
        frame = Rows.from_rows(
            design,
            cell=[row[:2] for row in rows],
            respondents=people,
            base_weight=[row[3] for row in rows],
        )
        if method == "turns":
            calibration = rake(frame, margins, factors=("sex", "age"))
        else:
            calibration = calibrate(frame, margins, factors=("sex", "age"), method=method)
        satisfied = Variable.of_flag([row[2][1] for row in rows], people)
        found = Sample.of(frame, calibration).mean(satisfied)
    except AnalysisError:
        return
    assert math.isfinite(found.value)
    assert math.isfinite(found.standard_error)
    holds(found.estimate("mean"), 0.95, None)
