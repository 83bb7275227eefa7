"""The variance between PSUs within strata, recomputed by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis import Design, SinglePsuError
from analysis.variance import deviations


def covariance(scores: np.ndarray, psus: np.ndarray, design: Design) -> np.ndarray:
    spread = deviations(scores, psus, design)
    return spread.T @ spread


def design(single_psu: str = "adjust", fraction: float = 0.0) -> Design:
    """Stratum a with PSUs 1–3, stratum b with PSU 1 only."""
    return Design.from_rows(
        ["a", "a", "a", "b"],
        [1, 2, 3, 1],
        single_psu=single_psu,
        sampling_fraction={"a": fraction},
    )


def test_variance_is_the_spread_of_psu_totals_in_their_stratum() -> None:
    # mean 2, squares 1 + 0 + 1, times 3/2
    spread = covariance(np.array([[1.0], [2.0], [3.0]]), np.array([0, 1, 2]), design())
    assert spread == pytest.approx(3.0)


def test_the_sampled_share_of_the_psus_has_no_error() -> None:
    scores, psus = np.array([[1.0], [2.0], [3.0]]), np.array([0, 1, 2])
    assert covariance(scores, psus, design(fraction=0.25)) == pytest.approx(2.25)
    assert covariance(scores, psus, design(fraction=1.0)) == pytest.approx(0.0)


def test_psus_outside_the_domain_count_as_zeros() -> None:
    scores = np.array([[3.0, 1.0]])
    full = covariance(np.array([[3.0, 1.0], [0, 0], [0, 0]]), np.array([0, 1, 2]), design())
    assert covariance(scores, np.array([0]), design()) == pytest.approx(full)


def test_two_figures_have_a_covariance() -> None:
    scores = np.array([[1.0, -1.0], [2.0, -2.0], [3.0, -3.0]])
    both = covariance(scores, np.array([0, 1, 2]), design())
    assert both == pytest.approx(np.array([[3.0, -3.0], [-3.0, 3.0]]))


@pytest.mark.parametrize(
    ("rule", "expected"),
    # stratum a gives 3; b's single total 4 gives 16 when it is centred at zero
    [("remove", 3.0), ("certainty", 3.0), ("adjust", 19.0), ("average", 6.0)],
)
def test_single_psu_rules(rule: str, expected: float) -> None:
    scores = np.array([[1.0], [2.0], [3.0], [4.0]])
    assert covariance(scores, np.arange(4), design(rule)) == pytest.approx(expected)


def test_a_single_psu_is_refused_by_name_unless_its_stratum_is_a_census() -> None:
    scores = np.array([[1.0], [2.0], [3.0], [4.0]])
    with pytest.raises(SinglePsuError, match="stratum 'b' has a single PSU"):
        covariance(scores, np.arange(4), design("fail"))
    assert covariance(scores[:3], np.arange(3), design("fail")) == pytest.approx(3.0)
    census = Design.from_rows(["a", "a", "b"], [1, 2, 1], sampling_fraction={"b": 1})
    assert covariance(scores[:3], np.arange(3), census) == pytest.approx(1.0)


def test_there_is_nothing_to_average_over_single_psus_alone() -> None:
    with pytest.raises(SinglePsuError, match="no other variance to average"):
        covariance(np.array([[4.0]]), np.array([3]), design("average"))


@pytest.mark.parametrize(
    ("rule", "expected"),
    # One PSU of three in the domain, with 3: its mean is 1, so 3/2·(2² + 1² + 1²); centred at
    # zero 3/2·3².
    [("remove", 9.0), ("adjust", 13.5)],
)
def test_the_rule_may_be_for_domains_too(rule: str, expected: float) -> None:
    found = Design.from_rows(["a"] * 3, [1, 2, 3], single_psu=rule, single_in_domain=True)
    assert covariance(np.array([[3.0]]), np.array([0]), found) == pytest.approx(expected)


def test_a_stratum_with_one_psu_in_the_domain_may_get_the_average_of_the_others() -> None:
    labels = (["a"] * 3 + ["b"] * 3, [1, 2, 3, 1, 2, 3])
    found = Design.from_rows(*labels, single_psu="average", single_in_domain=True)
    scores = np.array([[1.0], [2.0], [3.0], [7.0]])
    assert covariance(scores, np.arange(4), found) == pytest.approx(6.0)
    with pytest.raises(SinglePsuError, match="stratum 'b' has a single PSU"):
        covariance(np.array([[7.0]]), np.array([3]), found)


def two_stages(single_psu: str = "fail", **changes: Any) -> Design:
    """Two of four PSUs, two of ten units in the first and two of four in the second."""
    given = {"second_unit": [1, 2, 1, 2], "second_population": [10, 10, 4, 4], **changes}
    return Design.from_rows(
        ["h"] * 4, [1, 1, 2, 2], sampling_fraction={"h": 0.5}, single_psu=single_psu, **given
    )


def test_the_second_stage_adds_what_varies_inside_psus_by_hand() -> None:
    scores = np.array([[1.0], [2.0], [4.0], [1.0]])
    # PSU totals 3 and 5: (1 − 0.5)·2·(1 + 1) = 2. Inside: 0.5·(1 − 0.2)·2·(0.25 + 0.25) = 0.4
    # and 0.5·(1 − 0.5)·2·(2.25 + 2.25) = 2.25.
    assert covariance(scores, np.arange(4), two_stages()) == pytest.approx(2 + 0.4 + 2.25)


def test_units_outside_the_domain_count_as_zeros_in_both_stages() -> None:
    full = covariance(np.array([[1.0], [0], [0], [0]]), np.arange(4), two_stages())
    assert covariance(np.array([[1.0]]), np.array([0]), two_stages()) == pytest.approx(full)


def test_a_single_second_stage_unit_follows_the_rule() -> None:
    rows = {"second_unit": [1, 2, 1, 1]}
    scores = np.array([[1.0], [2.0], [5.0]])
    with pytest.raises(SinglePsuError, match=r"PSU .* has a single second-stage unit"):
        covariance(scores, np.arange(3), two_stages(**rows))
    with pytest.raises(SinglePsuError, match="no other variance"):
        covariance(scores, np.arange(3), two_stages("average", **rows))
    removed = covariance(scores, np.arange(3), two_stages("remove", **rows))
    assert removed == pytest.approx(2 + 0.4)
    # Centred at zero: 0.5·(1 − 0.25)·5².
    adjusted = covariance(scores, np.arange(3), two_stages("adjust", **rows))
    assert adjusted == pytest.approx(2 + 0.4 + 9.375)
