"""Shares, means and ratios with their scores, by examples small enough for hands."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.estimators import Linearised, difference, mean, pooled, share, stacked, weighted_mean

#: Two PSUs of four people: 4 and 2 satisfied; points 20 and 12.
ANSWERED = Linearised(np.array([8.0]), np.array([[4.0], [4.0]]))
SATISFIED = Linearised(np.array([6.0]), np.array([[4.0], [2.0]]))
POINTS = Linearised(np.array([32.0]), np.array([[20.0], [12.0]]))


def test_share_by_hand() -> None:
    estimate = share(SATISFIED, ANSWERED)
    assert estimate.values.tolist() == [0.75]
    # (4 − 0.75·4)/8 and (2 − 3)/8
    assert estimate.scores.ravel().tolist() == [0.125, -0.125]


def test_mean_by_hand() -> None:
    estimate = mean(POINTS, ANSWERED)
    assert estimate.values.tolist() == [4.0]
    assert estimate.scores.ravel().tolist() == [0.5, -0.5]


def test_what_two_estimates_share_cancels_in_their_difference() -> None:
    one = share(SATISFIED, ANSWERED)
    none = difference(one, one)
    assert none.values.tolist() == [0.0]
    assert not none.scores.any()


def test_weighted_means_divide_by_the_weights() -> None:
    parts = Linearised(np.array([1.0, 0.5]), np.array([[0.1, 0.2]]))
    estimate = weighted_mean(parts, np.array([[3.0, 1.0]]))
    assert estimate.values == pytest.approx([0.875])
    assert estimate.scores == pytest.approx(np.array([[0.125]]))


def test_pooled_totals_add_up() -> None:
    both = stacked(SATISFIED, ANSWERED)
    estimate = pooled(both, np.array([[1.0, 1.0], [0.0, 1.0]]))
    assert estimate.values.tolist() == [14.0, 8.0]
    assert estimate.scores.tolist() == [[8.0, 4.0], [6.0, 4.0]]


def test_a_selection_keeps_values_and_scores_together() -> None:
    chosen = stacked(SATISFIED, ANSWERED)[np.array([1])]
    assert chosen.values.tolist() == [8.0]
    assert chosen.scores.tolist() == [[4.0], [4.0]]
