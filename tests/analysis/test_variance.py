"""The variance between PSUs within strata, recomputed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import Design
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
