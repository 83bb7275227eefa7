"""All figures of all domains at once, the same as one by one."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import (
    Design,
    Extra,
    IndexRule,
    Items,
    Node,
    SinglePsuError,
    Totals,
    TotalsError,
    estimate_figures,
    post_stratify,
)
from tests.analysis.samples import ONE_ITEM, THREE_DAYS, sums, whole

#: Two units, two days, two fields; cells nest in units.
FIELDS = [
    ("u", 1, "u.land", 5, 5),
    ("u", 1, "u.other", 5, 4),
    ("u", 2, "u.land", 5, 4),
    ("u", 2, "u.other", 5, 3),
    ("v", 1, "v.land", 6, 6),
    ("v", 1, "v.other", 6, 5),
    ("v", 2, "v.land", 6, 3),
    ("v", 2, "v.other", 6, 6),
]
POPULATION = {"u.land": 30, "u.other": 70, "v.land": 24, "v.other": 12}


def test_a_post_stratified_unit_by_hand() -> None:
    totals = sums(FIELDS)
    calibration = post_stratify(totals, POPULATION, group=lambda cell: cell[0])
    domains = totals.by_label([row[0] for row in FIELDS])
    share = estimate_figures(totals, ONE_ITEM, domains=domains, calibration=calibration)["u"][
        "index"
    ]
    assert share.value == pytest.approx(0.76)
    assert share.standard_error == pytest.approx(0.1)


def test_a_field_over_all_units_keeps_the_full_design() -> None:
    totals = sums(FIELDS)
    calibration = post_stratify(totals, POPULATION, group=lambda cell: cell[0])
    land = [row[2].endswith("land") for row in FIELDS]
    share = estimate_figures(totals, ONE_ITEM, domains={"land": land}, calibration=calibration)[
        "land"
    ]["index"]
    # (30·0.9 + 24·0.75)/54; residuals u: 3·(5 − 4.5), v: 2·(6 − 4.5), each ± and over 54
    assert share.value == pytest.approx(45 / 54)
    assert share.variance == pytest.approx(2 * 2 * (1.5**2 + 3**2) / 54**2)
    assert share.df == 2


def test_a_population_with_the_shares_of_the_sample_changes_no_value() -> None:
    totals = sums(FIELDS)
    counts = {"u.land": 100, "u.other": 100, "v.land": 120, "v.other": 120}
    weighted = whole(totals, calibration=post_stratify(totals, counts))["index"]
    assert weighted.value == pytest.approx(whole(totals)["index"].value)


def test_what_the_population_totals_explain_has_no_variance() -> None:
    rows = [
        ("u", 1, "land", 6, 6),
        ("u", 1, "other", 2, 0),
        ("u", 2, "land", 1, 1),
        ("u", 2, "other", 7, 0),
    ]
    totals = sums(rows)
    known = whole(totals, calibration=post_stratify(totals, {"land": 70, "other": 90}))["index"]
    assert known.value == pytest.approx(70 / 160)
    assert known.variance == pytest.approx(0, abs=1e-30)
    assert whole(totals)["index"].variance > 0.01


def test_days_without_an_answer_in_the_domain_count_as_zeros() -> None:
    rows = [("u", 1, "a", 4, 4), ("u", 2, "a", 4, 2), ("u", 3, "b", 9, 9)]
    totals = sums(rows)
    share = estimate_figures(totals, ONE_ITEM, domains={"a": [0, 1]})["a"]["index"]
    # scores ±1/8 and a zero: 3/2 · 2/64
    assert share.variance == pytest.approx(3 / 64)
    assert share.df == 1


def test_the_index_has_the_variance_that_the_covariance_of_its_items_gives() -> None:
    rows = [("u", day, "c", 9, a, b) for day, (a, b) in enumerate([(9, 5), (7, 7), (8, 2)])]
    figures = whole(sums(rows, codes=("A1", "A2")), IndexRule(Node("index", members=("A1", "A2"))))
    places = [figures.labels.index(("item", code)) for code in ("A1", "A2")]
    joint = figures.covariance[np.ix_(places, places)]
    assert figures["index"].variance == pytest.approx(joint.sum() / 4)
    assert joint[0, 1] != pytest.approx(0)


def test_splitting_rows_changes_nothing() -> None:
    halves = [(*row[:3], 2, y) for row in THREE_DAYS for y in (row[4] // 2, row[4] - row[4] // 2)]
    one, other = whole(sums(THREE_DAYS)), whole(sums(halves))
    assert one.labels == other.labels
    assert one.covariance == pytest.approx(other.covariance)
    assert one.answers.tolist() == other.answers.tolist()


def test_multiplying_all_weights_changes_no_share() -> None:
    heavy = sums(THREE_DAYS, base_weight=[7.0] * 3)
    assert whole(heavy)["index"].variance == pytest.approx(1 / 48)
    assert whole(heavy)["index"].value == 0.75


def test_the_finite_population_reaches_variance_and_cap() -> None:
    share = whole(sums(THREE_DAYS, fractions={"u": 0.25}))["index"]
    assert share.variance == pytest.approx(1 / 64)
    assert share.sampling_fraction == 0.25
    assert share.effective_answers == pytest.approx(12)


def test_flags_are_shares_and_numbers_are_means() -> None:
    extras = {
        "comprehensive": Extra([4, 2, 0], [4, 4, 4]),
        "expectation": Extra(
            [360, 320, 280], [4, 4, 4], squares=[32400, 26000, 20000], scale=(0, 100)
        ),
        "nobody": Extra([0, 0, 0], [0, 0, 0]),
        "minutes": Extra([8, 8, 8], [4, 4, 4], scale=(0, 10)),
    }
    figures = whole(sums(THREE_DAYS, extras=extras))
    flag, number = figures["extra", "comprehensive"], figures["extra", "expectation"]
    # 6 of 12; scores (4 − 2)/12, 0, −2/12: V = 3/2 · 8/144
    assert (flag.kind, flag.value, flag.variance) == ("share", 0.5, pytest.approx(1 / 12))
    # 960/12; scores 40/12, 0, −40/12: V = 3/2 · 3200/144
    assert (number.kind, number.value) == ("mean", 80)
    assert number.variance == pytest.approx(100 / 3)
    # Σx²/12 − 80² = 133.33; deff = V·12/133.33
    assert number.deff == pytest.approx(3.0)
    assert figures["extra", "minutes"].deff is None
    assert ("extra", "nobody") not in figures


def test_mean_scores_by_hand() -> None:
    figures = whole(sums(THREE_DAYS))
    score = figures["mean_score", "A1"]
    assert (score.value, score.scale) == (4.0, (1.0, 5.0))
    assert score.standard_error == pytest.approx(4 / 48**0.5)
    # points 1 and 5 are a share on another scale
    assert score.deff == pytest.approx(figures["item", "A1"].deff)
    assert figures["mean_score"].value == 4.0


def test_items_of_different_scales_have_no_common_mean_score() -> None:
    totals = Totals.from_rows(
        Design.from_rows(["u", "u"], [1, 2]),
        cell=["c", "c"],
        respondents=[2, 2],
        counts=[[[1, 1], [0, 2]], [[0, 2], [1, 1]]],
        items=Items(["A1", "A2"], [[0, 1], [0, 1]], [[1, 5], [1, 3]]),
    )
    figures = whole(totals, IndexRule(Node("index", members=("A1", "A2"))))
    assert ("mean_score", "A2") in figures
    assert "mean_score" not in figures


def test_all_satisfied_is_exactly_one_without_variance() -> None:
    rows = [(u, d, f"{u}{f}", 3, 3, 3, 3) for u in "uv" for d in range(3) for f in "ab"]
    totals = sums(rows, codes=("A1", "A2", "A3"))
    population = {"ua": 31, "ub": 77, "va": 53, "vb": 19}
    figures = whole(
        totals,
        IndexRule(Node("index", members=("A1", "A2", "A3"))),
        calibration=post_stratify(totals, population),
    )
    for label in (("index", ""), ("item", "A2")):
        assert figures[label].value == 1
        assert figures[label].variance == 0


def test_the_floor_is_the_median_design_effect_of_the_units() -> None:
    satisfied = {"u": (9, 7), "v": (10, 4), "w": (8, 8), "x": (10, 10)}
    rows = [(u, day, "c", 10, y) for u, days in satisfied.items() for day, y in enumerate(days)]
    totals = sums(rows)
    units = totals.by_label([row[0] for row in rows])
    figures = estimate_figures(totals, ONE_ITEM, domains=units, pool_over=units)
    deffs = [figures[u]["index"].deff for u in "uvw"]
    assert figures["x"]["index"].deff is None
    assert figures["x"]["index"].pooled_deff == pytest.approx(np.median(deffs))
    plain = estimate_figures(totals, ONE_ITEM, domains=units)
    assert plain["x"]["index"].pooled_deff == 1


def test_only_domains_can_be_pooled_over() -> None:
    totals = sums(THREE_DAYS)
    with pytest.raises(TotalsError, match="pool_over names 'z'"):
        estimate_figures(totals, ONE_ITEM, domains={"u": [0]}, pool_over=["z"])


def test_a_domain_without_people_or_answers_has_no_figures() -> None:
    rows = [*THREE_DAYS, ("v", 1, "c", 0, 0), ("v", 2, "c", 3, (0, 0)), ("v", 3, "c", 1, (0, 0))]
    totals = sums(rows)
    domains = {"nobody": [3], "silent": [4, 5], "none": []}
    for figures in estimate_figures(totals, ONE_ITEM, domains=domains).values():
        assert figures.labels == ()


def test_a_single_psu_outside_the_domain_does_no_harm() -> None:
    totals = sums([*THREE_DAYS, ("v", 1, "c", 4, 2)])
    domains = totals.by_label(["u", "u", "u", "v"])
    assert "index" in estimate_figures(totals, ONE_ITEM, domains={"u": domains["u"]})["u"]
    with pytest.raises(SinglePsuError, match="'v'"):
        estimate_figures(totals, ONE_ITEM, domains=domains)


def test_answers_of_a_node_count_people_not_answers() -> None:
    totals = sums(
        [("u", 1, "c", 9, (6, 6), (4, 2)), ("u", 2, "c", 9, (2, 1), (5, 5))], codes=("A1", "A2")
    )
    figures = whole(totals, IndexRule(Node("index", members=("A1", "A2"))))
    assert figures["item", "A1"].answers == 8
    assert figures["index"].answers == 6 + 5
