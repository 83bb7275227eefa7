"""Estimates of any variable: by hand, by identities, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis import Design, Rows, Sample, TotalsError, Variable, post_stratify, rake
from tests.analysis.samples import sums, whole

DAYS = Design.from_rows(None, [1, 2, 3])
#: METHODS.md: three days of four people, 4, 3 and 2 satisfied; each stands for ten.
PEOPLE = Rows.from_rows(DAYS, respondents=[4, 4, 4], base_weight=[10, 10, 10])
SATISFIED = Variable.of_flag([4, 3, 2], [4, 4, 4])


def test_total_mean_and_design_effect_by_hand() -> None:
    share = Sample.of(PEOPLE).mean(SATISFIED)
    assert share.value == 0.75
    assert share.standard_error**2 == pytest.approx(1 / 48)
    # S²/n = 12/11·0.1875/12; a tenth of the people were asked.
    assert share.design_effects() == pytest.approx([1 / 48 / (0.1875 / 11) / 0.9])
    assert share.design_effects(with_replacement=True) == pytest.approx([1 / 48 / (0.1875 / 11)])
    total = Sample.of(PEOPLE).total(SATISFIED)
    assert total.value == 90
    # Totals 40, 30, 20: 3/2·(100 + 0 + 100).
    assert total.standard_error**2 == pytest.approx(300)
    assert total.design_effects(with_replacement=True) == pytest.approx(
        [300 / (120**2 * 0.1875 / 11)]
    )


def test_a_total_without_squares_has_no_design_effect_but_a_standard_error() -> None:
    total = Sample.of(PEOPLE).total(Variable(SATISFIED.sums, SATISFIED.counts))
    assert total.standard_error > 0


def test_people_are_rows_of_one() -> None:
    people = Rows.from_rows(Design.from_rows(None, [1, 1, 2, 2]))
    ages = Variable.of_people([20.0, np.nan, 40.0, 60.0])
    found = Sample.of(people).mean(ages)
    assert found.value == 40
    assert found.answers == 3


def test_the_index_of_means_and_the_pooled_one_by_hand() -> None:
    week = Rows.from_rows(Design.from_rows(None, [1, 2]), respondents=[10, 10])
    items = [Variable.of_flag(yes, [10, 10]) for yes in ([10, 8], [8, 8], [6, 8])]
    index = Sample.of(week).composite(items, [0.25, 0.25, 0.5])
    assert (index.value, index.standard_error) == pytest.approx((0.775, 0.025))
    assert Sample.of(week).pooled(items).value == pytest.approx(0.8)


def test_the_items_of_a_questionnaire_are_variables_and_agree_with_its_figures() -> None:
    rows = [(u, d, c, 9, y) for u in "uv" for d in (1, 2) for c, y in (("x", 9 - d), ("z", 7))]
    totals = sums(rows)
    calibration = post_stratify(totals, {"x": 100, "z": 200})
    figures = whole(totals, calibration=calibration)
    sample = Sample.of(totals, calibration)
    for label, variable in {
        ("item", "A1"): Variable.of_item(totals, "A1"),
        ("mean_score", "A1"): Variable.of_scores(totals, "A1"),
    }.items():
        found = sample.mean(variable)
        assert found.value == pytest.approx(figures[label].value)
        assert found.standard_error == pytest.approx(figures[label].standard_error)
        assert found.design_effects() > 0
    with pytest.raises(TotalsError, match=r"no item 'B7': the items are \['A1'\]"):
        Variable.of_item(totals, "B7")


def test_levels_sum_to_one_and_so_do_their_errors() -> None:
    found = Sample.of(PEOPLE).levels([[1, 2, 1], [0, 2, 2], [2, 1, 1]], ["low", "mid", "high"])
    assert found.values.sum() == pytest.approx(1)
    assert found.covariance.sum() == pytest.approx(0)
    assert found.design_effects().shape == (3,)


def test_a_ratio_of_two_sums() -> None:
    visits, complaints = Variable.of_people([4.0, 6.0, 2.0]), Variable.of_people([1.0, 2.0, 0.0])
    rows = Rows.from_rows(DAYS)
    found = Sample.of(rows).ratio(complaints, visits)
    assert found.value == pytest.approx(0.25)
    # (1 − 1, 2 − 1.5, 0 − 0.5)/12, squares times 3/2.
    assert found.standard_error**2 == pytest.approx(1.5 * 0.5 / 144)


def test_points_kept_in_both_waves_make_the_change_more_certain() -> None:
    points = ["a", "b", "c"] * 2
    wave = np.array([1, 1, 1, 2, 2, 2])
    rows = Rows.from_rows(Design.from_rows(None, points), respondents=[10] * 6)
    satisfied = Variable.of_flag([9, 6, 3, 10, 7, 4], [10] * 6)
    kept = Sample.of(rows).change(satisfied, wave == 1, wave == 2)
    assert kept.value == pytest.approx(0.1)
    assert kept.standard_error == pytest.approx(0)
    fresh = Rows.from_rows(Design.from_rows(wave.tolist(), range(6)), respondents=[10] * 6)
    assert Sample.of(fresh).change(satisfied, wave == 1, wave == 2).standard_error > 0.1


def test_the_variance_of_a_difference_is_that_of_its_parts_and_their_covariance() -> None:
    rows = Rows.from_rows(Design.from_rows(None, [1, 1, 2, 2, 3, 3]), respondents=[5] * 6)
    group = np.array([0, 1, 0, 1, 0, 1])
    share = Variable.of_flag([5, 4, 3, 4, 1, 2], [5] * 6)
    both = Sample.of(rows).by(share, {0: group == 0, 1: group == 1})
    v = both.covariance
    found = Sample.of(rows).difference(share, group == 0, group == 1)
    assert found.standard_error**2 == pytest.approx(v[0, 0] + v[1, 1] - 2 * v[0, 1])


def test_the_change_of_an_index_between_waves_is_that_of_its_items() -> None:
    points, wave = [1, 2, 3] * 2, np.array([1, 1, 1, 2, 2, 2])
    rows = Rows.from_rows(Design.from_rows(None, points), respondents=[10] * 6)
    items = [Variable.of_flag(y, [10] * 6) for y in ([9, 6, 3, 8, 8, 2], [5, 7, 6, 9, 7, 8])]
    groups = {"before": wave == 1, "after": wave == 2}
    index = Sample.of(rows).composite_by(items, [1, 3], groups).contrast({"after": 1, "before": -1})
    own = [Sample.of(rows).change(item, wave == 1, wave == 2) for item in items]
    assert index.value == pytest.approx(0.25 * own[0].value + 0.75 * own[1].value)
    spread = 0.25 * own[0].deviations + 0.75 * own[1].deviations
    assert index.standard_error**2 == pytest.approx((spread**2).sum())


def test_groups_may_lie_in_a_domain() -> None:
    rows = Rows.from_rows(Design.from_rows(None, [1, 2, 3, 4]))
    flag = Variable.of_people([1.0, 0.0, 1.0, 1.0])
    found = Sample.of(rows).by(flag, {"a": [0, 1], "b": [2, 3]}, domain=[0, 2, 3])
    assert found.values.tolist() == [1, 1]
    assert found.answers == 3


@pytest.mark.parametrize("margins", [None, {"field": {"x": 70.0, "y": 50.0}}])
def test_what_the_population_totals_know_has_no_error(margins: Any) -> None:
    """The total of a calibrated variable is its population total, with a standard error of 0."""
    design = Design.from_rows(["h"] * 6, [1, 1, 2, 2, 3, 3])
    rows = Rows.from_rows(design, cell=[("x",), ("y",)] * 3, respondents=[4, 6, 5, 5, 7, 3])
    if margins is None:
        calibration = post_stratify(rows, {("x",): 70, ("y",): 50})
    else:
        calibration = rake(rows, margins, factors=("field",))
    in_x = Variable.of_flag([4, 0, 5, 0, 7, 0], [4, 6, 5, 5, 7, 3])
    found = Sample.of(rows, calibration).total(in_x)
    assert found.value == pytest.approx(70)
    assert found.standard_error == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("factor", [0.1, 7.0])
def test_scaling_the_weights_changes_totals_only(factor: float) -> None:
    scaled = Rows.from_rows(DAYS, respondents=[4, 4, 4], base_weight=[10 * factor] * 3)
    mean, total = Sample.of(scaled).mean(SATISFIED), Sample.of(scaled).total(SATISFIED)
    assert (mean.value, mean.standard_error) == pytest.approx(
        (0.75, Sample.of(PEOPLE).mean(SATISFIED).standard_error)
    )
    assert total.value == pytest.approx(90 * factor)
    assert total.standard_error == pytest.approx(
        factor * Sample.of(PEOPLE).total(SATISFIED).standard_error
    )


def test_a_psu_may_be_split_into_rows_and_rows_into_any_order() -> None:
    design = Design.from_rows(None, [3, 1, 2, 1])
    rows = Rows.from_rows(design, respondents=[4, 1, 4, 3], base_weight=[10] * 4)
    found = Sample.of(rows).mean(Variable.of_flag([2, 1, 3, 3], [4, 1, 4, 3]))
    whole = Sample.of(PEOPLE).mean(SATISFIED)
    assert (found.value, found.standard_error) == pytest.approx((0.75, whole.standard_error))
    assert found.df == whole.df


def test_a_stratum_of_which_nobody_has_the_variable_changes_nothing() -> None:
    design = Design.from_rows(["h", "h", "h", "none", "none"], [1, 2, 3, 1, 2])
    rows = Rows.from_rows(design, respondents=[4] * 5, base_weight=[10] * 5)
    found = Sample.of(rows).mean(Variable.of_flag([4, 3, 2, 0, 0], [4, 4, 4, 0, 0]))
    assert found.standard_error == pytest.approx(Sample.of(PEOPLE).mean(SATISFIED).standard_error)
    assert found.df == 2


def test_a_census_has_no_error() -> None:
    design = Design.from_rows(
        ["h"] * 4,
        [1, 1, 2, 2],
        sampling_fraction={"h": 1},
        second_unit=[1, 2, 1, 2],
        second_population=[2, 2, 2, 2],
    )
    found = Sample.of(Rows.from_rows(design)).mean(Variable.of_people([1.0, 0.0, 0.0, 0.0]))
    assert (found.value, found.standard_error) == (0.25, 0)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda s: s.mean(SATISFIED, [False] * 3), "nobody of the domain has the variable"),
        (lambda s: s.mean(Variable.of_people([1.0, 2.0])), "not of 3 rows"),
        (lambda s: s.mean(Variable.of_flag([5, 0, 0], [4, 4, 4])), "5 of 4 people say yes"),
        (lambda s: s.mean(Variable.of_flag([-1, 0, 0], [4, 4, 4])), "yes is -1.0 in row 0"),
        (lambda s: s.levels([[1], [2], [3]], ["a", "b"]), r"shape \(3, 1\) for 2 levels"),
        (lambda s: s.composite([SATISFIED], [1, 2]), "for 1 variables"),
        (lambda s: s.composite([SATISFIED], [0]), "one above 0"),
        (
            lambda s: s.means({"a": SATISFIED, "b": Variable.of_flag([0] * 3, [0] * 3)}),
            "nobody of the domain has variable 2",
        ),
        (lambda s: s.by(SATISFIED, {"none": [False] * 3}), "nobody of the domain"),
        (lambda s: s.by(SATISFIED, {"a": [0, 1], "b": []}), "variable 1 in group 'b'"),
        (lambda s: s.mean(SATISFIED, [7]), "outside the 3 rows"),
        (lambda s: s.ratio(SATISFIED, Variable.of_people([0.0] * 3)), "denominator sums to 0"),
    ],
)
def test_what_cannot_be_estimated_is_refused(ask: Any, message: str) -> None:
    with pytest.raises(TotalsError, match=message):
        ask(Sample.of(PEOPLE))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cell": ["a"]}, "1 cell labels for 3 rows"),
        ({"respondents": [1, -2, 3]}, "respondents is -2.0 in row 1"),
        ({"base_weight": [1, np.nan, 1]}, "base_weight is nan in row 1"),
        ({"base_weight": [1, 0, 1]}, "base_weight is 0"),
    ],
)
def test_rows_that_cannot_be_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(TotalsError, match=message):
        Rows.from_rows(DAYS, **options)
